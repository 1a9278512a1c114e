"""The verifier against generated answers with planted errors: what it marks, and what it spares."""

import numpy as np
import pytest

from explainer.citations import Citation
from explainer.evidence import build_evidence
from explainer.numbers import loose_numbers
from explainer.verdicts import SUPPORTED
from explainer.verifying import verify
from simulation.models import Reading
from simulation.tep.variables import index_of

pytestmark = pytest.mark.django_db

ANSWERS = 240
KINDS = ("sign", "size", "tag", "number")


def true_citation(rng, evidence, alarm, detector, z_of):
    """A citation of a watched tag over a window that the run has, as the readings have it."""
    tag = str(rng.choice([t["tag"] for t in evidence["tags"]]))
    last = int(rng.integers(max(4, alarm.raised_step - 30), alarm.raised_step + 1))
    first = int(rng.integers(max(1, last - 20), last + 1))
    return Citation.of(tag, z_of(tag, first, last), first, last)


def sentence(rng, evidence, citation) -> str:
    """A sentence with numbers that the evidence holds, rounded as people round."""
    tag = evidence["tags"][int(rng.integers(len(evidence["tags"])))]
    digits = int(rng.integers(3, 6))
    value = f"{tag['value']:.{digits}g}"
    if "e" in value:
        value = f"{tag['value']:.0f}"
    return (
        f"{tag['tag']} stands at {value} {tag['unit']}, {tag['z']:+.1f} sd from normal; the alarm "
        f"came at step {evidence['step']} {citation}."
    )


def planted(rng, kind, citation, evidence):
    """The citation with one error, and what is added to the sentence."""
    c = citation
    if kind == "sign":
        other = {"high": "low", "low": "high"}[c.direction]
        return Citation(c.tag, other, c.size, c.first_step, c.last_step), ""
    if kind == "size":
        size = round(c.size * float(rng.choice([0.3, 0.5, 1.6, 2.5])) + 1.0, 1)
        return Citation(c.tag, c.direction, size, c.first_step, c.last_step), ""
    if kind == "tag":
        name = f"XMEAS({int(rng.integers(42, 99))})"
        return Citation(name, c.direction, c.size, c.first_step, c.last_step), ""
    unit = str(rng.choice(["kPa", "kg/h", "kW", "°C", "%"]))
    return c, f" It was {rng.uniform(100, 9000):.2f} {unit} an hour ago."


def test_planted_errors_are_marked_and_true_claims_are_spared(alarm_of, detector):
    rng = np.random.default_rng(20261125)
    planted_count = marked = true_count = wronged = loose_true = texts = 0
    for fault in (4, 6, 7):
        alarm = alarm_of(fault)
        evidence = build_evidence(alarm.analysis, alarm)
        model = alarm.analysis.detector_model.detector
        labels = list(model.labels)
        stored = dict(
            Reading.objects.filter(run=alarm.run, quality="").values_list("step", "values")
        )

        def z_of(tag, first, last, stored=stored, model=model, labels=labels):
            column, place = index_of(tag), labels.index(tag)
            mean = np.mean([stored[step][column] for step in range(first, last + 1)])
            return float((mean - model.mean_[place]) / model.sd_[place])

        for number in range(ANSWERS // 3):
            kind = KINDS[number % len(KINDS)]
            citation = true_citation(rng, evidence, alarm, detector, z_of)
            while kind == "sign" and citation.size < 1.5:
                citation = true_citation(rng, evidence, alarm, detector, z_of)
            good = true_citation(rng, evidence, alarm, detector, z_of)
            wrong, more = planted(rng, kind, citation, evidence)
            text = sentence(rng, evidence, good)
            verdicts = {one["words"]: one["verdict"] for one in verify(text, alarm.analysis)}
            true_count += 1
            wronged += verdicts[str(good)] != SUPPORTED
            loose_true += bool(loose_numbers(text, evidence))
            text = f"{sentence(rng, evidence, wrong)}{more}"
            verdicts = {one["words"]: one["verdict"] for one in verify(text, alarm.analysis)}
            found = loose_numbers(text, evidence)
            planted_count += 1
            marked += bool(found) if kind == "number" else verdicts[str(wrong)] != SUPPORTED
            texts += 1
    assert texts >= 200
    print(f"marked {marked} of {planted_count}, wronged {wronged} of {true_count}, "
          f"loose in true text {loose_true}")  # fmt: skip
    assert marked >= 0.98 * planted_count
    assert wronged <= 0.02 * true_count
    assert loose_true <= 0.02 * true_count


@pytest.mark.parametrize(
    "text",
    [
        "1. **IDV(4)**, probability 87 %.",
        "XMEAS(7) and XMV(10) in stream 4, 3 checks, alarm 12.",
        "It stands at 120.4 °C, 0.87 of what it was, a trip at 3000 kPa.",
        "At 4.15 h (249 min) it was 2,704 kPa.",
    ],
)
def test_what_the_evidence_holds_is_not_loose(text):
    evidence = {
        "process_hours": 4.15,
        "share": 0.8701,
        "tags": [
            {"tag": "XMEAS(9)", "value": 120.4019, "unit": "°C"},
            {"tag": "XMEAS(7)", "value": 2704.3, "unit": "kPa"},
        ],
    }
    assert loose_numbers(text, evidence) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It stands at 121.4 °C.", "121.4"),
        ("It is 120.4 kPa.", "120.4"),
        ("A step of 37 %.", "37"),
        ("Since 1,999 kPa.", "1,999"),
    ],
)
def test_what_it_does_not_hold_is_loose(text, words):
    evidence = {"tags": [{"tag": "XMEAS(9)", "value": 120.4019, "unit": "°C"}]}
    assert [one["words"] for one in loose_numbers(text, evidence)] == [words]
