"""What people hold by hand: a valve, or a set point."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from simulation import in_force
from simulation.tep.loops import LOOPS
from simulation.tep.variables import XMEAS

_LOOP = {loop.number: loop for loop in LOOPS}


class HandQuerySet(models.QuerySet["Hand"]):
    """Hands by time."""

    def active_at(self, step: int) -> "HandQuerySet":
        """Those in force while step `step` is integrated."""
        return self.filter(start_step__lte=step).filter(
            Q(end_step__isnull=True) | Q(end_step__gt=step)
        )

    def open_after(self, step: int) -> "HandQuerySet":
        """Those in force at `step` or planned for later."""
        return self.filter(Q(end_step__isnull=True) | Q(end_step__gt=step)).exclude(
            end_step=F("start_step")
        )

    def changing_from(self, step: Any) -> "HandQuerySet":
        """Those that are taken or given back at `step` or later, or are in force there."""
        return self.filter(Q(end_step__isnull=True) | Q(end_step__gte=step))


class Hand(models.Model):
    """A valve or a set point by hand from `start_step` until before `end_step` (empty: still).

    Rows, like injections: a run can be computed again from its seed and its rows alone.
    """

    class Kind(models.TextChoices):
        """What is held."""

        VALVE = in_force.VALVE, "valve"
        SETPOINT = in_force.SETPOINT, "set point"

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="hands")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(help_text="Of the XMV, or of the control loop.")
    value = models.FloatField(help_text="Position in %, or the set point in its loop's unit.")
    start_step = models.PositiveIntegerField(help_text="First step with the hand in force.")
    end_step = models.PositiveIntegerField(
        null=True, blank=True, help_text="First step without it; empty: still in force."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="hands",
    )
    made_at = models.DateTimeField(auto_now_add=True)

    objects = HandQuerySet.as_manager()

    class Meta:
        ordering = ["run", "start_step", "kind", "number", "pk"]
        indexes = [models.Index(fields=["run", "start_step"])]

    def __str__(self) -> str:
        end = "" if self.end_step is None else f" to {self.end_step}"
        return f"{self.label} at {self.value:g} {self.unit} from step {self.start_step}{end}"

    @property
    def label(self) -> str:
        """What is held, e.g. `XMV(10)` or `the set point of XMEAS(9)`."""
        if self.kind == self.Kind.VALVE:
            return f"XMV({self.number})"
        return f"the set point of XMEAS({_LOOP[self.number].xmeas_number})"

    @property
    def unit(self) -> str:
        """Unit of the value."""
        if self.kind == self.Kind.VALVE:
            return "%"
        return XMEAS[_LOOP[self.number].xmeas_number - 1].unit

    def as_json(self) -> dict[str, Any]:
        """Return the hand as the API gives it."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "number": self.number,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "start_step": self.start_step,
            "end_step": self.end_step,
            "made_by": self.made_by.get_username() if self.made_by else None,
            "made_at": self.made_at.isoformat(),
        }
