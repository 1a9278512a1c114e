"""The simulator's whole state, kept now and then, so that a run can be gone back to."""

from django.db import models
from django.utils import timezone


class Snapshot(models.Model):
    """The state after one step of a run: what a branch begins from.

    A convenience, not the record: seed, generator, injections and hands determine the run, so a
    state that is missing or damaged is computed again.
    """

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="snapshots")
    step = models.PositiveIntegerField()
    state = models.BinaryField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["run", "step"]
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="snapshot_unique_by_run_step")
        ]

    def __str__(self) -> str:
        return f"{self.run} after step {self.step}"
