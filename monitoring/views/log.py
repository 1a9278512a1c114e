"""The shift log of a plant and of the site."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.hidden_truth import acts_told
from monitoring.models import EventFrame, LogEntry
from monitoring.shift_log import entries, export, summary
from monitoring.shift_log.forms import EntryForm, WithdrawForm
from monitoring.shift_log.shifts import Shift
from monitoring.shift_log.site import roster
from monitoring.views.dashboard import find_plant
from simulation.models import Plant


def _shift_asked_for(request: HttpRequest) -> Shift:
    """Return the shift of ?at=, the present one where that is missing or no time."""
    try:
        asked = parse_datetime(request.GET.get("at", "")[:40])
    except ValueError:
        asked = None
    if asked is None or not 2000 < asked.year < 2200:
        return roster().shift_at(timezone.now())
    return roster().shift_at(asked if timezone.is_aware(asked) else timezone.make_aware(asked))


def log_context(
    request: HttpRequest, plant: Plant | None, shift: Shift, **bound: Any
) -> dict[str, Any]:
    """Return the context of the page; `bound` replaces forms by those with errors."""
    plants: Sequence[Plant] = [plant] if plant is not None else list(Plant.objects.all())
    now, site = timezone.now(), roster()
    is_present = shift.holds(now)
    return {
        "plant": plant,
        "plants": plants,
        "shift": shift,
        "is_present": is_present,
        "before": site.before(shift),
        "after": None if is_present or shift.start > now else site.after(shift),
        "site_zone": site.zone.key,
        "entries": summary.entries_of(plants if plant is not None else None, shift),
        "handovers": summary.open_handovers(plants, site.before(shift)) if is_present else [],
        "stretches": summary.stretches_of(plant, shift) if plant is not None else [],
        "alarms": summary.alarms_of(plants, shift),
        "events": summary.events_of(plants, shift),
        "happenings": summary.happenings_of(plants, shift),
        "acts": summary.acts_of(plants, shift, partial(acts_told, request)),
        "formats": list(export.FORMATS),
        "may_write": request.user.has_perm("monitoring.write_log"),
        "entry_form": EntryForm(auto_id="entry-%s", label_suffix=""),
        "withdraw_form": WithdrawForm(auto_id=False, label_suffix=""),
        **bound,
    }


def _page(request: HttpRequest, plant: Plant | None) -> HttpResponse:
    shift = _shift_asked_for(request)
    kind = request.GET.get("format", "")
    context = log_context(request, plant, shift)
    if kind in export.FORMATS:
        return export.answer(kind, context)
    return render(request, "monitoring/log.html", context)


@require_safe
def site_log(request: HttpRequest) -> HttpResponse:
    """Show a shift of all plants."""
    return _page(request, None)


@require_safe
def plant_log(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a shift of one plant."""
    return _page(request, find_plant(pk))


def _back(plant: Plant | None) -> HttpResponse:
    if plant is None:
        return redirect("monitoring:site-log")
    return redirect("monitoring:plant-log", pk=plant.pk)


def _carry_out(
    request: HttpRequest,
    plant: Plant | None,
    name: str,
    form: Form,
    act: Callable[[], str],
    **more: Any,
) -> HttpResponse:
    """Do what a valid form asks; what the log refuses becomes an error of the form."""
    if form.is_valid():
        try:
            messages.success(request, act())
            return _back(plant)
        except entries.LogRefused as refusal:
            form.add_error(None, str(refusal))
    shift = roster().shift_at(timezone.now())
    context = log_context(request, plant, shift, **{name: form}, **more)
    return render(request, "monitoring/log.html", context, status=422)


def _write(request: HttpRequest, plant: Plant | None) -> HttpResponse:
    form = EntryForm(request.POST, auto_id="entry-%s", label_suffix="")

    def act() -> str:
        written = entries.write(by=request.user, plant=plant, **form.cleaned_data)
        return f"{written.get_kind_display().capitalize()} written."

    return _carry_out(request, plant, "entry_form", form, act)


@require_POST
@permission_required("monitoring.write_log", raise_exception=True)
def write_site(request: HttpRequest) -> HttpResponse:
    """Add an entry that concerns every plant."""
    return _write(request, None)


@require_POST
@permission_required("monitoring.write_log", raise_exception=True)
def write_plant(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an entry of a plant."""
    return _write(request, find_plant(pk))


@require_POST
@permission_required("monitoring.write_log", raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an entry back, with a reason."""
    entry = get_object_or_404(LogEntry.objects.select_related("plant"), pk=pk)
    form = WithdrawForm(request.POST, auto_id=False, label_suffix="")

    def act() -> str:
        entries.withdraw(entry, form.cleaned_data["why"], by=request.user)
        return "The entry is withdrawn; it stays readable."

    return _carry_out(request, entry.plant, "withdraw_form", form, act, withdrawing=entry)


@require_POST
@permission_required("monitoring.write_log", raise_exception=True)
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a handover."""
    entry = get_object_or_404(LogEntry.objects.select_related("plant"), pk=pk)
    form = Form(request.POST)

    def act() -> str:
        entries.take_over(entry, by=request.user)
        return f"You have taken over from {entry.username}."

    return _carry_out(request, entry.plant, "take_over_form", form, act)


@require_POST
@permission_required("monitoring.write_log", raise_exception=True)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a note to an event; it is an entry of its plant's log as well."""
    event = get_object_or_404(EventFrame.objects.select_related("plant"), pk=pk)
    form = EntryForm(request.POST, auto_id="entry-%s", label_suffix="")
    if form.is_valid():
        entries.write(by=request.user, event=event, **form.cleaned_data)
        messages.success(request, gettext("Note written; it is in the shift log as well."))
        return redirect("event", pk=event.pk)
    context = {"event": event, "plant": event.plant, "entry_form": form}
    return render(request, "monitoring/note.html", context, status=422)
