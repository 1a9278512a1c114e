"""Detectors, their settings and presets for engineers; analyses and alarms to look at."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.admin import ReadOnlyAdmin, table_of
from monitoring.forms import DetectorSettingsForm, announce
from monitoring.models import Alarm, Analysis, AnalysisPreset, DetectorModel, DetectorSettings
from simulation.models import Plant


@admin.register(AnalysisPreset)
class AnalysisPresetAdmin(admin.ModelAdmin):
    """Named detector settings. A change reaches the plants that are set to the preset."""

    list_display = ("name", "slug", *AnalysisPreset.RULE_FIELDS)
    prepopulated_fields = {"slug": ("name",)}

    def save_model(
        self, request: HttpRequest, obj: AnalysisPreset, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and give the new values to the plants under the preset's name."""
        super().save_model(request, obj, form, change)
        if not set(AnalysisPreset.RULE_FIELDS) & set(form.changed_data):
            return
        for settings in DetectorSettings.objects.filter(preset=obj).select_related("plant"):
            settings.apply(obj)
            settings.save(update_fields=list(AnalysisPreset.RULE_FIELDS))
            announce(settings.plant_id)
            self.message_user(request, f"The detector of {settings.plant} took the values over.")

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Show a preset in use as protected, which it is, not as lacking a permission."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, set() if protected else lacking, protected


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
            self.add_error("preset", "Choose a new preset or write new values, not both.")
        return values

    def save(self, commit: bool = True) -> DetectorSettings:
        """Take a new preset's values over."""
        if "preset" in self.changed_data and self.instance.preset is not None:
            self.instance.apply(self.instance.preset)
        return super().save(commit)


@admin.register(DetectorSettings)
class DetectorSettingsAdmin(admin.ModelAdmin):
    """The rule, alpha and detector of each plant; each plant has one set, made by itself."""

    form = SettingsForm
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
        obj.save(update_fields=[*form.fields, *DetectorSettings.RULE_FIELDS])
        announce(obj.plant_id)


@admin.register(DetectorModel)
class DetectorModelAdmin(ReadOnlyAdmin):
    """Fitted detectors. `manage.py fitdetector` makes them; here they are chosen and cleared up."""

    list_display = ("__str__", "kind", "version", "is_active", "created_at")
    fields = ("kind", "version", "is_active", "created_at", "parameter_bytes", "figures")
    actions = ("activate",)

    @admin.display(description="parameters")
    def parameter_bytes(self, model: DetectorModel) -> str:
        """How large the fitted parameters are; they are numbers for the detector alone."""
        return f"{len(model.parameters):,} bytes"

    @admin.display(description="card")
    def figures(self, model: DetectorModel) -> SafeString:
        """The card's figures, one a line."""
        return table_of(list(flat(model.card)))

    def has_activate_permission(self, request: HttpRequest) -> bool:
        """Engineers."""
        return request.user.has_perm("monitoring.change_detectormodel")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever has the permission; a version in use is refused with the reason."""
        return request.user.has_perm("monitoring.delete_detectormodel")

    @admin.action(description="Activate the selected version", permissions=["activate"])
    def activate(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """Make the version the one that plants use from their next scored point on."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Select one version: one is active.", messages.ERROR)
            return
        chosen[0].activate()
        self.log_change(request, chosen[0], "Activated.")
        for plant_id in Plant.objects.values_list("pk", flat=True):
            announce(plant_id)
        self.message_user(request, f"{chosen[0]} is active.", messages.SUCCESS)

    def get_deleted_objects(
        self, objs: Iterable[DetectorModel], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name what holds a version in numbers: the default lists every scored point."""
        models = list(objs)
        held = [reason for model in models for reason in reasons_to_keep(model)]
        return [str(model) for model in models], {"detector models": len(models)}, set(), held


def reasons_to_keep(model: DetectorModel) -> list[str]:
    """Return why a version cannot be deleted; nothing if it can."""
    reasons = []
    if model.is_active:
        reasons.append(f"{model} is the active version. Activate another one first.")
    for settings in DetectorSettings.objects.filter(detector_model=model).select_related("plant"):
        reasons.append(f"{model} is the chosen version of {settings.plant}. Choose another first.")
    points = Analysis.objects.filter(detector_model=model).count()
    if points:
        reasons.append(f"{model} has scored {points:,} points, whose contributions need it.")
    return reasons


def flat(card: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield the leaves of nested figures with their paths, such as ("rates.spe", "0.0102")."""
    if isinstance(card, dict):
        for key, value in card.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(card, float):
        yield name, f"{card:.6g}"
    else:
        yield name, card if isinstance(card, str) else json.dumps(card)


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin):
    """The scored points."""

    list_display = ("run", "step", "t2", "t2_limit", "spe", "spe_limit", "exceeds", "alarming")
    list_filter = ("run__plant", "exceeds", "alarming")
    list_select_related = ("run__plant",)
    ordering = ("-pk",)
    fields = (
        *("run", "first_step", "step", "t2", "t2_limit", "spe", "spe_limit"),
        *("exceeds", "streak", "alarming", "detector_model", "analysed_at", "contributions"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Analysis]":
        """Leave the contributions out of lists."""
        return super().get_queryset(request).defer("t2_contributions", "spe_contributions")

    @admin.display(description="contributions")
    def contributions(self, analysis: Analysis) -> SafeString:
        """The largest contributions of the statistic that exceeds its limit by more."""
        top = analysis.top_contributions(None)
        return table_of([(c["statistic"], c["tag"], f"{c['contribution']:.4g}") for c in top])


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What the detector claimed."""

    list_display = ("run", "onset_step", "raised_step", "cleared_step", "peak_ratio", "raised_at")
    list_filter = ("run__plant", ("cleared_step", admin.EmptyFieldListFilter))
    list_select_related = ("run__plant",)
