"""The page of trends: any tags of any plant on linked charts, as its address says."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.hidden_truth import injections_told
from monitoring.trends.pictures import pictures_of
from monitoring.trends.places import NeverRan, NoSuchRun, Source, source_of, sources_of
from monitoring.trends.tags import TAG_GROUPS
from monitoring.trends.view import (
    ALIGNMENTS,
    EACH,
    LAYERS,
    MOST_CHARTS,
    ONE,
    PROCESS,
    SIGNS,
    SPANS,
    Place,
    View,
    read_view,
)
from monitoring.views.trends_saved import saved_context
from simulation.models import Plant, Run
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS

#: Runs that the field for an overlay proposes; the newest of all plants.
RUNS_PROPOSED = 40
#: What a first visit shows: the pressure, the level and the temperature that trip, and the valve.
FIRST_CHARTS = ("XMEAS(7)", "XMEAS(8)", "XMEAS(9)", "XMV(10)")


@require_safe
def trends(request: HttpRequest) -> HttpResponse:
    """Show the charts of the address; with `plain`, drawn by the server."""
    query = {name: request.GET.getlist(name) for name in request.GET}
    plants = list(Plant.objects.all())
    if plants and "plant" not in query and "run" not in query:
        query["plant"] = [str(plants[0].pk)]
    if set(query) <= {"plant", "run", "plain"}:
        query["chart"] = list(FIRST_CHARTS)
    view = read_view(query)
    sources, not_found = sources_of(view, partial(injections_told, request))
    errors = {**view.errors, **not_found}
    plain = "plain" in query
    shown = "" in sources and bool(view.charts)
    context = {
        "view": view,
        "errors": errors,
        "status_words": _status_words(view, sources, bool(plants)),
        "plants": plants,
        "plant": sources[""].plant if "" in sources else None,
        "run_typed": (query.get("run") or [""])[-1],
        "plant_chosen": view.place.plant if view.place else None,
        "groups": TAG_GROUPS,
        "charts": [_chart(view, number, sources) for number in range(len(view.charts))],
        "may_add_chart": len(view.charts) < MOST_CHARTS,
        "spans": [
            (slug, _span_words(slug), _span_address(view, slug)) for slug in SPANS[view.axis]
        ],
        "ends_typed": {name: (query.get(name) or [""])[-1] for name in ("from", "to", "overlay")},
        "runs": _runs_proposed(),
        "alignments": ALIGNMENTS.items(),
        "layers": [
            (slug, words, SIGNS[slug], slug in view.hidden) for slug, words in LAYERS.items()
        ],
        "each": EACH,
        "one": ONE,
        "plain": plain,
        **saved_context(request, view.query()),
        "pictures": pictures_of(view, sources, partial(injections_told, request))
        if plain and shown
        else [],
        "whole_run_hours": _whole_run_hours(view, sources) if shown else None,
        "shown": shown,
        "script": json.dumps(_for_script(view, sources)) if shown else "",
        "csv_address": _export_address(view, "csv"),
        "parquet_address": _export_address(view, "parquet"),
    }
    is_wrong = errors and not (len(errors) == 1 and _has_never_run(view))
    return render(request, "monitoring/trends.html", context, status=400 if is_wrong else 200)


def _has_never_run(view: View) -> bool:
    """Whether there is nothing to show because the plant has not been started yet."""
    if view.place is None or view.errors:
        return False
    try:
        source_of(view.place)
    except NeverRan:
        return True
    except NoSuchRun:
        return False
    return False


@require_safe
def of_plant(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the trends of a plant, with whatever else the address says."""
    query = request.GET.copy()
    query["plant"] = str(pk)
    return redirect(f"{reverse('monitoring:trends')}?{query.urlencode(safe='(),@:')}")


def _status_words(view: View, sources: dict[str, Source], any_plant: bool) -> str:
    if not any_plant:
        return "There is no plant yet: add one in the admin."
    if "" not in sources:
        return ""
    if not view.charts:
        return "No tag is chosen yet: pick some from the list."
    if sources[""].ends is None:
        return f"{sources[''].name} has no reading yet."
    return ""


def _whole_run_hours(view: View, sources: dict[str, Source]) -> float | None:
    """Return the run's length where it is less than the span asked for."""
    ends = sources[""].ends
    if ends is None or view.axis != PROCESS or not view.follows or view.seconds is None:
        return None
    hours = hours_at(ends.newest)
    return hours if hours < view.seconds / 3600 else None


def _export_address(view: View, kind: str) -> str:
    return f"{reverse('monitoring:trends-export', args=[kind])}?{view.query()}"


def _runs_proposed() -> list[tuple[Place, str]]:
    found = Run.objects.select_related("plant").order_by("-started_at")[:RUNS_PROPOSED]
    return [
        (Place(run.plant_id, run.number), f"{run.plant.name} run {run.number}") for run in found
    ]


def _span_words(slug: str) -> str:
    if slug == "all":
        return "all"
    number = slug.rstrip("abcdefghijklmnopqrstuvwxyz")
    return f"{number} {slug[len(number) :]}"


def _span_address(view: View, slug: str) -> str:
    newest = replace(view, span=slug, ends=None)
    return f"{reverse('monitoring:trends')}?{newest.query()}"


def _chart(view: View, number: int, sources: dict[str, Source]) -> dict[str, Any]:
    traces = view.charts[number]
    return {
        "number": number + 1,
        "text": ",".join(map(str, traces)),
        "title": ", ".join(
            f"{one.tag.label} {one.tag.name}"
            + (f" ({sources[str(one.place)].name})" if str(one.place) in sources else "")
            for one in traces
        ),
        "scale": view.scales_refused.get(number + 1) or str(view.scale_of(number) or ""),
        "scale_error": view.errors.get(f"y{number + 1}", ""),
        "unit": traces[0].tag.unit,
        "without": f"{reverse('monitoring:trends')}?{view.without(number).query()}",
    }


def _for_script(view: View, sources: dict[str, Source]) -> dict[str, Any]:
    return {
        "charts": [
            [
                {**trace.tag.as_json(), "source": "" if trace.place is None else str(trace.place)}
                for trace in chart
                if trace.place is None or str(trace.place) in sources
            ]
            for chart in view.charts
        ],
        "sources": {key: source.as_json() for key, source in sources.items()},
        "axis": view.axis,
        "span": view.seconds,
        "spanName": view.span,
        "ends": view.ends,
        "difference": view.difference and "overlay" in sources,
        "hidden": sorted(view.hidden),
        "scales": [one and one.ends for one in view.scales],
        "sampleSeconds": SAMPLE_SECONDS,
        "query": view.query(),
        "data": reverse("monitoring:trends-data"),
    }
