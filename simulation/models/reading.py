"""One sample of a plant."""

from typing import Any

from django.db import models

from simulation.fields import PackedArrayField, Vector
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import LABELS, N_XMEAS


class Reading(models.Model):
    """41 XMEAS and 12 XMV at one step of a run, as the simulator gave them (float64, unrounded)."""

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="readings")
    step = models.PositiveIntegerField(help_text="1 for the first sample of the run.")
    sim_hours = models.FloatField("process time (h)")
    sampled_at = models.DateTimeField("wall time")
    values = PackedArrayField(size=len(LABELS))

    class Meta:
        ordering = ["run", "step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="reading_unique_by_run_step")
        ]

    def __str__(self) -> str:
        return f"{self.run} step {self.step}"

    @property
    def xmeas(self) -> Vector:
        """The 41 measurements, shape (41,), units of `variables.XMEAS`."""
        return self.values[:N_XMEAS]

    @property
    def xmv(self) -> Vector:
        """The 12 manipulated variables, shape (12,), percent."""
        return self.values[N_XMEAS:]

    def as_json(self) -> dict[str, Any]:
        """Return the reading as the API and the push give it."""
        return {
            "step": self.step,
            "sim_time_h": self.sim_hours,
            "time": self.sampled_at.isoformat(),
            "values": self.values.tolist(),
        }


def hours_at(step: int) -> float:
    """Return the process time in hours of a step of 3-minute samples."""
    return step * SAMPLE_SECONDS / 3600
