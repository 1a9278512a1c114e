"""One scored point."""

from typing import Any

from django.db import models

from monitoring.models.detector_model import DetectorModel
from simulation.fields import PackedArrayField
from simulation.models import Run
from simulation.models.reading import hours_at


class Analysis(models.Model):
    """T² and SPE of the mean of the readings `first_step` to `step`, held against their limits."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="analyses")
    step = models.PositiveIntegerField(help_text="Last reading of the scored point.")
    first_step = models.PositiveIntegerField(help_text="First reading of the scored point.")
    t2 = models.FloatField("T²")
    spe = models.FloatField("SPE")
    t2_limit = models.FloatField("T² limit")
    spe_limit = models.FloatField("SPE limit")
    exceeds = models.BooleanField(help_text="Whether T² or SPE is over its limit.")
    streak = models.IntegerField(
        help_text="Exceedances in a row up to here, or minus the normal points in a row."
    )
    alarming = models.BooleanField(help_text="Whether an alarm stood after this point.")
    t2_contributions = PackedArrayField(size=None)
    spe_contributions = PackedArrayField(size=None)
    detector_model = models.ForeignKey(DetectorModel, on_delete=models.PROTECT)
    analysed_at = models.DateTimeField()

    class Meta:
        ordering = ["run", "step"]
        verbose_name_plural = "analyses"
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="analysis_unique_by_run_step")
        ]

    def __str__(self) -> str:
        return f"{self.run} analysis at step {self.step}"

    def top_contributions(self, count: int | None = 6) -> list[dict[str, Any]]:
        """Return the largest contributions of the statistic that exceeds its limit by more.

        None gives all that the detector watches.
        """
        by_t2 = self.t2 / self.t2_limit >= self.spe / self.spe_limit
        values = self.t2_contributions if by_t2 else self.spe_contributions
        labels = self.detector_model.detector.labels
        order = sorted(range(len(labels)), key=lambda i: -values[i])[:count]
        statistic = "T2" if by_t2 else "SPE"
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
            "exceeds": self.exceeds,
            "streak": self.streak,
            "alarming": self.alarming,
            "top_contributions": self.top_contributions(),
        }
