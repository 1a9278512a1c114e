"""Citations: written in one form, recomputed from the stored readings, marked on the page."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.citations import Citation, citations_in, direction_of
from explainer.embedded import explain
from explainer.evidence import build_evidence
from explainer.markup import mark, render_markdown
from explainer.verifying import verify
from monitoring.models import Analysis
from simulation.models import Reading
from simulation.tep.variables import LABELS, index_of

citations = st.builds(
    Citation.of,
    st.sampled_from(LABELS),
    st.floats(-900, 900).map(lambda z: round(z, 1)),
    st.integers(1, 10**6),
    st.integers(1, 10**6),
)


@given(st.lists(citations, max_size=5), st.text(alphabet="ab [](.*", max_size=20))
def test_every_citation_written_is_found_again_with_its_words(made, between):
    text = between.join(str(one) for one in made)
    found = list(citations_in(text))
    assert [citation for _, citation in found] == made
    assert [words for words, _ in found] == [str(one) for one in made]


@pytest.mark.parametrize(
    "text",
    [
        "[XMV(10) high 7 sd]",
        "[XMV(10) very high 7.0 sd, steps 1 to 2]",
        "XMV(10) high 7.0 sd, steps 1 to 2",
        "[XMV(10) high -7.0 sd, steps 1 to 2]",
        "[<b>XMV(10)</b> high 7.0 sd, steps 1 to 2]",
    ],
)
def test_what_is_not_of_the_form_is_no_citation(text):
    assert list(citations_in(text)) == []


@given(st.floats(-100, 100))
def test_a_direction_is_high_or_low_from_one_sd_on(z):
    assert direction_of(z) == ("near normal" if abs(z) < 1 else "high" if z > 0 else "low")


@pytest.mark.django_db
class TestVerify:
    @pytest.fixture
    def point(self, alarm_of):
        return alarm_of(4).analysis

    def z_of(self, point, tag, first, last):
        detector = point.detector_model.detector
        place = list(detector.labels).index(tag)
        rows = Reading.objects.filter(run=point.run, step__gte=first, step__lte=last)
        mean = np.mean([row[index_of(tag)] for row in rows.values_list("values", flat=True)])
        return float((mean - detector.mean_[place]) / detector.sd_[place])

    def verdict(self, point, text):
        (one,) = verify(text, point)
        return one["verdict"]

    def test_what_the_readings_say_is_supported(self, point):
        last = point.step
        z = self.z_of(point, "XMV(10)", last - 2, last)
        assert abs(z) > 3.0
        said = Citation.of("XMV(10)", z, last - 2, last)
        (one,) = verify(f"The valve opens {said}, again {said}.", point)
        assert one["verdict"] == "supported"
        assert one["found_z"] == pytest.approx(z)
        assert one["words"] == str(said)

    def test_the_other_direction_and_another_size_are_wrong(self, point):
        last = point.step
        z = self.z_of(point, "XMV(10)", last - 2, last)
        steps = f"steps {last - 2} to {last}"
        assert self.verdict(point, f"[XMV(10) low {abs(z):.1f} sd, {steps}]") == "wrong direction"
        assert self.verdict(point, f"[XMV(10) near normal 0.1 sd, {steps}]") == "wrong direction"
        assert self.verdict(point, f"[XMV(10) high {2 * z:.1f} sd, {steps}]") == "wrong size"

    @pytest.mark.parametrize(
        ("tag", "first", "last", "reason"),
        [
            ("XMV(99)", -2, 0, "there is no XMV(99)"),
            ("XMEAS(30)", -2, 0, "no normal range"),
            ("XMV(10)", 0, 5, "not before the explained step"),
            ("XMV(10)", 0, -3, "not before the explained step"),
        ],
    )
    def test_what_cannot_be_known_is_not_in_the_data(self, point, tag, first, last, reason):
        text = f"[{tag} high 2.0 sd, steps {point.step + first} to {point.step + last}]"
        (one,) = verify(text, point)
        assert one["verdict"] == "not in the data"
        assert reason in one["found"]

    def test_readings_that_were_pruned_are_not_in_the_data(self, point):
        Reading.objects.filter(run=point.run, step__lte=20).delete()
        (one,) = verify("[XMV(10) high 2.0 sd, steps 1 to 20]", point)
        assert (one["verdict"], one["found"]) == (
            "not in the data",
            "no good reading of steps 1 to 20 is stored",
        )

    @pytest.mark.parametrize("idv", [1, 4, 6, 7, 14])
    def test_the_embedded_explanation_is_fully_supported(self, alarm_of, idv):
        alarm = alarm_of(idv)
        for later in (0, 10):
            step = min(
                alarm.raised_step + later,
                Analysis.objects.filter(run=alarm.run).order_by("-step").first().step,
            )
            analysis = Analysis.objects.get(run=alarm.run, step=step)
            text = explain(build_evidence(analysis, alarm))[0]
            found = verify(text, analysis)
            assert len(found) >= 3
            assert {one["verdict"] for one in found} == {"supported"}


def test_a_citation_is_marked_and_a_models_html_stays_inert():
    words = "[XMV(10) high 7.0 sd, steps 1 to 2]"
    citation = {"words": words, "verdict": "wrong size", "found": 'low <b>"2.0"</b> sd'}
    html = mark(render_markdown(f"<script>x</script> It opens {words}."), [citation])
    assert "<script>" not in html
    assert f'{words} <span class="cite cite-wrong" title="The readings say: low &lt;b&gt;' in html
    assert "✗ wrong size</span>" in html


@pytest.mark.django_db
def test_the_page_says_how_many_citations_the_readings_support(
    alarm_of, explained, client, make_user
):
    made = explained(alarm_of(4))["embedded"]
    assert made.citations
    assert made.supported == len(made.citations)
    client.force_login(make_user("viewer"))
    page = client.get(f"/explanations/{made.pk}/").content.decode()
    assert f"{made.supported} of {made.supported} citations supported" in page
    assert 'class="cite cite-supported"' in page


@pytest.mark.django_db
def test_what_a_language_model_cites_wrongly_is_marked(
    alarm_of, explained, claude, client, make_user
):
    from tests.explainer.llm_server import Says, structured

    alarm = alarm_of(4)
    step = alarm.raised_step
    cited = {"tag": "XMV(10)", "direction": "low", "size_sd": 9.0, "first_step": step - 2,
             "last_step": step}  # fmt: skip
    cause = {"cause": "IDV(4)", "confidence": 0.5, "story": "Warm.", "citations": [cited]}
    claude.play(Says(structured(causes=[cause])))
    made = explained(alarm)["claude"]
    assert [one["verdict"] for one in made.citations] == ["wrong direction"]
    client.force_login(make_user("viewer"))
    page = client.get(f"/explanations/{made.pk}/").content.decode()
    assert "0 of 1 citations supported" in page
    assert "✗ wrong direction" in page
