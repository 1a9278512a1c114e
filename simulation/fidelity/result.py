"""The stored result of the comparisons: reading it and putting it into words.

Without the simulator, so that a process that only shows it stays small.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Result = dict[str, Any]

RESULT_FILE = Path(__file__).parent / "data" / "result.json"
FORMAT = 1


class FidelityError(Exception):
    """Reference data that is not there or cannot be read; the message says what would help."""


def load_result(path: Path = RESULT_FILE) -> Result:
    """Return the committed result. Raises FidelityError if it is not there or of another form."""
    try:
        found: Result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FidelityError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FidelityError(f"{path} is not a result of checkfidelity in format {FORMAT}")
    return found


def groups(result: Result) -> list[tuple[str, list[str], list[dict[str, Any]]]]:
    """Return the cases by group: its name, the quantities compared (columns), its cases (rows)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for case in result["cases"]:
        found.setdefault(str(case["group"]), []).append(case)
    return [
        (group, [str(check["quantity"]) for check in cases[0]["checks"]], cases)
        for group, cases in found.items()
    ]


def words_of(check: dict[str, Any]) -> str:
    """Return an error in words, for example ``2.6e-11``, ``equal`` or ``3 differ``."""
    if check["error"] is None:
        return "no number"
    if check["tolerance"] == 0.0:
        return "equal" if check["error"] == 0.0 else f"{check['error']:.0f} differ"
    return f"{check['error']:.1e}" if check["error"] else "0"


def allowed(check: dict[str, Any]) -> str:
    """Return a tolerance in words."""
    return "equal" if check["tolerance"] == 0.0 else f"{check['tolerance']:.0e}"


def as_table(result: Result) -> str:
    """Return the result as text for a terminal."""
    lines = []
    for group, quantities, cases in groups(result):
        heads = [f"{group}", *quantities]
        rows = [
            [f"{case['name']}: {case['what']}", *map(words_of, case["checks"])]
            + ([] if case["passed"] else ["MISSED"])
            for case in cases
        ]
        rows.append(["demanded", *map(allowed, cases[0]["checks"])])
        widths = [
            max(len(row[i]) for row in [heads, *rows] if i < len(row)) for i in range(len(heads))
        ]
        for row in (heads, *rows):
            lines.append(
                "  ".join(
                    cell.ljust(width) for cell, width in zip(row, [*widths, 6], strict=False)
                ).rstrip()
            )
        lines.append("")
    return "\n".join(lines)


def as_markdown(result: Result) -> str:
    """Return the table of docs/fidelity.md: for each group the largest errors of its cases."""
    lines = [
        "| what | cases | quantity | largest error | in | demanded |",
        "|---|---|---|---|---|---|",
    ]
    for group, quantities, cases in groups(result):
        for i, quantity in enumerate(quantities):
            worst = max(cases, key=lambda case: case["checks"][i]["error"] or 0.0)
            check = worst["checks"][i]
            where = worst["name"] if len(cases) > 1 and check["error"] else ""
            lines.append(
                f"| {group if i == 0 else ''} | {len(cases) if i == 0 else ''} | {quantity} "
                f"| {words_of(check)} | {where} | {allowed(check)} |"
            )
    return "\n".join(lines)
