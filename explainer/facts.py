"""The embedded explainer in a conversation: it answers from its facts, and says what it lacks."""

import json
import re
from typing import Any

from explainer.looking import Lookup
from explainer.matching import match_signatures
from explainer.signatures import SIGNATURES
from explainer.telling_apart import tell_apart
from simulation.tep.variables import LABELS

_TAG = re.compile(r"\b(XMEAS|XMV)\s*[(_ ]?\s*(\d{1,2})\b\)?", re.IGNORECASE)
_IDV = re.compile(r"\bIDV\s*[(_ ]?\s*(\d{1,2})\b\)?", re.IGNORECASE)
_STEPS = re.compile(r"\bsteps?\s+(\d{1,9})\s*(?:to|-|–|until|and)\s*(\d{1,9})", re.IGNORECASE)
MOST_TAGS, MOST_FAULTS = 4, 3
#: Leading tags whose way since the onset is told to who asks for the causes.
MOST_LEADING = 2
WHAT_IT_CAN = (
    "I answer from what is stored of this alarm. Ask about a tag, over steps if you like (how did "
    "XMV(10) go, steps 40 to 80?), about a disturbance (what is IDV(4)?), why it looks like its "
    "first cause and not the second, about what to check, or about control loops."
)


def answer(
    question: str, evidence: dict[str, Any], lookup: Lookup
) -> tuple[str, list[dict[str, Any]]]:
    """Return the answer in Markdown, and what was looked up for it."""
    parts: list[str] = []
    looked: list[dict[str, Any]] = []
    for tag in _tags_in(question)[:MOST_TAGS]:
        parts.append(_of_tag(tag, question, evidence, lookup, looked))
    for idv in dict.fromkeys(int(n) for n in _IDV.findall(question)):
        if len(parts) >= MOST_TAGS + MOST_FAULTS:
            break
        parts.append(_of_fault(idv, evidence))
    words = question.lower()
    if re.search(r"\b(cause|causes|why|reason|likely|fault|wrong)\b", words) and not parts:
        parts.append(_behind_the_causes(question, evidence, lookup, looked))
    if re.search(r"\b(check|checks|do|look|verify|test)\b", words) and not parts:
        parts.append(_checks(evidence))
    if re.search(r"\b(loop|loops|controller|controllers|valve|valves)\b", words) and not parts:
        parts.append(_loops(evidence))
    return "\n\n".join(parts) or WHAT_IT_CAN, looked


def _tags_in(question: str) -> list[str]:
    named = [f"{kind.upper()}({int(number)})" for kind, number in _TAG.findall(question)]
    return list(dict.fromkeys(named))


def _of_tag(
    tag: str,
    question: str,
    evidence: dict[str, Any],
    lookup: Lookup,
    looked: list[dict[str, Any]],
) -> str:
    if tag not in LABELS:
        return f"There is no {tag}."
    steps = _STEPS.search(question)
    alarm = evidence["alarm"] or {}
    onset = alarm.get("onset_step", evidence["step"])
    first, last = map(int, steps.groups()) if steps else (onset, lookup.last_step)
    said = {}
    for name in ("compare_with_normal", "statistic", "trend"):
        arguments = {"tag": tag, "first_step": first, "last_step": last}
        found = lookup.look(name, arguments)
        looked.append({"tool": name, "arguments": arguments, "found": json.loads(found)})
        said[name] = json.loads(found)
    problem = said["statistic"].get("error")
    if problem:
        return f"Of {tag} nothing can be said: {problem}."
    figures, trend = said["statistic"], said["trend"]["trend"]
    unit = figures["unit"]
    sentence = (
        f"{tag} over steps {first} to {last}: mean {figures['mean']:.5g} {unit}, from "
        f"{figures['least']:.5g} to {figures['largest']:.5g} {unit}, {trend['words']}."
    )
    normal = said["compare_with_normal"]
    if "error" in normal:
        return f"{sentence} {normal['error'][:1].upper()}{normal['error'][1:]}."
    return f"{sentence} Normally {normal['normal_mean']:.5g} {unit}: {normal['cited_as']}."


def _of_fault(idv: int, evidence: dict[str, Any]) -> str:
    known = SIGNATURES.get(idv)
    if known is None:
        return f"There is no IDV({idv}); there are 1 to {max(SIGNATURES)}."
    ranking = (evidence.get("diagnosis") or {}).get("ranking", [])
    place = next((c for c in ranking if c["idv"] == idv), None)
    rank = (
        f" The diagnosis gives it {100 * place['probability']:.0f} %."
        if place
        else " It is not among the first causes of the diagnosis."
        if ranking
        else ""
    )
    checks = "\n".join(f"- {check}" for check in known.checks)
    return f"**{known.label}, {known.description} ({known.kind}).** {known.story}{rank}\n\n{checks}"


def _behind_the_causes(
    question: str, evidence: dict[str, Any], lookup: Lookup, looked: list[dict[str, Any]]
) -> str:
    """Tell what the explanation does not: what tells the first two apart, and how it went on."""
    told = [_ranked(evidence), *_apart(evidence)]
    leading = [tag["tag"] for tag in evidence["tags"][:MOST_LEADING]]
    told += [_of_tag(tag, question, evidence, lookup, looked) for tag in leading]
    return "\n\n".join(told)


def _ranked(evidence: dict[str, Any]) -> str:
    first, second = _first_two(evidence)
    if not evidence.get("diagnosis"):
        return (
            "There is no trained diagnosis for this alarm; its explanation compares signatures, "
            f"{_name(first)} before {_name(second)}. What is behind it, and how it went on:"
        )
    if evidence["diagnosis"]["is_unknown"]:
        return "No known cause fits, as the explanation says. What the nearest two rest on:"
    return f"The explanation has the ranking: {_name(first)} first. What is behind it:"


def _apart(evidence: dict[str, Any]) -> list[str]:
    first, second = _first_two(evidence)
    found = tell_apart(evidence, first, second)
    if found is None:
        return []
    told = []
    for features, one, other in (
        (found.for_first, first, second),
        (found.for_second, second, first),
    ):
        if features:
            words = ", ".join(map(str, features))
            told.append(f"For {_name(one)} rather than {_name(other)} speaks: {words}.")
    return told


def _first_two(evidence: dict[str, Any]) -> tuple[int, int]:
    """Return the first two of the diagnosis; where it ranks fewer, the signatures' best follow."""
    ranking = (evidence.get("diagnosis") or {}).get("ranking", [])
    best = [match.idv for match in match_signatures(evidence).best]
    first, second, *_ = dict.fromkeys([*(cause["idv"] for cause in ranking), *best])
    return first, second


def _name(idv: int) -> str:
    return f"{SIGNATURES[idv].label}, {SIGNATURES[idv].description},"


def _checks(evidence: dict[str, Any]) -> str:
    ranking = (evidence.get("diagnosis") or {}).get("ranking", [])
    if not ranking:
        return "Without a trained diagnosis no check is preferred; see the explanation's list."
    known = SIGNATURES[ranking[0]["idv"]]
    return f"For {known.label}:\n\n" + "\n".join(f"- {check}" for check in known.checks)


def _loops(evidence: dict[str, Any]) -> str:
    rows = [f"- {loop['name']} ({loop['area']}): {loop['words']}" for loop in evidence["loops"]]
    full = [f"- {v['tag']} is {v['at']}: no room left" for v in evidence["saturated"]]
    return "\n".join([*rows, *full]) or "No control loop is among the leading tags."
