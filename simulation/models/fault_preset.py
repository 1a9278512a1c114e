"""Named faults."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from simulation.tep.variables import N_IDV


def validate_idvs(value: Any) -> None:
    """Refuse anything but a non-empty list of different whole numbers 1 to 20."""
    if (
        not isinstance(value, list)
        or not value
        or any(type(idv) is not int or not 1 <= idv <= N_IDV for idv in value)
        or len(set(value)) != len(value)
    ):
        raise ValidationError(
            f"Give a list of different IDV numbers from 1 to {N_IDV}, for example [4] or [1, 6]."
        )


class FaultPreset(models.Model):
    """One or more IDVs with a start and an end relative to the moment of injection."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=240, blank=True)
    idvs = models.JSONField("IDVs", validators=[validate_idvs], help_text="For example [4].")
    start_after_hours = models.FloatField(
        "start after (h)",
        default=0.0,
        validators=[MinValueValidator(0.0)],
        help_text="Process hours from the injection to the fault's start.",
    )
    end_after_hours = models.FloatField(
        "end after (h)",
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0)],
        help_text="Process hours from the injection to the fault's end; empty: until cleared.",
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an end that is not after the start."""
        if self.end_after_hours is not None and self.end_after_hours <= self.start_after_hours:
            raise ValidationError({"end_after_hours": "The end must be later than the start."})
