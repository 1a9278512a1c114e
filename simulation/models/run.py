"""A run: one life of a plant from its base case to the next reset."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from simulation.models.plant import Plant


class Run(models.Model):
    """Readings, injections and alarms belong to a run, so a reset deletes nothing.

    Seed, generator and injections determine a run: the same give the same readings to the bit.
    """

    class Rng(models.TextChoices):
        """Which generator draws the noise; the values are those of `tep.initial_state`."""

        REFERENCE = "reference", _("published (reference)")
        MODERN = "modern", _("xoshiro256++ (modern)")

    plant: "models.ForeignKey[Plant, Plant]" = models.ForeignKey(
        "simulation.Plant", on_delete=models.CASCADE, related_name="runs"
    )
    number = models.PositiveIntegerField()
    seed = models.BigIntegerField(help_text=_("Seed of the random generator of this run."))
    rng = models.CharField(
        _("generator"),
        max_length=10,
        choices=Rng.choices,
        default=Rng.MODERN,
        help_text=_("The generator that draws the noise: reference repeats after 141 h."),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="branches",
        help_text=_("The run that this one branched off."),
    )
    branch_step = models.PositiveIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Last step that it shares with that run; empty: no branch."),
    )
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["plant", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "number"], name="run_unique_by_plant_number")
        ]

    def __str__(self) -> str:
        return f"{self.plant} run {self.number}"

    @property
    def is_branch(self) -> bool:
        """Whether the run began as a branch of another."""
        return self.branch_step is not None
