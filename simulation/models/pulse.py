"""The last sign of life of a process-wide stage."""

from datetime import timedelta

from django.db import models
from django.utils import timezone


class Pulse(models.Model):
    """When a stage last worked and what last went wrong there, so that a stall can be named."""

    #: The whole product was started, by `manage.py up`.
    START = "start"

    stage = models.CharField(max_length=20, primary_key=True)
    beaten_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.stage

    @classmethod
    def beat(cls, stage: str) -> None:
        """Note that the stage works."""
        cls.objects.update_or_create(stage=stage, defaults={"beaten_at": timezone.now()})

    @classmethod
    def fail(cls, stage: str, error: BaseException | str) -> None:
        """Note what went wrong in the stage."""
        text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        cls.objects.update_or_create(
            stage=stage, defaults={"error": text[:2000], "failed_at": timezone.now()}
        )

    @classmethod
    def age(cls, stage: str) -> timedelta | None:
        """Return the time since the stage last worked, None if it never did."""
        beaten_at = cls.objects.filter(pk=stage).values_list("beaten_at", flat=True).first()
        return None if beaten_at is None else timezone.now() - beaten_at
