"""One scored point: what the detector in charge found, T² and SPE beside it, what others say."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.detector_model import DetectorModel
from simulation.fields import PackedArrayField, Vector
from simulation.models import Run
from simulation.models.reading import hours_at


def says_nothing(statistics: Vector | None) -> bool:
    """Tell whether the statistics are those of a point that is not judged: all of them zero."""
    return statistics is not None and not statistics.any()


class Analysis(models.Model):
    """The readings `first_step` to `step` as one point, held against limits.

    `detector_model` is the detector in charge: whether the point exceeds, the streak and the alarm
    are its claims, and `statistics`, `limits` and `contributions` its figures. T² and SPE are those
    of the PCA model `classic_model`, which accompanies every detector for the classical view; where
    PCA is in charge itself, they are its own, and the three arrays are empty. `shadows` holds what
    each detector that watches without a voice would have said.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="analyses")
    step = models.PositiveIntegerField(help_text=_("Last reading of the scored point."))
    first_step = models.PositiveIntegerField(help_text=_("First reading of the scored point."))
    t2 = models.FloatField(_("T²"))
    spe = models.FloatField(_("SPE"))
    t2_limit = models.FloatField(_("T² limit"))
    spe_limit = models.FloatField(_("SPE limit"))
    exceeds = models.BooleanField(
        help_text=_("Whether a statistic of the detector in charge is over its limit.")
    )
    streak = models.IntegerField(
        help_text=_("Exceedances in a row up to here, or minus the normal points in a row.")
    )
    alarming = models.BooleanField(help_text=_("Whether an alarm stood after this point."))
    t2_contributions = PackedArrayField(size=None, null=True)  # type: ignore[misc]
    spe_contributions = PackedArrayField(size=None, null=True)  # type: ignore[misc]
    statistics = PackedArrayField(size=None, null=True)  # type: ignore[misc]
    limits = PackedArrayField(size=None, null=True)  # type: ignore[misc]
    contributions = PackedArrayField(size=None, null=True)  # type: ignore[misc]
    contributing = models.CharField(
        max_length=20, blank=True, help_text=_("The statistic that the contributions are to.")
    )
    shadows = models.JSONField(default=list, blank=True)
    detector_model = models.ForeignKey(
        DetectorModel, on_delete=models.PROTECT, help_text=_("The detector in charge.")
    )
    classic_model = models.ForeignKey(
        DetectorModel,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text=_("The PCA model of T² and SPE; empty where it is the detector in charge."),
    )
    analysed_at = models.DateTimeField()

    class Meta:
        ordering = ["run", "step"]
        verbose_name_plural = _("analyses")
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="analysis_unique_by_run_step")
        ]

    def __str__(self) -> str:
        return f"{self.run} analysis at step {self.step}"

    @property
    def ratio(self) -> float:
        """The deciding statistic that is largest against its limit, as a multiple of it."""
        if self.statistics is None or self.limits is None:
            return max(self.t2 / self.t2_limit, self.spe / self.spe_limit)
        return self.detector_model.detector.leading(self.statistics, self.limits)[1]

    @property
    def judged_from(self) -> int:
        """The first step of a run that the detector judges: it needs some readings before it."""
        return self.detector_model.detector.warm_up + 1

    @property
    def is_warming_up(self) -> bool:
        """Whether the detector in charge does not judge this point yet: it has no score.

        That is so at the begin of a run, and where another detector has taken over.
        """
        return says_nothing(self.statistics)

    @property
    def member(self) -> str:
        """The name of that statistic."""
        if self.statistics is None or self.limits is None:
            return "T2" if self.t2 / self.t2_limit >= self.spe / self.spe_limit else "SPE"
        detector = self.detector_model.detector
        return detector.statistics[detector.leading(self.statistics, self.limits)[0]]

    @property
    def kind_of_change(self) -> str:
        """`step`, `drift` or `variance` where the detector in charge tells, else empty."""
        if not self.exceeds or self.statistics is None or self.limits is None:
            return ""
        return self.detector_model.detector.kind_of_change(self.statistics, self.limits)

    def all_contributions(self) -> tuple[str, Vector | None]:
        """Return which statistic the contributions are to, and them, one a watched variable."""
        if self.contributions is not None:
            return self.contributing, self.contributions
        by_t2 = self.t2 / self.t2_limit >= self.spe / self.spe_limit
        return ("T2", self.t2_contributions) if by_t2 else ("SPE", self.spe_contributions)

    def top_contributions(self, count: int | None = 6) -> list[dict[str, Any]]:
        """Return the largest contributions to what the detector in charge found.

        None gives all that the detector watches.
        """
        statistic, values = self.all_contributions()
        if values is None:
            return []
        labels = self.detector_model.detector.labels
        order = sorted(range(len(labels)), key=lambda i: -values[i])[:count]
        return [
            {"tag": labels[i], "contribution": float(values[i]), "statistic": statistic}
            for i in order
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the analysis as the API and the push give it."""
        return {
            "step": self.step,
            "first_step": self.first_step,
            "sim_time_h": hours_at(self.step),
            "time": self.analysed_at.isoformat(),
            "t2": self.t2,
            "t2_limit": self.t2_limit,
            "spe": self.spe,
            "spe_limit": self.spe_limit,
            "detector": str(self.detector_model),
            "ratio": self.ratio,
            "member": self.member,
            "shadows": self.shadows,
            "warming_up": self.is_warming_up,
            "exceeds": self.exceeds,
            "streak": self.streak,
            "alarming": self.alarming,
            "top_contributions": self.top_contributions(),
        }
