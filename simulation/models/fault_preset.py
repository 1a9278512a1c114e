"""Named faults."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simulation.tep.variables import N_IDV

#: Longest delay of a fault, in process hours; a run of a year has fewer.
MAX_DELAY_HOURS = 10_000.0


def validate_idvs(value: Any) -> None:
    """Refuse anything but a non-empty list of different whole numbers 1 to 20."""
    if (
        not isinstance(value, list)
        or not value
        or any(type(idv) is not int or not 1 <= idv <= N_IDV for idv in value)
        or len(set(value)) != len(value)
    ):
        raise ValidationError(
            gettext(
                "Give a list of different IDV numbers from 1 to %(last)s, for example [4] or "
                "[1, 6]."
            )
            % {"last": N_IDV}
        )


class FaultPreset(models.Model):
    """One or more IDVs with a start and an end relative to the moment of injection."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80, unique=True)
    description = models.CharField(max_length=240, blank=True)
    idvs = models.JSONField(_("IDVs"), validators=[validate_idvs], help_text=_("For example [4]."))
    start_after_hours = models.FloatField(
        _("start after (h)"),
        default=0.0,
        validators=[MinValueValidator(0.0)],
        help_text=_("Process hours from the injection to the fault's start."),
    )
    end_after_hours = models.FloatField(
        _("end after (h)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0)],
        help_text=_("Process hours from the injection to the fault's end; empty: until cleared."),
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a delay that no run would see the end of, and an end not after the start."""
        for name in ("start_after_hours", "end_after_hours"):
            if (getattr(self, name) or 0.0) > MAX_DELAY_HOURS:
                raise ValidationError({name: f"At most {MAX_DELAY_HOURS:g} process hours."})
        if self.start_after_hours is None or self.end_after_hours is None:
            return  # the field says so itself
        if self.end_after_hours <= self.start_after_hours:
            raise ValidationError({"end_after_hours": "The end must be later than the start."})
