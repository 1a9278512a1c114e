"""The page where users choose how they see things, and the switch of units in the header."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import Preferences
from accounts.preferences_form import PreferencesForm, UnitsForm


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the form, or store what was chosen. Everybody changes their own alone."""
    chosen = Preferences.of(_person(request))
    before = chosen.as_json()
    form = PreferencesForm(request.POST or None, instance=chosen, label_suffix="")
    if request.method == "POST" and form.is_valid():
        _store(request, chosen, before)
        messages.success(request, _("Your preferences are stored."))
        return redirect("preferences")
    # A form with errors has set the instance; the page around it shows what is stored.
    return render(
        request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200
    )


@require_POST
def units(request: HttpRequest) -> HttpResponse:
    """Change the units and go back to the page that was left."""
    chosen = Preferences.of(_person(request))
    before = chosen.as_json()
    form = UnitsForm(request.POST, instance=chosen)
    if not form.is_valid():
        messages.error(request, _("There are no such units; nothing was changed."))
        return redirect("preferences")
    _store(request, chosen, before)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect("preferences")
    return redirect(back)


@require_POST
def sound(request: HttpRequest) -> HttpResponse:
    """Switch the sound of alarms on or off: the button of the alarm bar, which stays where it is.

    204, or 422 for what is neither `on` nor `off`.
    """
    chosen = Preferences.of(_person(request))
    before = chosen.as_json()
    wanted = {"on": True, "off": False}.get(request.POST.get("alarm_sound", ""))
    if wanted is None:
        return HttpResponse(_("The sound is on or off; nothing was changed."), status=422)
    chosen.alarm_sound = wanted
    _store(request, chosen, before)
    return HttpResponse(status=204)


def _person(request: HttpRequest) -> Any:
    if not request.user.is_authenticated:
        raise PermissionDenied  # a link for looking only has no preferences
    return request.user


def _store(request: HttpRequest, chosen: Preferences, before: dict[str, Any]) -> None:
    """Store what was chosen, with its entry in the audit trail; the same again is no act."""
    with transaction.atomic():
        chosen.save()
        after = chosen.as_json()
        if after != before:
            audit.record(
                "preferences.change", chosen, by=_person(request), before=before, after=after
            )
