"""The alarm summary of a plant and of all plants, the bar on every page, and the shelf."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitoring.alarm_page_forms import AcknowledgeForm, AlarmFilterForm, ShelveForm
from monitoring.alarms.alarm_bar import AlarmBar, alarm_bar
from monitoring.alarms.kept_away import out_of_service, shelved, suppressed
from monitoring.alarms.shown import Shown
from monitoring.alarms.summary import summary
from monitoring.models import AlarmOccurrence
from monitoring.views.dashboard import FEW, find_plant
from simulation.models import Plant

TABS = {"active": "Active", "shelved": "Shelved", "away": "Suppressed and out of service"}
#: Events that can be open at once.
MOST_OPEN = 50


def alarm_rights(request: HttpRequest) -> dict[str, bool]:
    """Return what the user may do to alarms, by the names that the templates use."""
    user = request.user
    return {
        "may_acknowledge": user.has_perm("monitoring.acknowledge_alarm"),
        "may_shelve": user.has_perm("monitoring.shelve_alarm"),
        "may_manage": user.has_perm("monitoring.manage_alarms"),
    }


def _numbers(text: str, most: int) -> list[int]:
    parts = [part for part in text.split(",") if part.isascii() and part.isdecimal()]
    return [int(part) for part in parts[:most] if len(part) <= 15]


def list_context(request: HttpRequest, plant: Plant | None, query: QueryDict) -> dict[str, Any]:
    """Return the context of `_alarm_list.html` for an address's query."""
    tab = query.get("tab", "active")
    form = AlarmFilterForm(query, plant=plant)
    wanted = form.wanted
    path = (
        reverse("monitoring:alarms", args=[plant.pk]) if plant else reverse("monitoring:all-alarms")
    )
    kept = {name: query[name] for name in form.fields if query.get(name)}
    context: dict[str, Any] = {
        "plant": plant,
        "tab": tab if tab in TABS else "active",
        "tabs": TABS,
        "filter_form": form,
        "is_filtered": bool(wanted),
        "path": path,
        "filters": urlencode(kept),
        "back": f"{path}?{query.urlencode()}" if query else path,
        "bar": alarm_bar(plant),
        "now": timezone.now(),
        **alarm_rights(request),
    }
    if context["tab"] == "shelved":
        return {**context, "shelvings": shelved(plant)}
    if context["tab"] == "away":
        return {**context, "suppressed": suppressed(plant), "out": out_of_service(plant)}
    found = summary(plant, wanted, _numbers(query.get("open", ""), MOST_OPEN))
    return {**context, "summary": found, **_chosen(query, plant)}


def _chosen(query: QueryDict, plant: Plant | None) -> dict[str, Any]:
    """Return the forms of the one alarm that was chosen, if one was."""
    chosen = _numbers(query.get("form", ""), 1)
    if not chosen:
        return {}
    found = AlarmOccurrence.objects.filter(pk=chosen[0], closed_at__isnull=True)
    found = found.select_related("definition", "plant", "run")
    one = found.filter(plant=plant).first() if plant else found.first()
    return {} if one is None else acts_context(one)


def acts_context(one: AlarmOccurrence, **bound: Any) -> dict[str, Any]:
    """Return the context of `_alarm_acts.html`; `bound` replaces forms by those with errors."""
    return {
        "chosen": Shown(one),
        "acknowledge_form": AcknowledgeForm(),
        "shelve_form": ShelveForm(initial={"how_long": "15"}),
        **bound,
    }


@require_safe
def alarms(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the alarm summary of a plant; for htmx the list alone."""
    return _show(request, find_plant(pk))


@require_safe
def all_alarms(request: HttpRequest) -> HttpResponse:
    """Show the alarm summary of all plants; for htmx the list alone."""
    return _show(request, None)


def _show(request: HttpRequest, plant: Plant | None) -> HttpResponse:
    context = list_context(request, plant, request.GET)
    is_part = request.htmx  # type: ignore[attr-defined]
    template = "monitoring/_alarm_list.html" if is_part else "monitoring/alarm_list.html"
    return render(request, template, context)


@require_safe
def bar(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the bar of a plant alone."""
    return _bar(request, find_plant(pk))


@require_safe
def bar_of_all(request: HttpRequest) -> HttpResponse:
    """Show the bar of all plants alone."""
    return _bar(request, None)


def _bar(request: HttpRequest, plant: Plant | None) -> HttpResponse:
    context = bar_context(request, plant)
    # Which page it stands on: where the forms of the bar lead back to without a script.
    context["back"] = urlsplit(request.headers.get("HX-Current-URL", "")).path or None
    return render(request, "monitoring/_alarm_bar.html", context)


def bar_context(
    request: HttpRequest, plant: Plant | None, known: AlarmBar | None = None
) -> dict[str, Any]:
    """Return the context of `_alarm_bar.html`; a bar that is known is not read again."""
    found = known or alarm_bar(plant)
    newest = None if found.newest is None else Shown(found.newest)
    return {"bar": found, "plant": plant, "newest": newest, **alarm_rights(request)}


@require_safe
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the panel of a dashboard with its most urgent alarms alone."""
    plant = find_plant(pk)
    context = {"plant": plant, "few": summary(plant, {}, most=FEW)}
    return render(request, "monitoring/_standing.html", context)


def occurrence_or_404(pk: int) -> AlarmOccurrence:
    """Return an occurrence with what its page needs. Raises Http404."""
    found = AlarmOccurrence.objects.select_related(
        "definition", "plant", "run", "event", "acknowledged_by"
    )
    return get_object_or_404(found, pk=pk)
