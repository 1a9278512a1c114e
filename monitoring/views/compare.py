"""Two runs over each other: a branch and its original, or any two plants."""

import csv
import math
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.charts import GROUPS, TRENDS
from monitoring.views.dashboard import find_plant
from simulation.models import Plant, Reading, Run
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import LABELS

#: What is shown at first: what a trip is about, and what the operator would touch.
FIRST_SHOWN = ("XMEAS(7)", "XMEAS(8)", "XMEAS(9)", "XMEAS(12)", "XMV(10)", "XMEAS(1)")
ROWS_AT_ONCE = 2000


class Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _pair(pk: int, other: int) -> tuple[Plant, Run, Plant, Run]:
    one, two = find_plant(pk), find_plant(other)
    if one.current_run is None or two.current_run is None:
        raise Http404("one of the plants has never run")
    # Beside a branch: the run that it branched off, even if the original has a newer one by now.
    theirs = two.current_run.parent
    run = theirs if theirs is not None and theirs.plant_id == one.pk else one.current_run
    return one, run, two, two.current_run


@require_safe
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show two runs on the same charts, and their difference."""
    one, run, two, second = _pair(pk, other)
    context = {
        "plant": one,
        "other": two,
        "run": run,
        "other_run": second,
        "branch_step": second.branch_step if second.parent_id == run.pk else None,
        "branch_hours": hours_at(second.branch_step or 0),
        "groups": GROUPS,
        "first_shown": FIRST_SHOWN,
        "sample_seconds": SAMPLE_SECONDS,
    }
    return render(request, "monitoring/compare.html", context)


@require_safe
def export(request: HttpRequest, pk: int, other: int) -> StreamingHttpResponse:
    """Give both runs as one CSV: time, each tag of both and the difference, unrounded."""
    one, run, two, second = _pair(pk, other)
    wanted = [tag for tag in request.GET.getlist("tag") if tag in TRENDS] or list(LABELS)
    columns = [LABELS.index(tag) for tag in wanted]
    names = [(f"{tag} {one.name}", f"{tag} {two.name}", f"{tag} difference") for tag in wanted]
    writer = csv.writer(Echo())

    def lines() -> Iterator[str]:
        yield writer.writerow(["step", "time_h", *(name for three in names for name in three)])
        for step, first, other_values in _rows(run, second):
            line: list[str] = [str(step), repr(hours_at(step))]
            for column in columns:
                a = first[column] if first is not None else math.nan
                b = other_values[column] if other_values is not None else math.nan
                line += [_cell(a), _cell(b), _cell(a - b)]
            yield writer.writerow(line)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="compare-{one.pk}-{two.pk}.csv"'
    return response


def _rows(run: Run, other: Run) -> Iterator[tuple[int, list[float] | None, list[float] | None]]:
    after = 0
    while True:
        found: dict[int, list[list[float] | None]] = {}
        ends = []
        for place, one in enumerate((run, other)):
            rows = Reading.objects.filter(run=one, step__gt=after).order_by("step")[:ROWS_AT_ONCE]
            steps = [(row.step, row.values.tolist()) for row in rows]
            if len(steps) == ROWS_AT_ONCE:
                ends.append(steps[-1][0])
            for step, values in steps:
                found.setdefault(step, [None, None])[place] = values
        until = min(ends) if ends else None
        for step in sorted(found):
            if until is None or step <= until:
                yield step, found[step][0], found[step][1]
        if until is None:
            return
        after = until


def _cell(value: float) -> str:
    return repr(value) if math.isfinite(value) else ""
