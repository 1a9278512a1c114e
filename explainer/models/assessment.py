"""What an operator makes of an explanation."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from explainer.models.explanation import Explanation


class Assessment(models.Model):
    """One account's verdict and note on one explanation; it can be changed by the same account."""

    class Verdict(models.TextChoices):
        """How it held up on the plant."""

        RIGHT = "right", _("right")
        PARTLY = "partly", _("partly right")
        WRONG = "wrong", _("wrong")
        UNCLEAR = "unclear", _("cannot be told")

    explanation = models.ForeignKey(
        Explanation, on_delete=models.CASCADE, related_name="assessments"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="assessments"
    )
    username = models.CharField(max_length=150)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    note = models.TextField(blank=True, max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["explanation", "user"], name="assessment_unique_by_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.explanation_id}: {self.verdict} ({self.username})"
