"""A run: one life of a plant from its base case to the next reset."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from simulation.models.plant import Plant


class Run(models.Model):
    """Readings, injections and alarms belong to a run, so a reset deletes nothing.

    Seed and injections determine a run: the same pair gives the same readings to the bit.
    """

    plant: "models.ForeignKey[Plant, Plant]" = models.ForeignKey(
        "simulation.Plant", on_delete=models.CASCADE, related_name="runs"
    )
    number = models.PositiveIntegerField()
    seed = models.BigIntegerField(help_text="Seed of the random generator of this run.")
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["plant", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "number"], name="run_unique_by_plant_number")
        ]

    def __str__(self) -> str:
        return f"{self.plant} run {self.number}"
