"""The export of a trend view: every stored sample of its span, as CSV or Parquet."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import IO

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.hidden_truth import injections_told
from monitoring.trends.export import TooMuch, csv_lines, parquet_file, table_of
from monitoring.trends.places import sources_of
from monitoring.trends.view import read_view

_BYTES_AT_ONCE = 1 << 16
NO_PARQUET = (
    "This server has no library for Parquet: install it with «make data», or export CSV instead."
)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Give what the address shows as a file; what cannot be is said with its remedy."""
    view = read_view({name: request.GET.getlist(name) for name in request.GET})
    sources, not_found = sources_of(view, partial(injections_told, request))
    errors = {**view.errors, **not_found}
    if "" not in sources and not errors:
        errors["plant"] = "Name a plant: plant=1."
    if not view.charts and not errors:
        errors["chart"] = "Name a tag: chart=XMEAS(7)."
    if errors:
        return _refused(request, list(errors.values()), 400)
    try:
        table = table_of(view, sources)
        if kind == "csv":
            parts = _in_parts(csv_lines(table))
            answer = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
        else:
            blocks = _in_parts(_blocks(parquet_file(table)))
            answer = StreamingHttpResponse(blocks, content_type="application/vnd.apache.parquet")
    except TooMuch as refusal:
        return _refused(request, [str(refusal)], 400)
    except ImportError:
        return _refused(request, [NO_PARQUET], 501)
    name = f"trends-plant{sources[''].plant.pk}-run{sources[''].run.number}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _refused(request: HttpRequest, words: list[str], status: int) -> HttpResponse:
    return render(request, "monitoring/trends_refused.html", {"words": words}, status=status)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BYTES_AT_ONCE):
            yield block


async def _in_parts(parts: Iterator[str] | Iterator[bytes]) -> AsyncIterator[str | bytes]:
    """Hand out part by part: never the whole file in memory, nor the event loop kept waiting."""

    def following() -> str | bytes | None:
        return next(parts, None)

    while (part := await sync_to_async(following)()) is not None:
        yield part
