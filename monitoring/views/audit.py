"""The audit trail: who did what, from what, to what, when and from where; and taking it back."""

import csv
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import undoing
from accounts.exports import cell
from accounts.hidden_truth import acts_told, is_hidden
from accounts.models import AuditEntry
from monitoring.act_words import ACTIONS
from monitoring.audit_forms import AuditForm
from monitoring.views.audit_context import WHOLE, lines_of, may_see, of_plant
from monitoring.views.dashboard import controls_context, find_plant
from simulation.models import Plant

PER_PAGE, MOST_EXPORTED = 50, 100_000
COLUMNS = (
    *("id", "at", "username", "channel", "address", "action", "subject_type", "subject_id"),
    *("subject", "before", "after", "comment", "undoes"),
)


@require_safe
def trail(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Show the trail, of one plant or whole, filtered, a page at a time."""
    plant, form, found = _asked(request, pk)
    cursor = request.GET.get("before_id", "")
    if cursor.isdecimal() and len(cursor) < 19:
        found = found.filter(pk__lt=int(cursor))
    page = list(found.order_by("-pk").values_list("pk", flat=True)[: PER_PAGE + 1])
    shown = AuditEntry.objects.filter(pk__in=page[:PER_PAGE]).order_by("-pk")
    filters = {name: value for name, value in request.GET.items() if name != "before_id" and value}
    older = {**filters, "before_id": page[PER_PAGE - 1]} if len(page) > PER_PAGE else None
    context = {
        "plant": plant,
        "form": form,
        "lines": lines_of(shown.select_related("undone_by"), request.user),
        "older": urlencode(older) if older else "",
        "truth_hidden": is_hidden(request),
        "is_later_page": bool(cursor),
        "filters": urlencode(filters),
        "shows_address": request.user.has_perm(WHOLE),
        "actions": sorted(ACTIONS),
        "plants": Plant.objects.all() if plant is None else [],
    }
    return render(request, "monitoring/audit.html", context, status=200 if form.is_valid() else 422)


@require_safe
def export(request: HttpRequest, form: str, pk: int | None = None) -> StreamingHttpResponse:
    """Give the filtered trail as a file, newest first."""
    plant, _, found = _asked(request, pk)
    rows = (entry.as_json() for entry in found.order_by("-pk")[:MOST_EXPORTED].iterator(2000))
    if not request.user.has_perm(WHOLE):
        rows = ({**row, "address": None} for row in rows)
    kind = {"csv": "text/csv", "jsonl": "application/x-ndjson"}[form]
    lines = _csv(rows) if form == "csv" else (f"{json.dumps(row)}\n" for row in rows)
    response = StreamingHttpResponse(lines, content_type=f"{kind}; charset=utf-8")
    name = f"audit-plant-{plant.pk}" if plant else "audit"
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an act back; its own permission is asked for."""
    entry = get_object_or_404(AuditEntry.objects.select_related("undone_by"), pk=pk)
    plant = None
    if entry.subject_type == "plant" and entry.subject_id.isdecimal():
        plant = Plant.objects.filter(pk=int(entry.subject_id)).first()
    if not may_see(request.user, plant):
        raise PermissionDenied("Your account may not see this entry.")
    try:
        told, status, level = undoing.undo(entry, by=request.user), 200, messages.SUCCESS
    except undoing.CannotUndo as error:
        told, status, level = f"{error} {error.hint}", 422, messages.ERROR
    if request.htmx and plant is not None:  # type: ignore[attr-defined]
        context = controls_context(request, find_plant(plant.pk), message=told)
        return render(request, "monitoring/_controls.html", context, status=status)
    messages.add_message(request, level, told)
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return redirect(wanted)
    return redirect("monitoring:plant", plant.pk) if plant else redirect("monitoring:home")


def _asked(
    request: HttpRequest, pk: int | None
) -> tuple[Plant | None, AuditForm, "QuerySet[AuditEntry]"]:
    """Return the plant, the filters and what they leave. Raises Http404 and PermissionDenied."""
    plant = None if pk is None else find_plant(pk)
    if not may_see(request.user, plant):
        raise PermissionDenied("Your account may not see this part of the audit trail.")
    form = AuditForm(request.GET)
    found = acts_told(request, AuditEntry.objects.all() if plant is None else of_plant(plant))
    return plant, form, form.narrow(found) if form.is_valid() else found.none()


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        return value


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield lines of CSV; a cell that a spreadsheet would take for a formula is quoted as text."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([_cell(row[name]) for name in COLUMNS])


def _cell(value: Any) -> str:
    text = "" if value is None else json.dumps(value) if isinstance(value, dict) else str(value)
    return cell(text)
