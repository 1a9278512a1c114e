"""One sample of a plant."""

import math
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.fields import PackedArrayField, Vector
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import LABELS, N_XMEAS


class Reading(models.Model):
    """41 XMEAS and 12 XMV at one step of a run, unrounded float64, as they came.

    A value that a source outside did not give is NaN. `quality` is empty for a good reading, else
    it says in words why the values cannot be: such a reading is stored and shown, never scored.
    """

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="readings")
    step = models.PositiveIntegerField(help_text=_("1 for the first sample of the run."))
    sim_hours = models.FloatField(_("process time (h)"))
    sampled_at = models.DateTimeField(_("wall time"))
    source_time = models.DateTimeField(
        null=True, blank=True, help_text=_("When a sender outside says it took the sample.")
    )
    values = PackedArrayField(size=len(LABELS))
    quality = models.CharField(max_length=200, blank=True, help_text=_("Empty: good."))
    ingest_key = models.CharField(
        max_length=100,
        blank=True,
        help_text=_("What the sender named the row, so that sending it twice stores it once."),
    )

    class Meta:
        ordering = ["run", "step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="reading_unique_by_run_step"),
            models.UniqueConstraint(
                fields=["run", "ingest_key"],
                condition=~models.Q(ingest_key=""),
                name="reading_unique_by_run_key",
            ),
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

    def value_at(self, column: int) -> float | None:
        """Return one value; None where the source gave none."""
        value = float(self.values[column])
        return value if math.isfinite(value) else None

    @property
    def is_good(self) -> bool:
        """Whether the detector may score it."""
        return not self.quality

    def as_json(self) -> dict[str, Any]:
        """Return the reading as the API and the push give it; a missing value is null.

        `source_time` is there where a sender outside gave one.
        """
        told = {
            "step": self.step,
            "sim_time_h": self.sim_hours,
            "time": self.sampled_at.isoformat(),
            "values": [v if math.isfinite(v) else None for v in self.values.tolist()],
            "quality": self.quality or "good",
        }
        if self.source_time is not None:
            told["source_time"] = self.source_time.isoformat()
        return told


def hours_at(step: int) -> float:
    """Return the process time in hours of a step of 3-minute samples."""
    return step * SAMPLE_SECONDS / 3600
