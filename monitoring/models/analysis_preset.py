"""Named detector settings."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.detectors.persistence import MOST


class AnalysisRule(models.Model):
    """The settings that turn readings into scored points, alarms and explanations."""

    window = models.PositiveIntegerField(
        default=8,
        validators=[MinValueValidator(2), MaxValueValidator(1000)],
        help_text=_("Samples of context for the evidence of an explanation, 2 to 1000."),
    )
    consecutive = models.PositiveIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_(
            "Consecutive exceedances that raise an alarm, and normal points that clear it."
        ),
    )
    among = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(MOST)],
        help_text=_(
            "Among how many of the last points the exceedances count, up to 60; 0: in a row."
        ),
    )
    decimation = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("Readings averaged to one scored point, 1 to 1000."),
    )
    min_explanation_seconds = models.FloatField(
        _("minimum seconds between explanations"),
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(86400.0)],
        help_text=_("Wall seconds; explanations asked for by hand do not wait."),
    )

    RULE_FIELDS = ("window", "consecutive", "among", "decimation", "min_explanation_seconds")

    class Meta:
        abstract = True

    @property
    def rule(self) -> dict[str, float]:
        """The settings by name."""
        return {name: getattr(self, name) for name in self.RULE_FIELDS}


class AnalysisPreset(AnalysisRule):
    """A named set of detector settings."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
