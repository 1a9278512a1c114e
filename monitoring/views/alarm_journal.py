"""The journal of all alarms: looked through, and exported as CSV or JSON lines."""

import csv
import json
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.alarm_page_forms import JournalFilterForm
from monitoring.alarms.journal_rows import COLUMNS, MOST_EXPORTED, rows
from monitoring.alarms.queries import Search
from monitoring.alarms.queries import journal as entries_of
from monitoring.models import AlarmJournalEntry

#: Entries on a page, and digits that a number of one can have.
PAGE, MOST_DIGITS = 100, 15
_SEARCHED = ("plant", "since", "until", "kind", "priority")


@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """Show the journal, or export what the filters let through with `format=csv` or `jsonl`."""
    form = JournalFilterForm(request.GET)
    is_valid = form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = _found(wanted, request.GET.get("before", ""))
    asked = request.GET.get("format", "")
    if is_valid and asked in {"csv", "jsonl"}:
        return _csv(found) if asked == "csv" else _jsonl(found)
    kept = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    context: dict[str, Any] = {
        "form": form,
        "is_valid": is_valid,
        "is_filtered": bool(kept),
        "filters": urlencode(kept),
        "entries": list(found.select_related("definition")[: PAGE + 1]) if is_valid else [],
        "is_older": "before" in request.GET,
        "most_exported": MOST_EXPORTED,
        "plant": wanted.get("plant"),
    }
    if len(context["entries"]) > PAGE:
        context["entries"].pop()
        context["older"] = context["entries"][-1].pk
    return render(
        request, "monitoring/alarm_journal.html", context, status=200 if is_valid else 422
    )


def _found(wanted: dict[str, Any], before: str) -> QuerySet[AlarmJournalEntry]:
    """Return what is looked for, newest first; `before` is the last entry seen."""
    asked = {name: value for name, value in wanted.items() if name in _SEARCHED}
    if before.isascii() and before.isdecimal() and len(before) <= MOST_DIGITS:
        asked["before"] = int(before)
    if "q" in wanted:
        asked["text"] = wanted["q"]
    if "person" in wanted:
        asked["username"] = wanted["person"]
    found = entries_of(Search(**asked))
    return found.filter(tag__iexact=wanted["tag"]) if "tag" in wanted else found


def _csv(found: QuerySet[AlarmJournalEntry]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="alarm-journal.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    writer.writerows(rows(found[:MOST_EXPORTED]))
    return response


def _jsonl(found: QuerySet[AlarmJournalEntry]) -> HttpResponse:
    response = HttpResponse(content_type="application/x-ndjson; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="alarm-journal.jsonl"'
    for entry in found[:MOST_EXPORTED]:
        response.write(json.dumps(entry.as_json(), ensure_ascii=False) + "\n")
    return response
