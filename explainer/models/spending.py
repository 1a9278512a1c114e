"""What exchanges with paid models cost: reserved before, settled after."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.models import Plant


class Spending(models.Model):
    """One exchange. While it is under way its estimate counts; a lost one stays at its estimate."""

    provider = models.CharField(max_length=20)
    plant = models.ForeignKey(
        Plant,
        on_delete=models.SET_NULL,
        null=True,
        related_name="spendings",
        help_text=_("Empty: a test, or a plant that is gone."),
    )
    day = models.DateField(help_text=_("UTC."))
    estimate = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, help_text=_("USD, at most.")
    )
    tokens_estimate = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(
        max_digits=12,
        decimal_places=6,
        null=True,
        help_text=_("USD; empty while it is under way, and where no price is known."),
    )
    tokens = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "provider"])]

    def __str__(self) -> str:
        return f"{self.provider} on {self.day}: {self.cost if self.cost is not None else 'open'}"


class Budget(models.Model):
    """The limits of the whole installation; one row."""

    per_day = models.DecimalField(
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("USD a day (UTC) over all providers. 0: nothing. Empty: no limit."),
    )
    per_plant_and_day = models.DecimalField(
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("USD a day (UTC) for each plant. 0: nothing. Empty: no limit."),
    )
    keep_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_(
            "Explanations and questions older than this are deleted at night, but none that "
            "somebody judged. Empty: kept."
        ),
    )

    class Meta:
        verbose_name = _("budget and retention")
        verbose_name_plural = _("budget and retention")

    def __str__(self) -> str:
        return "Budget and retention"

    @classmethod
    def of_installation(cls) -> "Budget":
        """Return the one row, made at the first call."""
        return cls.objects.get_or_create(pk=1)[0]
