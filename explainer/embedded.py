"""The built-in explanation: needs no network, and says the same of the same evidence.

It compares the pattern with the signatures of the known faults and writes down, in fixed
sentences, what the numbers show and what they do not.
"""

from typing import Any

from explainer.answers import UNKNOWN, Cause, Cited, StructuredAnswer
from explainer.citations import citations_in
from explainer.matching import FITS_FROM, Match, Matches, match_signatures
from explainer.signatures import HARD_TO_SEE, SIGNATURES

#: Citations that the first cause is given.
CITED = 4
#: A cause after the first is told from this probability on.
LEAST_TOLD = 0.02
STATISTICS = {"T2": "T²", "SPE": "SPE"}
KINDS = {
    "step": ": a sudden shift",
    "drift": ": a slow shift",
    "variance": ": more variation than normal, and no shift that is seen yet",
}


NOTHING_FITS = "The pattern lies outside everything that the diagnosis learnt. "
#: Name and version of what it knows.
MODEL = "signatures-3"


def explain(evidence: dict[str, Any]) -> tuple[str, StructuredAnswer]:
    """Return the explanation as Markdown and as the structured answer that says the same."""
    matches = match_signatures(evidence)
    sections = [
        _what_fired(evidence),
        _tags(evidence),
        _loops(evidence, matches),
        _causes(evidence, matches),
        _checks(evidence, matches),
        _limits(evidence, matches),
    ]
    return "\n\n".join(part for part in sections if part), _structured(evidence, matches)


def _structured(evidence: dict[str, Any], matches: Matches) -> StructuredAnswer:
    diagnosis = evidence.get("diagnosis")
    if diagnosis:
        ranked = [(c["idv"], c["probability"]) for c in diagnosis["ranking"]]
    else:  # scores are no probabilities, so none is stated
        ranked = [(match.idv, None) for match in matches.fitting]
    causes = [
        Cause(cause=f"IDV({idv})", confidence=p, story=SIGNATURES[idv].story, citations=[])
        for idv, p in ranked
    ] or [
        Cause(
            cause=UNKNOWN,
            confidence=None,
            story="None of the known signatures fits well.",
            citations=[],
        )
    ]
    causes = causes[:3]
    causes[0].citations = [
        Cited(tag=c.tag, direction=c.direction, size_sd=c.size, first_step=c.first_step,
              last_step=c.last_step)
        for _, c in citations_in(" ".join(evidence.get("cited_as", [])[:CITED]))
    ]  # fmt: skip
    checks = [line[2:] for line in _checks(evidence, matches).splitlines() if line[:2] == "- "]
    return StructuredAnswer(
        summary=_what_fired(evidence).partition("\n\n")[2],
        causes=causes,
        not_explained=(NOTHING_FITS if diagnosis and diagnosis["is_unknown"] else "")
        + _limits(evidence, matches).partition("\n\n")[2],
        checks=checks,
        actions=[],
    )


def _what_fired(evidence: dict[str, Any]) -> str:
    figures = evidence["statistics"]
    both = (
        f"T² is {figures['t2']:.4g} (limit {figures['t2_limit']:.4g}), "
        f"SPE is {figures['spe']:.4g} (limit {figures['spe_limit']:.4g})"
    )
    alarm = evidence["alarm"]
    lines = ["## What fired"]
    if alarm is None:
        lines.append(
            f"No alarm. At step {evidence['step']} ({evidence['process_hours']:.2f} h) {both}: "
            + (
                f"{figures['member']} of the {figures['detector']} is at {figures['ratio']:.2f} "
                "times its limit."
                if figures["exceeds"]
                else "the detector sees nothing unusual."
            )
        )
    else:
        later = evidence["step"] - alarm["raised_step"]
        lines.append(
            f"Alarm {alarm['id']}: raised at {alarm['raised_hours']:.2f} h "
            f"(step {alarm['raised_step']}) after {alarm['consecutive']} consecutive exceedances; "
            f"they began at {alarm['onset_hours']:.2f} h (step {alarm['onset_step']})."
        )
        when = f"{later} readings later, at step {evidence['step']}" if later else "There"
        lines.append(f"{when}, {both}.")
    if figures["exceeds"] and figures["leading"] not in STATISTICS:
        kind = KINDS.get(figures["kind_of_change"], "")
        lines.append(
            f"The member «{figures['member']}» of the {figures['detector']} is at "
            f"{figures['ratio']:.2f} times its limit{kind}."
        )
    elif figures["exceeds"]:
        leading = STATISTICS[figures["leading"]]
        over = {
            "T²": "the tags move together as they do in normal operation, only too far",
            "SPE": "the tags have left their normal relation to each other",
        }[leading]
        lines.append(f"{leading} exceeds its limit by more: {over}.")
    return "\n\n".join(lines[:1]) + "\n\n" + " ".join(lines[1:])


def _tags(evidence: dict[str, Any]) -> str:
    rows = [
        "## Which tags",
        "",
        "| tag | what | value | normal mean | z | last readings |",
        "|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {tag['tag']} | {tag['name']} | {tag['value']:.5g} {tag['unit']} "
        f"| {tag['normal_mean']:.5g} | {tag['z']:+.1f} | {_trend(tag)} |"
        for tag in evidence["tags"]
    ]
    return "\n".join(rows)


