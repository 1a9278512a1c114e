"""When a plant's alarms are explained, and when again."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.models import Plant


class AskingSettings(models.Model):
    """How long to wait after an alarm, and which shift of the leading tags asks again."""

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="asking_settings")
    delay_seconds = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(3600.0)],
        help_text=_("Wall seconds from an alarm to its explanation, 0 to 3600."),
    )
    shift_jaccard = models.FloatField(
        default=0.3,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_(
            "Asked again once the six leading tags have less than this in common with those "
            "last explained (shared tags over all tags of both), 0 to 1. 0: never again."
        ),
    )
    shift_min_seconds = models.FloatField(
        default=60.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(86400.0)],
        help_text=_("And not before so many wall seconds since the last time."),
    )

    class Meta:
        verbose_name_plural = _("asking settings")

    def __str__(self) -> str:
        return f"Asking settings of {self.plant}"

    @classmethod
    def of(cls, plant: Plant) -> "AskingSettings":
        """Return the plant's settings, made at the first call."""
        return cls.objects.get_or_create(plant=plant)[0]
