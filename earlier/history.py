"""`/last_analysis`, `/analysis/...` and the downloads: what was explained, newest first."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import described
from earlier.access import LoopbackClient
from earlier.calls import EarlierCall, call
from earlier.forms import LimitForm
from earlier.plant import legacy_plant
from earlier.values import cleaned, values_of
from explainer import schemas
from explainer.api import NONE, LastAnalysis
from explainer.earlier_form import as_earlier, moment_of
from explainer.models import Explanation
from simulation.models import Plant

MAX_ITEMS, MAX_DOWNLOADED = 100, 1000
KINDS = {
    "jsonl": "application/x-ndjson",
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
}


class EarlierLastAnalysis(LastAnalysis):
    """The same `/last_analysis`; a program of this machine without a token asks of its plant."""

    authentication_classes = EarlierCall.authentication_classes
    content_negotiation_class = EarlierCall.content_negotiation_class

    @described(
        "Explanations",
        schemas.LAST_ANALYSIS,
        parameters=[schemas.PLANT_IN_QUERY],
        example=schemas.LAST_ANALYSIS_EXAMPLE,
        refuses={404: "There is no such plant."},
    )
    def get(self, request: Request) -> Response:
        """Return the newest finished analysis, or {"status": "none"}."""
        if isinstance(request.user, LoopbackClient):
            found = analyses_of(legacy_plant(), 1)
            return Response(found[0] if found else NONE)
        return super().get(request)


def analyses_of(plant: Plant, limit: int, day: date | None = None) -> list[dict[str, Any]]:
    """Return the plant's finished analyses, newest first, at most `limit` (of a day in UTC)."""
    done = Explanation.objects.filter(run__plant=plant, status=Explanation.Status.DONE)
    if day is not None:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        done = done.filter(created_at__gte=begin, created_at__lt=begin + timedelta(days=1))
    return _grouped(plant, done, limit)


def _grouped(plant: Plant, done: "QuerySet[Explanation]", limit: int) -> list[dict[str, Any]]:
    """Return one analysis for each request among the explanations, newest first."""
    keys: dict[str, datetime] = {}
    ordered = done.order_by("-created_at", "-pk").only("request_key", "created_at")
    for one in ordered.iterator(chunk_size=200):
        keys.setdefault(one.group_key, one.created_at)
        if len(keys) > limit:
            break
    chosen = list(keys)[:limit]
    members: dict[str, list[Explanation]] = {key: [] for key in chosen}
    siblings = Explanation.objects.filter(
        run__plant=plant, created_at__in={keys[key] for key in chosen}
    )
    for one in siblings.select_related("run__plant").order_by("pk"):
        if one.group_key in members:
            members[one.group_key].append(one)
    return [as_earlier(_newest(group), group) for group in members.values()]


def _newest(group: list[Explanation]) -> Explanation:
    return [one for one in group if one.status == Explanation.Status.DONE][-1]


@call("GET")
def history(request: Request, plant: Plant) -> Response:
    """Give the newest analyses, `limit` of them (10)."""
    values = cleaned(LimitForm(values_of(request, "limit"), most=MAX_ITEMS))
    return Response({"items": analyses_of(plant, values["limit"] or 10)})


@call("GET")
def item(request: Request, plant: Plant, number: int) -> Response:
    """Give one analysis by its id."""
    try:
        moment = moment_of(number)
    except OverflowError:
        moment = moment_of(0)
    done = Explanation.objects.filter(
        run__plant=plant,
        status=Explanation.Status.DONE,
        created_at__gte=moment,
        created_at__lt=moment + timedelta(milliseconds=1),
    )
    for found in _grouped(plant, done, 1):
        return Response(found)
    return Response(
        {
            "status": "not_found",
            "error": f"There is no analysis {number}.",
            "hint": "GET /analysis/history lists them with their ids.",
        },
        status=404,
    )


@call("GET")
def download(request: Request, plant: Plant, kind: str) -> HttpResponse:
    """Give the analyses as a file, all of them (or the newest `limit`)."""
    if kind not in KINDS:
        raise Http404
    values = cleaned(LimitForm(values_of(request, "limit"), most=MAX_DOWNLOADED))
    found = analyses_of(plant, values["limit"] or MAX_DOWNLOADED)
    return _file(found, kind, f"tep_analysis_history.{kind}")


@call("GET")
def download_day(request: Request, plant: Plant, day: str) -> HttpResponse:
    """Give the analyses of one day (UTC) as Markdown."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    return _file(analyses_of(plant, MAX_DOWNLOADED, wanted), "md", f"tep_analysis_{wanted}.md")


def _file(found: list[dict[str, Any]], kind: str, name: str) -> HttpResponse:
    if kind == "md":
        text = "\n\n".join(map(_as_markdown, found)) or "No analysis.\n"
    elif kind == "json":
        text = json.dumps({"items": found}, ensure_ascii=False)
    else:
        text = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in found)
    response = HttpResponse(text, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _as_markdown(found: dict[str, Any]) -> str:
    parts = [
        f"# Analysis {found['id']}, {found['timestamp']}",
        f"{found['plant']}, run {found['run']}, step {found['step']}",
        found["feature_analysis"],
    ]
    for model, said in found["llm_analyses"].items():
        parts += [f"## {model} ({said['status']})", said["analysis"]]
    return "\n\n".join(parts)
