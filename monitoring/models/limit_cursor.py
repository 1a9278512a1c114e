"""How far the alarm limits have read a plant."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from simulation.models import Plant, Run


class LimitCursor(models.Model):
    """The last reading that was held against the limits, and what they remember after it.

    Its row is the lock of a plant's alarms: whoever changes one holds it.
    """

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="limit_cursor")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="+")
    step = models.PositiveIntegerField(default=0)
    memory = models.JSONField(
        default=dict, help_text=_("What each limit remembers, by the definition's number.")
    )
    suppressed = models.JSONField(
        default=list, help_text=_("The definitions that are suppressed by design.")
    )
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.plant} read to step {self.step}"
