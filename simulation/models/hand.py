"""What people hold by hand: a valve, or a set point."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from simulation import in_force
from simulation.tep import SAMPLE_SECONDS
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

        VALVE = in_force.VALVE, _("valve")
        SETPOINT = in_force.SETPOINT, _("set point")

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="hands")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(help_text=_("Of the XMV, or of the control loop."))
    value = models.FloatField(help_text=_("Position in %, or the set point in its loop's unit."))
    from_value = models.FloatField(
        null=True,
        blank=True,
        help_text=_("Where it was when it was taken; empty for one that was planned for later."),
    )
    ramp_steps = models.PositiveIntegerField(
        default=0,
        help_text=_("Equal steps, one a sample, in which it goes to its value; 0: at once."),
    )
    start_step = models.PositiveIntegerField(help_text=_("First step with the hand in force."))
    end_step = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("First step without it; empty: still in force.")
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
        return f"{self.label} {self.target} from step {self.start_step}{end}"

    @property
    def target(self) -> str:
        """Where it is held, or goes to, in words."""
        value = f"{self.value:.5g} {self.unit}"
        return f"to {value} over {self.ramp_minutes:g} min" if self.ramp_steps else f"at {value}"

    @property
    def ramp_minutes(self) -> float:
        """How long it takes to get to its value, in process minutes."""
        return self.ramp_steps * SAMPLE_SECONDS / 60

    def is_ramping_at(self, step: int) -> bool:
        """Tell whether it is on its way to its value while `step` is integrated."""
        return in_force.is_ramping(self, step)

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

    def as_act(self) -> dict[str, Any]:
        """Return the hand as the audit trail keeps it."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "number": self.number,
            "value": self.value,
            "ramp_steps": self.ramp_steps,
            "start_step": self.start_step,
            "end_step": self.end_step,
        }

    def as_json(self) -> dict[str, Any]:
        """Return the hand as the API gives it."""
        return {
            "id": self.pk,
            "kind": self.kind,
            "number": self.number,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "from_value": self.from_value,
            "ramp_steps": self.ramp_steps,
            "start_step": self.start_step,
            "end_step": self.end_step,
            "made_by": self.made_by.get_username() if self.made_by else None,
            "made_at": self.made_at.isoformat(),
        }
