"""How far the detector has read a plant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.models import Plant, Run


class AnalysisCursor(models.Model):
    """The last reading that the detector has consumed, and the rule's state after it.

    Readings after `step` wait to be analysed, so a block of readings that is not complete needs no
    buffer and no reading can be consumed twice or forgotten.
    """

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="analysis_cursor")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    step = models.PositiveIntegerField(default=0)
    streak = models.IntegerField(
        default=0,
        help_text=_("Exceedances in a row, or minus the number of normal points in a row."),
    )
    recent = models.BigIntegerField(
        default=0,
        help_text=_("The last 60 points as bits, the newest the lowest: 1 is an exceedance."),
    )
    analyses = models.PositiveIntegerField(default=0, help_text=_("Scored points of the run."))
    analysed_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.plant} analysed to step {self.step}"
