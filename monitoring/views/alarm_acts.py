"""What a user does to alarms: acknowledge, reset, shelve, take off the shelf.

A page with htmx is told to look again (`alarms-changed`), with the words of what was done; one
without goes back to where it came from.
"""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import display
from accounts.moments import moment_text
from monitoring.alarm_page_forms import AcknowledgeForm, ShelveForm
from monitoring.alarms import shelf
from monitoring.alarms.acknowledging import acknowledge, acknowledge_all
from monitoring.alarms.latches import reset_latch
from monitoring.alarms.life import LifeError
from monitoring.models import AlarmOccurrence, Shelving
from monitoring.views.alarm_list import acts_context, alarm_rights, occurrence_or_404
from monitoring.views.occurrence import occurrence_context

ACKNOWLEDGE, SHELVE = "monitoring.acknowledge_alarm", "monitoring.shelve_alarm"


def back_of(request: HttpRequest) -> str:
    """Return the page of ours that a form names as its own, else the alarms of all plants."""
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("monitoring:all-alarms")


def done(request: HttpRequest, message: str, *, is_done: bool = True) -> HttpResponse:
    """Tell what was done, or why nothing was."""
    if request.htmx:  # type: ignore[attr-defined]
        response = HttpResponse(status=204)
        response["HX-Trigger"] = json.dumps({"alarms-changed": {"message": message}})
        return response
    (messages.success if is_done else messages.warning)(request, message)
    return redirect(back_of(request))


def refuse(request: HttpRequest, one: AlarmOccurrence, **bound: Form) -> HttpResponse:
    """Show the forms of an alarm again with the errors beside the fields."""
    context: dict[str, Any] = {
        **acts_context(one, **bound),
        **alarm_rights(request),
        "back": back_of(request),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "monitoring/_alarm_acts.html", context, status=422)
    page = {**occurrence_context(request, one), **context}
    return render(request, "monitoring/occurrence.html", page, status=422)


@require_POST
@permission_required(ACKNOWLEDGE, raise_exception=True)
def acknowledge_alarms(request: HttpRequest) -> HttpResponse:
    """Acknowledge the alarms that the form names; several only after a question."""
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        named = request.POST.getlist("seen")
        number = named[0].partition(":")[0] if len(named) == 1 else ""
        if number.isascii() and number.isdecimal() and len(number) <= 15:
            return refuse(request, occurrence_or_404(int(number)), acknowledge_form=form)
        context = {"form": form, "back": back_of(request)}
        return render(request, "monitoring/acknowledge_several.html", context, status=422)
    seen, comment = form.occurrences(), form.cleaned_data["comment"]
    if len(form.cleaned_data["seen"]) > 1:
        if "confirmed" not in request.POST:
            context = {"form": form, "alarms": seen, "back": back_of(request)}
            return render(request, "monitoring/acknowledge_several.html", context)
        count = len(acknowledge_all(seen, by=request.user, comment=comment))
        left = len(form.cleaned_data["seen"]) - count
        words = f"{count} alarm{'' if count == 1 else 's'} acknowledged."
        if left:
            words += f" {left} changed meanwhile: look again."
        return done(request, words)
    if not seen:
        return done(request, "The alarm is normal again.", is_done=False)
    if not acknowledge_all(seen, by=request.user, comment=comment):
        return _nothing(request, seen[0], comment)
    return done(request, f"Acknowledged: {seen[0].definition.name}.")


def _nothing(request: HttpRequest, one: AlarmOccurrence, comment: str) -> HttpResponse:
    """Say why an alarm that was named was not acknowledged."""
    one.refresh_from_db()
    if one.asks:
        return done(request, "The alarm has come again meanwhile: look again.", is_done=False)
    try:
        acknowledge(one, by=request.user, comment=comment)
    except LifeError as error:
        return done(request, f"{error} {error.hint}", is_done=False)
    return done(request, f"Acknowledged: {one.definition.name}.")


@require_POST
@permission_required(ACKNOWLEDGE, raise_exception=True)
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Let go of a latch."""
    one = occurrence_or_404(pk)
    try:
        reset_latch(one, by=request.user)
    except LifeError as error:
        return done(request, f"{error} {error.hint}", is_done=False)
    return done(request, f"Reset: {one.definition.name}.")


@require_POST
@permission_required(SHELVE, raise_exception=True)
def shelve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the alarm of an occurrence away for a time."""
    one = occurrence_or_404(pk)
    form = ShelveForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            made = shelf.shelve(
                one.plant,
                one.definition,
                until=asked["until"],
                reason=asked["reason"],
                by=request.user,
            )
        except LifeError as error:
            form.add_error(None, f"{error} {error.hint}")
        except ValidationError as error:
            form.add_error(None, error)
        else:
            until = moment_text(made.until, display.present().zone, "short")
            words = f"Shelved until {until}: {one.definition.name}."
            return done(request, words)
    return refuse(request, one, shelve_form=form)


@require_POST
@permission_required(SHELVE, raise_exception=True)
def unshelve(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an alarm off the shelf."""
    found = get_object_or_404(Shelving.objects.select_related("definition", "plant"), pk=pk)
    try:
        shelf.unshelve(found, by=request.user)
    except LifeError as error:
        return done(request, f"{error} {error.hint}", is_done=False)
    return done(request, f"Off the shelf: {found.definition.name}.")
