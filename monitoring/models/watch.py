"""What a detector remembers of a plant between two transactions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.detector_model import DetectorModel
from simulation.fields import PackedArrayField
from simulation.models import Plant, Run


class Watch(models.Model):
    """The state of one detector on one plant, after the reading `step` of `run`.

    Written in the transaction that stores the points it belongs to; over bad readings, which it
    does not see, it moves on with the cursor. If it does not fit the cursor (the detector is new
    on the plant, the run is another), it is made anew from the stored readings.
    """

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="watches")
    detector_model = models.ForeignKey(DetectorModel, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    step = models.PositiveIntegerField()
    state = PackedArrayField(size=None)
    streak = models.IntegerField(default=0)
    recent = models.BigIntegerField(default=0)
    alarming = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("watches")
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "detector_model"], name="watch_one_by_plant_and_detector"
            )
        ]

    def __str__(self) -> str:
        return f"{self.detector_model} on {self.plant}, at step {self.step}"
