"""What was done to a plant: the truth that a detector's claims are held against."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from simulation.tep.variables import N_IDV


class InjectionQuerySet(models.QuerySet["Injection"]):
    """Injections by time."""

    def active_at(self, step: int) -> "InjectionQuerySet":
        """Those in force while step `step` is integrated."""
        return self.filter(start_step__lte=step).filter(
            Q(end_step__isnull=True) | Q(end_step__gt=step)
        )

    def open_after(self, step: int) -> "InjectionQuerySet":
        """Those in force at `step` or planned for later."""
        return self.filter(Q(end_step__isnull=True) | Q(end_step__gt=step)).exclude(
            end_step=F("start_step")
        )


class Injection(models.Model):
    """One IDV switched on from `start_step` until before `end_step` (empty: until cleared)."""

    run = models.ForeignKey("simulation.Run", on_delete=models.CASCADE, related_name="injections")
    idv = models.PositiveSmallIntegerField(
        _("IDV"), validators=[MinValueValidator(1), MaxValueValidator(N_IDV)]
    )
    start_step = models.PositiveIntegerField(help_text=_("First step with the fault in force."))
    end_step = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("First step without it; empty: still in force.")
    )
    magnitude = models.FloatField(
        default=1.0,
        validators=[MinValueValidator(0.001), MaxValueValidator(1.0)],
        help_text=_("1 is the published fault, less a scaled one."),
    )
    preset = models.ForeignKey(
        "simulation.FaultPreset", on_delete=models.SET_NULL, null=True, blank=True
    )
    injected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="injections",
    )
    injected_at = models.DateTimeField(auto_now_add=True)

    objects = InjectionQuerySet.as_manager()

    class Meta:
        ordering = ["run", "start_step", "idv"]
        indexes = [models.Index(fields=["run", "start_step"])]

    def __str__(self) -> str:
        end = "" if self.end_step is None else f" to {self.end_step}"
        return f"IDV({self.idv}) from step {self.start_step}{end}"

    def as_act(self) -> dict[str, Any]:
        """Return the injection as the audit trail keeps it."""
        return {
            "id": self.pk,
            "idv": self.idv,
            "magnitude": self.magnitude,
            "start_step": self.start_step,
            "end_step": self.end_step,
        }

    def as_json(self) -> dict[str, Any]:
        """Return the injection as the API gives it."""
        return {
            "id": self.pk,
            "idv": self.idv,
            "magnitude": self.magnitude,
            "start_step": self.start_step,
            "end_step": self.end_step,
            "preset": self.preset.slug if self.preset else None,
            "injected_by": self.injected_by.get_username() if self.injected_by else None,
            "injected_at": self.injected_at.isoformat(),
        }
