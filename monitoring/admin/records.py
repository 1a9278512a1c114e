"""Analyses, alarms, diagnoses and figures, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin, table_of
from monitoring.admin.detectors import flat
from monitoring.models import (
    Alarm,
    AlarmDiagnosis,
    Analysis,
    DetectorEvaluation,
    DiagnosisModel,
)

#: What lists of scored points leave in the database.
ARRAYS = (
    "t2_contributions",
    "spe_contributions",
    "statistics",
    "limits",
    "contributions",
    "shadows",
)


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin):
    """The scored points."""

    about = "Every scored point: T², SPE, limits, contributions."
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

    @admin.display(description=_("contributions"))
    def all_contributions(self, analysis: Analysis) -> SafeString:
        """The contributions to what the detector in charge found, the largest first."""
        top = analysis.top_contributions(None)
        return table_of([(c["statistic"], c["tag"], f"{c['contribution']:.4g}") for c in top])


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What the detector claimed."""

    about = "What the detectors claimed: begin, severity, the member that fired."
    list_display = (
        *("run", "onset_step", "raised_step", "cleared_step", "severity", "member", "peak_ratio"),
        "raised_at",
    )
    list_filter = ("run__plant", ("cleared_step", admin.EmptyFieldListFilter))
    list_select_related = ("run__plant",)


@admin.register(DiagnosisModel)
class DiagnosisModelAdmin(ReadOnlyAdmin):
    """Trained diagnoses. `manage.py fitdiagnosis` makes them; the newest of a kind is in use."""

    about = "Trained diagnoses with their cards; the newest of a kind is in use."
    list_display = ("__str__", "kind", "version", "created_at")
    fields = ("kind", "version", "created_at", "figures")

    @admin.display(description=_("card"))
    def figures(self, model: DiagnosisModel) -> SafeString:
        """The card's figures, one a line."""
        return table_of(list(flat(model.card)))

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DiagnosisModel]":
        """Leave the parameters in the database."""
        return super().get_queryset(request).defer("parameters")


@admin.register(AlarmDiagnosis)
class AlarmDiagnosisAdmin(ReadOnlyAdmin):
    """What alarms looked like."""

    about = "Which known cause each alarm looked like, at each age."
    list_display = ("alarm", "age", "first", "novelty", "made_at")
    list_filter = ("alarm__run__plant", "age")
    list_select_related = ("alarm__run__plant",)

    @admin.display(description=_("most probable"))
    def first(self, diagnosis: AlarmDiagnosis) -> str:
        """The first cause with its probability."""
        cause = diagnosis.causes[0]
        return f"{cause['label']} {cause['percent']:.0f} %"


@admin.register(DetectorEvaluation)
class DetectorEvaluationAdmin(ReadOnlyAdmin):
    """Figures of `manage.py evaluate`."""

    about = "Figures that `manage.py evaluate` measured."
    list_display = ("detector_model", "made_at")
    list_select_related = ("detector_model",)
    fields = ("detector_model", "made_at", "table")

    @admin.display(description=_("figures"))
    def table(self, evaluation: DetectorEvaluation) -> SafeString:
        """The figures, one a line."""
        return table_of(list(flat(evaluation.figures)))
