"""Presets and settings of detectors."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import AuditedAdmin
from accounts.presets.admin import PresetAdmin
from monitoring.forms import DetectorSettingsForm, save_settings
from monitoring.models import AnalysisPreset, DetectorSettings
from monitoring.presets import spread_rule
from simulation.models.actor import Actor


@admin.register(AnalysisPreset)
class AnalysisPresetAdmin(PresetAdmin):
    """Named detector settings. A change reaches the plants that are set to the preset."""

    about = "Named rules of alarms: window, points in a row or among others, decimation, pauses."
    list_display = ("name", "slug", *AnalysisPreset.RULE_FIELDS, "used_by")
    list_editable = ("consecutive", "among", "decimation")
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "description")}),
        ("When an alarm is raised and cleared", {
            "fields": ("consecutive", "among", "decimation"),
            "description": "A change reaches every plant that is set to this preset, from its "
            "next scored point on. Alarms that stand are judged by the new rule.",
        }),
        ("Explanations", {"fields": ("window", "min_explanation_seconds")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AnalysisPreset]":
        """Count who uses each."""
        return super().get_queryset(request).annotate(plants=Count("detectorsettings"))

    @admin.display(description=_("used by"), ordering="plants")
    def used_by(self, preset: Any) -> str:
        """How many plants' detectors are set to it."""
        return "no plant" if preset.plants == 0 else count_of(preset.plants)

    def save_model(
        self, request: HttpRequest, obj: AnalysisPreset, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and give the new values to the plants under the preset's name."""
        super().save_model(request, obj, form, change)
        if set(AnalysisPreset.RULE_FIELDS) & set(form.changed_data):
            for sentence in spread_rule(obj, request.user):
                self.message_user(request, sentence)


def count_of(plants: int) -> str:
    """Return a number of plants in words."""
    return f"{plants} plant{'s' if plants != 1 else ''}"


class SettingsForm(DetectorSettingsForm):
    """The settings with the preset and the detector's version."""

    class Meta(DetectorSettingsForm.Meta):
        fields = ("preset", *DetectorSettingsForm.Meta.fields, "detector_model")  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        """Refuse a new preset together with other new values."""
        values = super().clean() or self.cleaned_data
        changed = set(self.changed_data)
        if (
            "preset" in changed
            and values.get("preset")
            and changed & set(self.instance.RULE_FIELDS)
        ):
            self.add_error("preset", gettext("Choose a new preset or write new values, not both."))
        return values

    def save(self, commit: bool = True, *, by: Actor | None = None) -> DetectorSettings:
        """Take a new preset's values over."""
        if "preset" in self.changed_data and self.instance.preset is not None:
            self.instance.apply(self.instance.preset)
        return super().save(commit, by=by)


@admin.register(DetectorSettings)
class DetectorSettingsAdmin(AuditedAdmin):
    """The rule, alpha and detector of each plant; each plant has one set, made by itself."""

    about = "Rule, alpha and detector of each plant. Each plant has one set, made by itself."
    form = SettingsForm
    list_filter = ("preset", "detector_model")
    search_fields = ("plant__name",)
    fieldsets = (
        (None, {
            "fields": ("plant", "preset"),
            "description": "Choose a preset, or write values of your own below: a value that is "
            "not the preset's takes its name away. Used from the next scored point on.",
        }),
        ("When an alarm is raised and cleared", {
            "fields": ("consecutive", "among", "decimation", "alpha", "detector_model"),
        }),
        ("Explanations", {"fields": ("window", "min_explanation_seconds")}),
    )  # fmt: skip
    list_display = ("plant", "preset", *DetectorSettings.RULE_FIELDS, "alpha", "detector_model")
    list_select_related = ("plant", "preset", "detector_model")
    readonly_fields = ("plant",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: a plant's settings are made when they are first needed."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: DetectorSettings | None = None
    ) -> bool:
        """Nobody: they go with their plant."""
        return False

    def save_model(
        self, request: HttpRequest, obj: DetectorSettings, form: forms.ModelForm, change: bool
    ) -> None:
        """Save what was changed, used from the next point on."""
        fields = [*form.fields, *DetectorSettings.RULE_FIELDS]
        save_settings(obj, fields, by=request.user)
