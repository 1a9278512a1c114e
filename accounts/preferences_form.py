"""The form of a user's preferences."""

from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import display
from accounts.models import Preferences


def zone_choices() -> list[tuple[Any, Any]]:
    """Return all zones by region, the browser's own first."""
    regions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(display.zone_names() - {"UTC"}):
        region, _slash, place = name.partition("/")
        regions[region].append((name, place.replace("_", " ")))
    return [("", _("the browser's")), ("UTC", "UTC"), *regions.items()]


class PreferencesForm(forms.ModelForm):
    """All preferences."""

    zone = forms.ChoiceField(
        choices=zone_choices,
        required=False,
        label=_("Time zone"),
        help_text=Preferences._meta.get_field("zone").help_text,
    )

    class Meta:
        model = Preferences
        fields = ("theme", "zone", "units", "alarm_sound", "shortcuts")


class UnitsForm(forms.ModelForm):
    """The units alone: the switch in the header."""

    class Meta:
        model = Preferences
        fields = ("units",)
