"""Detectors, their settings and presets for engineers; analyses and alarms to look at."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.admin import ReadOnlyAdmin, table_of
from monitoring.forms import DetectorSettingsForm, announce
from monitoring.models import (
    Alarm,
    AlarmDiagnosis,
    Analysis,
    AnalysisPreset,
    DetectorEvaluation,
    DetectorModel,
    DetectorSettings,
    DiagnosisModel,
)
from simulation.models import Plant

#: What lists of scored points leave in the database.
ARRAYS = (
    "t2_contributions",
    "spe_contributions",
    "statistics",
    "limits",
    "contributions",
    "shadows",
)
MOST_SHADOWS = 6


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

    list_display = (
        *("__str__", "kind", "variables", "is_active", "in_shadow", "nominal", "far", "found"),
        "created_at",
    )
    list_filter = ("kind", "variables", "is_active", "in_shadow")
    fields = (
        *("kind", "version", "variables", "is_active", "in_shadow", "created_at"),
        *("parameter_bytes", "figures"),
    )
    actions = ("activate", "watch", "unwatch")

    @admin.display(description="nominal FAR")
    def nominal(self, model: DetectorModel) -> str:
        """The rate that the card's figures were made at."""
        alpha = model.card.get("alpha")
        return "–" if alpha is None else f"{100 * alpha:g} %"

    @admin.display(description="mean FDR")
    def found(self, model: DetectorModel) -> str:
        """The mean detection rate over the faults of the card, one run of each."""
        rates = [one["fdr"] for one in model.card.get("detection", {}).values()]
        return f"{100 * sum(rates) / len(rates):.1f} %" if rates else "not measured"

    @admin.display(description="measured FAR")
    def far(self, model: DetectorModel) -> str:
        """The false alarm rate that was measured on fresh normal runs."""
        rate = model.card.get("false_alarms", {}).get("far_either")
        return "not measured" if rate is None else f"{100 * rate:.2f} %"

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

    @admin.action(
        description="Let the selected versions watch in the shadow", permissions=["activate"]
    )
    def watch(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """Let versions say what they would have said, on every plant that knows their variables."""
        self._set_shadow(request, queryset, True)

    @admin.action(
        description="Take the selected versions out of the shadow", permissions=["activate"]
    )
    def unwatch(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """End that."""
        self._set_shadow(request, queryset, False)

    def _set_shadow(
        self, request: HttpRequest, queryset: "QuerySet[DetectorModel]", on: bool
    ) -> None:
        others = DetectorModel.objects.filter(in_shadow=True).exclude(pk__in=queryset).count()
        if on and others + queryset.count() > MOST_SHADOWS:
            text = f"At most {MOST_SHADOWS} watch in the shadow: each costs time at every sample."
            self.message_user(request, text, messages.ERROR)
            return
        words = "Watches in the shadow." if on else "Taken out of the shadow."
        for model in queryset:
            self.log_change(request, model, words)
        count = queryset.update(in_shadow=on)
        self.message_user(request, f"{count} changed. {words}", messages.SUCCESS)

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
    points = Analysis.objects.filter(Q(detector_model=model) | Q(classic_model=model)).count()
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
        *("exceeds", "streak", "alarming", "detector_model", "classic_model", "shadows"),
        *("analysed_at", "all_contributions"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Analysis]":
        """Leave the contributions out of lists."""
        return super().get_queryset(request).defer(*ARRAYS)

    @admin.display(description="contributions")
    def all_contributions(self, analysis: Analysis) -> SafeString:
        """The contributions to what the detector in charge found, the largest first."""
        top = analysis.top_contributions(None)
        return table_of([(c["statistic"], c["tag"], f"{c['contribution']:.4g}") for c in top])


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What the detector claimed."""

    list_display = (
        *("run", "onset_step", "raised_step", "cleared_step", "severity", "member", "peak_ratio"),
        "raised_at",
    )
    list_filter = ("run__plant", ("cleared_step", admin.EmptyFieldListFilter))
    list_select_related = ("run__plant",)


@admin.register(DiagnosisModel)
class DiagnosisModelAdmin(ReadOnlyAdmin):
    """Trained diagnoses. `manage.py fitdiagnosis` makes them; the newest of a kind is in use."""

    list_display = ("__str__", "kind", "version", "created_at")
    fields = ("kind", "version", "created_at", "figures")

    @admin.display(description="card")
    def figures(self, model: DiagnosisModel) -> SafeString:
        """The card's figures, one a line."""
        return table_of(list(flat(model.card)))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DiagnosisModel]":
        """Leave the parameters in the database."""
        return super().get_queryset(request).defer("parameters")


@admin.register(AlarmDiagnosis)
class AlarmDiagnosisAdmin(ReadOnlyAdmin):
    """What alarms looked like."""

    list_display = ("alarm", "age", "first", "novelty", "made_at")
    list_filter = ("alarm__run__plant", "age")
    list_select_related = ("alarm__run__plant",)

    @admin.display(description="most probable")
    def first(self, diagnosis: AlarmDiagnosis) -> str:
        """The first cause with its probability."""
        cause = diagnosis.causes[0]
        return f"{cause['label']} {cause['percent']:.0f} %"


@admin.register(DetectorEvaluation)
class DetectorEvaluationAdmin(ReadOnlyAdmin):
    """Figures of `manage.py evaluate`."""

    list_display = ("detector_model", "made_at")
    list_select_related = ("detector_model",)
    fields = ("detector_model", "made_at", "table")

    @admin.display(description="figures")
    def table(self, evaluation: DetectorEvaluation) -> SafeString:
        """The figures, one a line."""
        return table_of(list(flat(evaluation.figures)))
