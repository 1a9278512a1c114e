"""What may be asked of a plant's detector; pages and API use the same forms."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from monitoring.models import AnalysisPreset, DetectorSettings
from simulation.form_fields import NumberField, PresetField, WholeNumberField, in_words
from simulation.models import Plant
from simulation.models.actor import Actor
from simulation.signals import plant_changed


def announce(plant_id: int) -> None:
    """Tell open pages, once committed, that what they show of the plant has changed."""
    transaction.on_commit(lambda: plant_changed.send(sender=Plant, plant_id=plant_id), robust=True)


def save_settings(
    settings: DetectorSettings, fields: Iterable[str], *, by: Actor | None = None
) -> None:
    """Save some fields of a plant's settings, with their entry in the audit trail."""
    with transaction.atomic():
        stored = DetectorSettings.objects.select_for_update(of=("self",)).get(pk=settings.pk)
        was = stored.as_act()
        settings.save(update_fields=list(fields))
        settings.refresh_from_db()
        now = settings.as_act()
        changed = [name for name, value in now.items() if value != was[name]]
        if changed:
            audit.record(
                "detector-settings",
                settings.plant,
                by=by,
                before={name: was[name] for name in changed},
                after={name: now[name] for name in changed},
            )
        announce(settings.plant_id)


class DetectorSettingsForm(forms.ModelForm):
    """Window, consecutive points, decimation, alpha and pause between explanations.

    With `partial` a setting that is not in the data keeps its value, as the API wants it.
    """

    class Meta:
        model = DetectorSettings
        fields = (
            "window",
            "consecutive",
            "among",
            "decimation",
            "alpha",
            "min_explanation_seconds",
        )
        field_classes = {
            "window": WholeNumberField,
            "consecutive": WholeNumberField,
            "among": WholeNumberField,
            "decimation": WholeNumberField,
            "alpha": NumberField,
            "min_explanation_seconds": NumberField,
        }

    def __init__(self, *args: Any, partial: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in DetectorSettingsForm.Meta.fields:
            self.fields[name].error_messages.update(in_words(limits_of(name)))
        if partial:
            for name in [name for name in self.fields if name not in self.data]:
                del self.fields[name]

    def save(self, commit: bool = True, *, by: Actor | None = None) -> DetectorSettings:
        """Save only what the form holds; values that are not the preset's take its name away."""
        settings = self.instance
        if settings.preset is not None and settings.rule != settings.preset.rule:
            settings.preset = None
        if not commit:
            return super().save(commit=False)
        save_settings(settings, [*self.fields, "preset"], by=by)
        return settings


class DetectorPresetForm(forms.Form):
    """A named set of detector settings; alpha and the detector stay."""

    preset = PresetField(
        AnalysisPreset.objects.all(), help_text=_("The slug of an analysis preset; alpha stays.")
    )

    def clean_preset(self) -> AnalysisPreset:
        """Ask for a preset."""
        preset = self.cleaned_data["preset"]
        if preset is None:
            raise ValidationError(gettext("Name a preset by its slug."), code="required")
        return preset

    def apply(self, settings: DetectorSettings, by: Actor | None = None) -> None:
        """Take over the preset's values, used from the next point on."""
        settings.apply(self.cleaned_data["preset"])
        save_settings(settings, [*DetectorSettings.RULE_FIELDS, "preset"], by=by)


def limits_of(name: str) -> str:
    """Return the rule of a setting as a sentence, from the model's own limits."""
    validators = getattr(DetectorSettings._meta.get_field(name), "validators", [])
    if name == "alpha":
        return "Alpha is a false alarm rate from 0.000001 to 0.5."
    lows = [v.limit_value for v in validators if isinstance(v, MinValueValidator)]
    highs = [v.limit_value for v in validators if isinstance(v, MaxValueValidator)]
    kind = "number of seconds" if name == "min_explanation_seconds" else "whole number"
    return f"{name} must be a {kind} from {max(lows, default=0):g} to {min(highs):g}."
