"""Runs, readings, injections, hands and events, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, table_of
from accounts.hidden_truth import injections_told
from simulation.models import Hand, IngestCount, Injection, PlantEvent, Reading, Run
from simulation.tep.variables import XMEAS, XMV, Xmeas, Xmv


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """What was run, with the seed that repeats it."""

    about = "Every life of a plant, with seed and generator that repeat it."
    list_display = ("plant", "number", "seed", "rng", "started_at", "ended_at")
    list_filter = ("plant", "rng")
    list_select_related = ("plant",)
    ordering = ("-pk",)


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """The samples, with the values of one on its page."""

    about = "Every sample that was stored, with its quality."
    list_display = ("run", "step", "sim_hours", "sampled_at", "quality")
    list_filter = ("run__plant",)
    list_select_related = ("run__plant",)
    fields = ("run", "step", "sim_hours", "sampled_at", "source_time", "quality", "measured")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Reading]":
        """Leave the values out of lists; the page of one reading fetches its own."""
        return super().get_queryset(request).defer("values")

    @admin.display(description=_("values"))
    def measured(self, reading: Reading) -> SafeString:
        """All 53 values with names and units."""
        variables: list[Xmeas | Xmv] = [*XMEAS, *XMV]
        return table_of(
            [
                (variable.label, variable.description, f"{value:.6g}", variable.unit)
                for variable, value in zip(variables, reading.values, strict=True)
            ]
        )


@admin.register(Injection)
class InjectionAdmin(ReadOnlyAdmin):
    """What was done to the plants, and by whom."""

    about = "The truth: which faults were injected, when, by whom."
    list_display = (
        "run",
        "idv",
        "magnitude",
        "start_step",
        "end_step",
        "preset",
        "injected_by",
        "injected_at",
    )
    list_filter = ("run__plant", "idv")
    list_select_related = ("run__plant", "preset", "injected_by")
    ordering = ("-injected_at",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Injection]":
        """Leave out what others have injected, where the session hides it."""
        return injections_told(request, super().get_queryset(request))


@admin.register(Hand)
class HandAdmin(ReadOnlyAdmin):
    """What was held by hand, and by whom."""

    about = "Valves and set points that were held by hand, and by whom."
    list_display = ("run", "label", "value", "unit", "start_step", "end_step", "made_by", "made_at")
    list_filter = ("run__plant", "kind", "number")
    list_select_related = ("run__plant", "made_by")
    ordering = ("-made_at",)


@admin.register(IngestCount)
class IngestCountAdmin(ReadOnlyAdmin):
    """What became of the rows that were sent."""

    about = "Of plants fed from outside: what became of the rows that were sent."
    list_display = ("plant", "outcome", "count", "last_at", "last_detail")
    list_filter = ("plant", "outcome")
    list_select_related = ("plant",)


@admin.register(PlantEvent)
class PlantEventAdmin(ReadOnlyAdmin):
    """Trips, failures, bad readings and gaps."""

    about = "Trips, failures, bad readings, gaps, outages."
    list_display = ("at", "plant", "kind", "run", "step", "text")
    list_filter = ("plant", "kind")
    list_select_related = ("plant", "run__plant")
