"""The evidence that the plant is the published one, as a page, and its check on this machine."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from explainer.markup import render_markdown
from simulation.fidelity.result import allowed, groups, load_result, words_of

#: What the page takes over from docs/fidelity.md, the one place where it is written.
SECTIONS = ("The readings taken as standard here", "What is not modelled")
CHECK_SECONDS = 120.0
FRESH_SECONDS = 60.0  # a further click within this time gets the same answer


@dataclass(frozen=True)
class Cell:
    """One comparison in a table."""

    words: str
    passed: bool


@dataclass(frozen=True)
class Row:
    """One file of reference data."""

    name: str
    what: str
    sha256: str
    cells: list[Cell]
    passed: bool


@dataclass(frozen=True)
class Group:
    """Files of which the same was compared."""

    name: str
    slug: str
    quantities: list[str]
    rows: list[Row]
    demanded: list[str]


class _Checker:
    """Runs the check of this machine in a process of its own, one at a time.

    A process: the page's own would have to load the compiled simulator and keep it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer: dict[str, Any] = {}
        self._at = -FRESH_SECONDS

    def check(self) -> dict[str, Any]:
        """Return the result of `checkfidelity --here`, or `{"error": why there is none}`."""
        with self._lock:
            if time.monotonic() - self._at >= FRESH_SECONDS:
                self._answer = self._run()
                self._at = time.monotonic()
            return self._answer

    def _run(self) -> dict[str, Any]:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "checkfidelity", "--here"]
        try:
            done = subprocess.run(  # noqa: S603  (our own command, nothing of the request)
                [*command, "--json"], capture_output=True, text=True, timeout=CHECK_SECONDS
            )
            return dict(json.loads(done.stdout))
        except subprocess.TimeoutExpired:
            return {"error": f"The check did not end within {CHECK_SECONDS:.0f} s."}
        except (OSError, ValueError):
            return {"error": "The check gave no result; run manage.py checkfidelity --here."}


_checker = _Checker()


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what was compared, what was found, and the readings that were chosen."""
    result = load_result()
    context = {
        "result": result,
        "groups": list(_groups(result)),
        "plots": [
            {key: plot[key] for key in ("file", "idv", "label", "name", "unit")}
            for plot in result["plots"]
        ],
        "sections": _sections(),
    }
    return render(request, "teplive/fidelity.html", context)


@require_safe
def stored(request: HttpRequest) -> HttpResponse:
    """Give the stored result: the series of the page's charts, and every figure to check."""
    return JsonResponse(load_result())


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Compute the committed trajectories on this machine and show how they compare."""
    found = _checker.check()
    context: dict[str, Any] = {"checked": found, "error": found.get("error", "")}
    if "cases" in found:
        context["group"] = next(_groups(found))
    if request.headers.get("HX-Request"):
        return render(request, "teplive/_fidelity_here.html", context)
    return render(request, "teplive/fidelity_check.html", context)


def _groups(result: dict[str, Any]) -> Iterator[Group]:
    for number, (name, quantities, cases) in enumerate(groups(result), 1):
        yield Group(
            name=name[0].upper() + name[1:],
            slug=f"group-{number}" if "plots" in result else "group-here",
            quantities=quantities,
            rows=[
                Row(
                    name=case["name"],
                    what=case["what"],
                    sha256=case["sha256"],
                    cells=[Cell(words_of(one), one["passed"]) for one in case["checks"]],
                    passed=case["passed"],
                )
                for case in cases
            ],
            demanded=[allowed(one) for one in cases[0]["checks"]],
        )


@cache
def _sections() -> list[tuple[str, SafeString]]:
    """Return the sections of docs/fidelity.md that the page shows; none if it is not installed."""
    path = settings.BASE_DIR / "docs" / "fidelity.md"
    if not path.is_file():
        return []
    parts = path.read_text(encoding="utf-8").split("\n## ")
    by_title = {part.split("\n", 1)[0].strip(): part.split("\n", 1)[1] for part in parts[1:]}
    return [(title, render_markdown(by_title[title])) for title in SECTIONS if title in by_title]
