"""Named speeds."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

MIN_INTERVAL_SECONDS = 0.2
MAX_INTERVAL_SECONDS = 600.0
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
        "interval (s)",
        validators=INTERVAL_VALIDATORS,
        help_text="Wall seconds from one 3-minute sample to the next, 0.2 to 600.",
    )

    class Meta:
        ordering = ["interval_seconds"]

    def __str__(self) -> str:
        return f"{self.name} (a sample every {self.interval_seconds:g} s)"
