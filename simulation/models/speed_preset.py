"""Named speeds."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.tep import SAMPLE_SECONDS

MIN_INTERVAL_SECONDS = 0.2
MAX_INTERVAL_SECONDS = 1800.0
#: How many times as fast as the plant itself a speed by its factor is; an interval goes further.
MIN_SPEED_FACTOR, MAX_SPEED_FACTOR = SAMPLE_SECONDS / MAX_INTERVAL_SECONDS, 50.0
INTERVAL_VALIDATORS = [
    MinValueValidator(
        MIN_INTERVAL_SECONDS, f"The interval must be at least {MIN_INTERVAL_SECONDS} s."
    ),
    MaxValueValidator(
        MAX_INTERVAL_SECONDS, f"The interval must be at most {MAX_INTERVAL_SECONDS:g} s."
    ),
]


class SpeedPreset(models.Model):
    """How much wall time passes between two 3-minute samples."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    interval_seconds = models.FloatField(
        _("interval (s)"),
        validators=INTERVAL_VALIDATORS,
        help_text=_("Wall seconds from one 3-minute sample to the next, 0.2 to 1800."),
    )

    class Meta:
        ordering = ["interval_seconds"]

    def __str__(self) -> str:
        return f"{self.name} (a sample every {self.interval_seconds:g} s)"


def interval_of(factor: float) -> float:
    """Return the wall seconds from sample to sample at `factor` times real time."""
    return SAMPLE_SECONDS / factor


def speed_words(interval_seconds: float) -> str:
    """Return a speed both ways, e.g. `50× real time, a sample every 3.6 s`."""
    factor = SAMPLE_SECONDS / interval_seconds
    return f"{factor:.3g}× real time, a sample every {interval_seconds:.4g} s"