def _cited(evidence: dict[str, Any]) -> str:
    """Return what the first cause rests on, as citations that the server checks."""
    cited = evidence.get("cited_as", [])[:CITED]
    return f"\n\nIt rests on {' '.join(cited)}." if cited else ""


def _trend(tag: dict[str, Any]) -> str:
    trend = tag["trend"]
    if trend["words"] in {"rising", "falling"}:
        return f"{trend['words']}, {trend['slope_per_hour']:+.3g} {tag['unit']} per hour"
    if trend["words"].startswith("stepped"):
        return f"{trend['words']} (halves differ by {abs(trend['step']):.3g} {tag['unit']})"
    return str(trend["words"])


def _loops(evidence: dict[str, Any], matches: Matches) -> str:
    rows = ["## Which loops", ""]
    rows += [f"- {loop['name']} ({loop['area']}): {loop['words']}" for loop in evidence["loops"]]
    if matches.restless:
        rows.append(f"- more restless than normal: {', '.join(matches.restless[:6])}")
    rows += [
        f"- **{valve['tag']} ({valve['name']}) is {valve['at']}** ({valve['value']:.1f} %): its "
        "loop has no room left"
        for valve in evidence["saturated"]
    ]
    return "\n".join(rows) if len(rows) > 2 else ""


def _causes(evidence: dict[str, Any], matches: Matches) -> str:
    rows = ["## Likely causes", ""]
    if evidence.get("diagnosis"):
        return "\n".join([*rows, *_diagnosed(evidence["diagnosis"], matches)]) + _cited(evidence)
    fitting = matches.fitting
    if not fitting:
        rows += [
            f"None of the known signatures fits well (best score {matches.best[0].score:.2f}, a "
            f"fit needs {FITS_FROM:.2f}). The nearest ones, for orientation only:",
            "",
        ]
    for rank, match in enumerate(fitting or matches.best, start=1):
        rows.append(f"{rank}. {_cause(match)}")
    if fitting and matches.is_close:
        rows += ["", "The first two are too close to be told apart by this comparison."]
    return "\n".join(rows) + _cited(evidence)


def _diagnosed(diagnosis: dict[str, Any], matches: Matches) -> list[str]:
    """Return the classifier's ranking; its probabilities are calibrated on simulated runs."""
    rows = []
    if diagnosis["is_unknown"]:
        rows += [
            "**None of the known causes fits**: the pattern lies outside everything that the "
            f"diagnosis learnt (novelty {diagnosis['novelty']:.2f}, the limit is 1). The nearest "
            "ones, for orientation only:",
            "",
        ]
    agrees = {match.idv: match.agrees for match in matches.best}
    for rank, cause in enumerate(diagnosis["ranking"][:3], start=1):
        signature, probability = SIGNATURES[cause["idv"]], cause["probability"]
        if rank > 1 and probability < LEAST_TOLD:
            break
        seen = agrees.get(cause["idv"], ())
        rows.append(
            f"{rank}. **{signature.label}, {signature.description} ({signature.kind}), "
            f"probability {100 * probability:.0f} %.** Typically: {signature.story}"
            + (f" Agrees in {', '.join(seen)}." if seen else "")
        )
    return rows


def _cause(match: Match) -> str:
    signature = SIGNATURES[match.idv]
    agrees = f" Agrees in {', '.join(match.agrees)}." if match.agrees else ""
    return (
        f"**{signature.label}, {signature.description} ({signature.kind}), "
        f"score {match.score:.2f}.** Typically: {signature.story}{agrees}"
    )


def _checks(evidence: dict[str, Any], matches: Matches) -> str:
    rows = ["## Check first", ""]
    chosen = [match.idv for match in (matches.fitting or matches.best)[:2]]
    if evidence.get("diagnosis"):
        ranking = evidence["diagnosis"]["ranking"]
        chosen = [c["idv"] for c in ranking[:2] if c is ranking[0] or c["probability"] > LEAST_TOLD]
    # The first check of each cause separates them best, so these come before the others.
    ordered = [
        check
        for place in range(3)
        for idv in chosen
        for check in SIGNATURES[idv].checks[place : place + 1]
    ]
    rows += [f"- {check}" for check in list(dict.fromkeys(ordered))[:4]]
    return "\n".join(rows)


def _limits(evidence: dict[str, Any], matches: Matches) -> str:
    if evidence.get("diagnosis"):
        return (
            "## What this cannot tell\n\n"
            f"The probabilities are those of {evidence['diagnosis']['model']}, calibrated on "
            "simulated single faults. Several at once, or one that was never simulated, may "
            "be called by the name of the nearest. Early in a fault the pattern is weak; the "
            "alarm's page shows how the ranking sharpens over the next 40 samples."
        )
    hard = ", ".join(f"IDV({number})" for number in HARD_TO_SEE)
    return (
        "## What this cannot tell\n\n"
        "The scores compare the pattern with simulated single faults (1 is the same pattern, 0 an "
        "unrelated one); they are not probabilities. A fault that is not in the table, or several "
        f"at once, is not recognised. {hard} hardly show in the readings, so they are never "
        "proposed. Early in a fault the pattern is weak: ask again half an hour of process time "
        "later."
    )
