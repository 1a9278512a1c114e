"""The data of a trend: one run's tags over a span, thinned to what a screen can show."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.hidden_truth import injections_told
from monitoring.trends.marks import marks_of
from monitoring.trends.payload import MOST_ROWS, most_rows, packed, room_beside
from monitoring.trends.places import NoSuchRun, Source, source_of
from monitoring.trends.series import read_rows, step_at, wall_times
from monitoring.trends.tags import tag_named
from monitoring.trends.view import MOST_TRACES, Place
from simulation.models import Run

#: Steps around the ends of a chart that are sent as well, so that lines leave it at its edges.
AROUND = 1
_MOST = 10**9


def _step() -> forms.IntegerField:
    return forms.IntegerField(min_value=-_MOST, max_value=_MOST, required=False)


class DataForm(forms.Form):
    """What is asked for; steps, or wall time in seconds since 1970. `bare`: the marks alone."""

    plant = forms.IntegerField(min_value=1, max_value=10**9)
    run = forms.IntegerField(min_value=1, max_value=10**9, required=False)
    first = _step()
    last = _step()
    since = forms.FloatField(min_value=0, max_value=1e11, required=False)
    until = forms.FloatField(min_value=0, max_value=1e11, required=False)
    rows = forms.IntegerField(min_value=2, max_value=MOST_ROWS, required=False)
    wall = forms.BooleanField(required=False)
    marks = forms.BooleanField(required=False)
    bare = forms.BooleanField(required=False)
    minus = forms.RegexField(r"^\d{1,9}\.\d{1,9}$", required=False)
    shift = _step()


def refused(errors: dict[str, str], status: int = 400) -> JsonResponse:
    """Answer with what is wrong, by parameter."""
    return JsonResponse({"error": " ".join(errors.values()), "fields": errors}, status=status)


@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Give tags of one run as packed columns; `trends.payload` says how they lie."""
    form = DataForm(request.GET)
    names = request.GET.getlist("tag")[: MOST_TRACES + 1]
    tags = [tag for name in names if (tag := tag_named(name)) is not None]
    errors = {name: f"{name}: {found[0]}" for name, found in form.errors.items()}
    if len(tags) < len(names) or not 1 <= len(tags) <= MOST_TRACES:
        errors["tag"] = f"tag: name 1 to {MOST_TRACES} tags, each as XMEAS(7), XMV(3), T2."
    if errors:
        return refused(errors)
    asked = form.cleaned_data
    try:
        source = source_of(Place(asked["plant"], asked["run"]))
        minus = _minus(asked["minus"], asked["shift"] or 0)
    except NoSuchRun as refusal:
        return refused({"run": str(refusal)}, 404)
    first, last = _span(source, asked)
    head: dict[str, Any] = {
        "plant": source.plant.pk,
        "run": source.run.number,
        "first": first,
        "last": last,
        "newest": source.ends.newest if source.ends else None,
        "tags": [tag.label for tag in tags],
    }
    if asked["marks"]:
        told = partial(injections_told, request)
        head["marks"] = asdict(marks_of(source.run, tags, first, last, told))
    wall = asked["wall"]
    if asked["bare"]:
        first, last = 1, 0
    most = most_rows(len(tags), asked["rows"] or MOST_ROWS, room_beside(head), wall=wall)
    rows = read_rows(source.run, tags, first, last, most, minus)
    times = wall_times(source.run, rows.steps) if wall else None
    return HttpResponse(packed(head, rows, times), content_type="application/octet-stream")


def _minus(text: str, shift: int) -> tuple[Run, int] | None:
    if not text:
        return None
    plant, _, run = text.partition(".")
    return source_of(Place(int(plant), int(run))).run, shift


def _span(source: Source, asked: dict[str, Any]) -> tuple[int, int]:
    """Return the steps asked for, within what is stored; an empty span where nothing is."""
    ends = source.ends
    if ends is None:
        return 1, 0
    first, last = asked["first"], asked["last"]
    since, until = asked["since"], asked["until"]
    if since is not None:
        first = step_at(source.run, datetime.fromtimestamp(since, UTC), ends) - AROUND
    if until is not None:
        last = step_at(source.run, datetime.fromtimestamp(until, UTC), ends)
    low = ends.first if first is None else max(ends.first, int(first))
    high = ends.newest if last is None else min(ends.newest, int(last))
    return low, max(high, low - 1)
