"""Named speeds and named faults."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.presets.admin import PresetAdmin
from simulation.form_fields import IdvListField, NumberField
from simulation.models import FaultPreset, SpeedPreset
from simulation.presets import spread_speed
from simulation.tep.variables import IDV


@admin.register(SpeedPreset)
class SpeedPresetAdmin(PresetAdmin):
    """Named speeds. A change reaches the plants that run at the preset."""

    about = "Named speeds: wall seconds from one 3-minute sample to the next."
    list_display = ("name", "slug", "interval_seconds", "times_as_fast", "used_by", "description")
    list_editable = ("interval_seconds",)
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {
            "fields": ("name", "slug", "description", "interval_seconds"),
            "description": "A new interval reaches every plant that runs at this preset by its "
            "next sample.",
        }),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SpeedPreset]":
        """Count who uses each."""
        return super().get_queryset(request).annotate(plants=Count("plant"))

    @admin.display(description=_("process time"), ordering="interval_seconds")
    def times_as_fast(self, preset: SpeedPreset) -> str:
        """How fast the process runs beside the clock."""
        return f"{180 / preset.interval_seconds:.3g} × the clock"

    @admin.display(description=_("used by"), ordering="plants")
    def used_by(self, preset: Any) -> str:
        """The plants that run at it, as a link to their list."""
        if not preset.plants:
            return "no plant"
        words = f"{preset.plants} plant{'s' if preset.plants != 1 else ''}"
        address = reverse("admin:simulation_plant_changelist")
        return format_html(
            '<a href="{}?speed_preset__id__exact={}">{}</a>', address, preset.pk, words
        )

    def save_model(
        self, request: HttpRequest, obj: SpeedPreset, form: forms.ModelForm, change: bool
    ) -> None:
        """Save, and give the new interval to the plants under the preset's name."""
        super().save_model(request, obj, form, change)
        if "interval_seconds" in form.changed_data:
            for sentence in spread_speed(obj, request.user):
                self.message_user(request, sentence)


class FaultPresetForm(forms.ModelForm):
    """A fault preset whose IDVs are written as "1, 6"."""

    idvs = IdvListField(label=_("IDVs"), help_text=_("For example 4, or 1, 6."))

    class Meta:
        model = FaultPreset
        fields = ("name", "slug", "description", "idvs", "start_after_hours", "end_after_hours")
        field_classes = {"start_after_hours": NumberField, "end_after_hours": NumberField}


@admin.register(FaultPreset)
class FaultPresetAdmin(PresetAdmin):
    """Named faults."""

    about = "Named faults: one IDV or several, with delay and end, for the control panel and API."
    form = FaultPresetForm
    list_display = ("name", "slug", "in_words", "start_after_hours", "end_after_hours", "used_by")
    list_filter = (("end_after_hours", admin.EmptyFieldListFilter),)
    search_fields = ("name", "slug", "description")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {
            "fields": ("name", "slug", "description", "idvs"),
            "description": "Faults that were injected already stay as they were: a change counts "
            "from the next injection on. Without the preset they lose its name only.",
        }),
        ("When, in process hours from the injection", {
            "fields": ("start_after_hours", "end_after_hours"),
        }),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FaultPreset]":
        """Count the injections made by each."""
        return super().get_queryset(request).annotate(injections=Count("injection"))

    @admin.display(description=_("faults"))
    def in_words(self, preset: FaultPreset) -> str:
        """The disturbances with their published descriptions."""
        return "; ".join(f"IDV({idv}) {IDV[idv - 1].description}" for idv in preset.idvs)

    @admin.display(description=_("used by"), ordering="injections")
    def used_by(self, preset: Any) -> str:
        """How many injections were made by it."""
        count = preset.injections
        return f"{count} injection{'s' if count != 1 else ''}" if count else "no injection"
