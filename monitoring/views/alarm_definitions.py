"""Every alarm that there can be: its limit, its delays, whether it is in service and can work."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from monitoring.alarm_page_forms import AlarmForm, OutOfServiceForm, PlainText
from monitoring.alarms import service
from monitoring.alarms.folding import PRIORITIES
from monitoring.alarms.life import LifeError
from monitoring.models import AlarmDefinition
from monitoring.views.alarm_list import alarm_rights
from simulation.models import Plant

MANAGE = "monitoring.manage_alarms"
#: Definitions on the page at most.
MOST = 500
_SERVICE = {"": "any", "in": "in service", "out": "out of service", "cannot": "cannot work"}


class DefinitionFilterForm(AlarmForm):
    """Which definitions are shown."""

    prefix_of_ids = "definition"

    q = PlainText(label=_("Tag or name"), max_length=60)
    plant = forms.ModelChoiceField(Plant.objects.all(), required=False, empty_label="any")
    priority = forms.ChoiceField(
        required=False, choices=[("", "any"), *AlarmDefinition.Priority.choices]
    )
    service = forms.ChoiceField(required=False, choices=list(_SERVICE.items()))


def _found(wanted: dict[str, Any]) -> QuerySet[AlarmDefinition]:
    found = AlarmDefinition.objects.select_related("plant", "out_of_service_by", "suppress_alarm")
    if text := wanted.get("q"):
        named = Q(name__icontains=text) | Q(tag__icontains=text) | Q(code__icontains=text)
        found = found.filter(named)
    if plant := wanted.get("plant"):
        found = found.filter(Q(plant=plant) | Q(plant=None))
    if priority := wanted.get("priority"):
        found = found.filter(priority=priority)
    asked = {
        "in": Q(in_service=True),
        "out": Q(in_service=False),
        "cannot": ~Q(cannot_work=""),
        "": Q(),
    }
    return found.filter(asked[wanted.get("service") or ""]).order_by("tag", "code")


def definitions_context(request: HttpRequest, **bound: Any) -> dict[str, Any]:
    """Return the context of the page; `bound` names the definition whose form has errors."""
    form = DefinitionFilterForm(request.GET)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    rows = list(_found(wanted)[: MOST + 1])
    ranks = [*PRIORITIES, AlarmDefinition.Priority.JOURNAL.value]
    rows.sort(key=lambda one: (ranks.index(one.priority), one.name))
    chosen = request.GET.get("out", "")
    return {
        "form": form,
        "is_filtered": bool(wanted),
        "definitions": rows[:MOST],
        "is_cut": len(rows) > MOST,
        "plant": wanted.get("plant"),
        "chosen": next((one for one in rows if str(one.pk) == chosen), None),
        "service_form": OutOfServiceForm(),
        **alarm_rights(request),
        **bound,
    }


@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """Show every definition."""
    return render(request, "monitoring/alarm_definitions.html", definitions_context(request))


@require_POST
@permission_required(MANAGE, raise_exception=True)
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a definition out of service, for every plant that it holds for."""
    one = get_object_or_404(AlarmDefinition, pk=pk)
    form = OutOfServiceForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            service.take_out(one, why=asked["why"], until=asked["until"], by=request.user)
        except LifeError as error:
            form.add_error(None, f"{error} {error.hint}")
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, gettext("%(name)s is out of service.") % {"name": one.name})
            return redirect("monitoring:alarm-definitions")
    context = definitions_context(request, chosen=one, service_form=form)
    return render(request, "monitoring/alarm_definitions.html", context, status=422)


@require_POST
@permission_required(MANAGE, raise_exception=True)
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a definition back in service."""
    one = get_object_or_404(AlarmDefinition, pk=pk)
    try:
        service.put_back(one, by=request.user)
    except LifeError as error:
        messages.warning(request, f"{error} {error.hint}")
    else:
        messages.success(request, gettext("%(name)s is in service again.") % {"name": one.name})
    return redirect("monitoring:alarm-definitions")
