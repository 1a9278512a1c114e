"""A detector fit that somebody asked for at run time."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitoring.fitting import FitPlan
from monitoring.models import DetectorModel


class Retraining(models.Model):
    """One fit in the background: what was asked for, by whom, and what became of it.

    The row is the queue: a worker takes a waiting row by a conditional UPDATE, so a message that
    comes twice fits once. At most one is open at a time.
    """

    #: A fit takes about a minute; one that says nothing for so long has lost its worker.
    LOST_AFTER = timedelta(minutes=30)

    class Status(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "success", _("done")
        FAILED = "failed", _("failed")

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    runs = models.PositiveIntegerField()
    limit_runs = models.PositiveIntegerField()
    hours = models.FloatField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(default=timezone.now)
    done_runs = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField(default=timezone.now)
    detector = models.ForeignKey(DetectorModel, on_delete=models.SET_NULL, null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(status__in=["waiting", "running"]),
                name="retraining_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"Retraining {self.pk}: {self.get_status_display()}"

    @property
    def plan(self) -> FitPlan:
        """How much normal operation the fit is given."""
        active = DetectorModel.active()
        kind = active.kind if active else FitPlan().kind
        return FitPlan(kind=kind, runs=self.runs, limit_runs=self.limit_runs, hours=self.hours)

    @classmethod
    def give_up_lost(cls) -> None:
        """End those whose worker is gone, so that another one may begin."""
        cls.objects.filter(
            status__in=[cls.Status.WAITING, cls.Status.RUNNING],
            moved_at__lt=timezone.now() - cls.LOST_AFTER,
        ).update(status=cls.Status.FAILED, error="Its worker was lost. Ask again.")

    def take(self) -> bool:
        """Take it for this worker. False if it is taken or over."""
        mine = Retraining.objects.filter(pk=self.pk, status=self.Status.WAITING)
        return bool(mine.update(status=self.Status.RUNNING, moved_at=timezone.now()))

    def note_progress(self, done: int) -> None:
        """Keep how many runs are simulated, for whoever watches."""
        Retraining.objects.filter(pk=self.pk).update(done_runs=done, moved_at=timezone.now())

    def as_json(self) -> dict[str, Any]:
        """Return where it stands."""
        card = self.detector.card if self.detector else {}
        return {
            "id": self.pk,
            "status": self.status,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at.isoformat(),
            "runs_done": self.done_runs,
            "runs_of": self.plan.simulations,
            "detector": str(self.detector) if self.detector else None,
            "n_components": card.get("n_components"),
            "t2_threshold": card.get("t2_limit"),
            "error": self.error,
        }

    @classmethod
    def newest_as_json(cls) -> dict[str, Any] | None:
        """Return where the newest one stands, None if there never was one."""
        cls.give_up_lost()
        newest = cls.objects.select_related("detector").first()
        return newest.as_json() if newest else None
