"""How good the alarms are: the figures of ISA-18.2 and EEMUA 191, each beside its target."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from monitoring.alarm_page_forms import AlarmForm
from monitoring.alarms.flood import BEGINS_ABOVE
from monitoring.alarms.kpis import PRIORITY_TARGETS
from monitoring.alarms.queries import MOST_ANNOUNCED, kpis
from monitoring.alarms.rate_chart import bars, height_of
from monitoring.models import AlarmJournalEntry
from simulation.models import Plant

_HOURS = {"1": "1 hour", "8": "8 hours", "24": "24 hours", "168": "7 days", "720": "30 days"}
_DEFAULT = "24"
MOST_OPERATORS = 20


class KpiForm(AlarmForm):
    """Of which plant, over how long, for how many operators."""

    prefix_of_ids = "kpi"

    plant = forms.ModelChoiceField(Plant.objects.all(), required=False, empty_label="all plants")
    hours = forms.ChoiceField(required=False, choices=list(_HOURS.items()), label=_("The last"))
    operators = forms.IntegerField(required=False, min_value=1, max_value=MOST_OPERATORS)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of a period that ends now."""
    given = request.GET.copy()
    given.setdefault("hours", _DEFAULT)
    given.setdefault("operators", "1")
    form = KpiForm(given)
    context: dict[str, object] = {"form": form, "targets": PRIORITY_TARGETS}
    if not form.is_valid():
        return render(request, "monitoring/alarm_kpis.html", context, status=422)
    asked = form.cleaned_data
    plant, now = asked["plant"], timezone.now()
    begin = now - timedelta(hours=int(asked["hours"] or _DEFAULT))
    first = _first(plant)
    told = None
    if first is not None and first < now:
        told = kpis(max(begin, first), now, plant, asked["operators"] or 1)
    context |= {
        "plant": plant,
        "first": first,
        "is_shorter": first is not None and first > begin,
        "told": told,
        "end": now,
        "bars": bars(told.rates, told.begin, told.end) if told else [],
        "target_at": height_of(BEGINS_ABOVE, told.rates) if told else "",
        "floods": [
            (_moment(one.since), None if one.until is None else _moment(one.until), one.alarms)
            for one in (told.floods if told else [])
        ],
        "stale": [(one.alarm, _moment(one.since)) for one in told.stale] if told else [],
        "is_cut": told is not None and told.announced >= MOST_ANNOUNCED,
    }
    return render(request, "monitoring/alarm_kpis.html", context)


def _first(plant: Plant | None) -> datetime | None:
    """Return since when there is a journal."""
    found = AlarmJournalEntry.objects.all()
    found = found if plant is None else found.filter(plant=plant)
    return found.order_by("at").values_list("at", flat=True).first()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
