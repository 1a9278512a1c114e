"""What a detector was worth on fresh runs."""

from django.db import models

from monitoring.models.detector_model import DetectorModel


class DetectorEvaluation(models.Model):
    """Figures of `manage.py evaluate`; the newest of a model is shown."""

    detector_model = models.ForeignKey(
        DetectorModel, on_delete=models.CASCADE, related_name="evaluations"
    )
    figures = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.detector_model}, judged {self.made_at:%Y-%m-%d %H:%M}"
