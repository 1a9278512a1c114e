"""Numbers in a text that no evidence holds. Pure.

A number counts as held where the evidence has one that rounds to it as it is written, with the
same unit where the text names one. Citations are judged by the readings themselves and left out,
as are names (XMEAS(7), IDV(4), stream 4), ranks, and the probabilities that an answer states of
its own. Whole numbers up to twelve are words of counting rather than readings.
"""

import re
from collections.abc import Iterator
from typing import Any

from explainer.citations import citations_in
from simulation.tep.variables import XMEAS, XMV

MOST = 60
COUNTING = 12
#: Trips of the plant and the like: what an engineer knows without being told.
KNOWN: tuple[tuple[float, str], ...] = (
    (3000.0, "kPa"), (175.0, "°C"), (100.0, "%"), (50.0, "%"), (3.0, "min"),
)  # fmt: skip
_SKIPPED = re.compile(
    r"(?:XMEAS|XMV|IDV|XMEAS_|XMV_)\s*[(_ ]?\s*\d+\)?|probability \d+ %|^\s*\d+\.\s|"
    r"\b(?:[Ss]tream|[Aa]larm|[Rr]un|[Vv]ersion|[Ll]oop|[Vv]alve)s? \d+",
    re.MULTILINE,
)
_UNITS = sorted(
    {x.unit for x in XMEAS}
    | {v.unit for v in XMV}
    | {"kPa", "°C", "degC", "C", "h", "min", "s", "sd", "%", "mol%"},
    key=len,
    reverse=True,
)
_NUMBER = re.compile(
    r"(?<![\w.,/-])([-+−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+−]?\d+(?:\.\d+)?)(?:e([-+]?\d+))?"
    r"(?![\w(]|[.,]\d)\s?(" + "|".join(re.escape(unit) for unit in _UNITS) + r")?(?![A-Za-z0-9])"
)
_SAME = {
    "kPa gauge": "kPa",
    "degC": "°C",
    "C": "°C",
    "deg C": "°C",
    "mole %": "%",
    "mol %": "%",
    "mol%": "%",
}


def loose_numbers(text: str, evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each number of the text that the evidence does not hold, with the reason."""
    held = list(_held(evidence, ""))
    found: dict[str, dict[str, Any]] = {}
    for words, value, digits, unit in _numbers_in(text):
        if len(found) >= MOST:
            break
        if words in found or (not unit and value == round(value) and abs(value) <= COUNTING):
            continue
        if not any(_is(value, digits, unit, each) for each in (*held, *KNOWN)):
            found[words] = {
                "words": words,
                "found": f"No evidence holds {words}{f' {unit}' if unit else ''}.",
            }
    return list(found.values())


def _numbers_in(text: str) -> Iterator[tuple[str, float, int, str]]:
    """Yield each number: as written, its value, its decimals, its unit."""
    for words, _ in citations_in(text):
        text = text.replace(words, " ")
    text = _SKIPPED.sub(" ", text)
    for match in _NUMBER.finditer(text):
        digits, exponent, unit = match.groups()
        plain = digits.replace(",", "").replace("−", "-")
        power = int(exponent or 0)
        if abs(power) > 30:
            continue
        decimals = len(plain.partition(".")[2]) - power
        yield digits, float(plain) * 10.0**power, decimals, _SAME.get(unit or "", unit or "")


def _held(value: Any, unit: str) -> Iterator[tuple[float, str]]:
    """Yield every number of the evidence with the unit that it is known to have."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value), _SAME.get(unit, unit)
    elif isinstance(value, str):
        # Citations that the evidence offers, and the like.
        for digits in re.findall(r"(?<![\w.(])\d+(?:\.\d+)?", value):
            yield float(digits), ""
    elif isinstance(value, dict):
        own = value.get("unit", "")
        for key, item in value.items():
            yield from _held(item, _unit_of(key, own))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _held(item, unit)


def _unit_of(key: str, own: str) -> str:
    if key in {"value", "normal_mean", "normal_sd", "change", "step_size", "before", "now"}:
        return own
    if key.endswith(("hours", "_h")):
        return "h"
    return "sd" if key in {"z", "change_in_sd", "mean_z"} else ""


def _is(value: float, decimals: int, unit: str, held: tuple[float, str]) -> bool:
    number, its_unit = held
    if unit and its_unit and unit != its_unit and not (its_unit == "h" and unit == "min"):
        return False
    if its_unit == "h" and unit == "min":
        number *= 60.0
    # A probability of 0.87 is written 87 %; a sign may be told in words.
    candidates = (number, 100.0 * number) if unit == "%" and not its_unit else (number,)
    half = 0.5 * 10.0**-decimals
    return any(abs(abs(value) - abs(each)) <= half * 1.001 + 1e-9 for each in candidates)
