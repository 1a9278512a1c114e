"""A tour of the scenes, as far as it has come."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitoring.models import Alarm
from simulation.models import Plant, Run
from teplive.demo.scenes import SCENES, Scene


class DemoTour(models.Model):
    """The row is the tour: whoever advances it locks it, so a restart goes on where it stood."""

    class State(models.TextChoices):
        """Where the tour stands."""

        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        DONE = "done", _("finished")
        STOPPED = "stopped", _("stopped")

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="demo_tours")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    alarm = models.ForeignKey(Alarm, on_delete=models.SET_NULL, null=True, related_name="+")
    twin = models.ForeignKey(Plant, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    scene = models.PositiveSmallIntegerField(
        default=0, help_text=_("Which scene is shown, from 0.")
    )
    scene_at = models.DateTimeField(
        default=timezone.now, help_text=_("Since when it is shown, pauses not counted.")
    )
    looked_at = models.DateTimeField(
        default=timezone.now, help_text=_("When it was last asked whether the scene is over.")
    )
    met_at = models.DateTimeField(null=True, help_text=_("When the scene's condition first held."))
    paused_at = models.DateTimeField(null=True)
    log = models.JSONField(
        default=list, help_text=_("Scenes that have ended, each with whether it was reached.")
    )
    why_stopped = models.CharField(max_length=300, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plant"],
                condition=models.Q(state__in=["running", "paused"]),
                name="demo_tour_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"Tour {self.pk} on {self.plant}"

    @classmethod
    def present(cls) -> "DemoTour | None":
        """Return the tour that is running or paused."""
        going = cls.objects.filter(state__in=[cls.State.RUNNING, cls.State.PAUSED])
        return going.select_related("plant", "alarm", "twin", "started_by").first()

    @property
    def is_going(self) -> bool:
        """Whether it runs or is paused."""
        return self.state in {self.State.RUNNING, self.State.PAUSED}

    @property
    def current(self) -> Scene:
        """The scene that is shown."""
        return SCENES[min(self.scene, len(SCENES) - 1)]

    @property
    def number(self) -> int:
        """The scene's number, from 1."""
        return min(self.scene, len(SCENES) - 1) + 1

    def seconds(self, now: datetime) -> float:
        """Return how long the scene has been shown."""
        until = self.paused_at or self.ended_at or now
        return max(0.0, (until - self.scene_at) / timedelta(seconds=1))

    def seconds_left(self, now: datetime) -> float:
        """Return for how many seconds more the scene is shown: at most, until it is reached."""
        until = self.current.at_least if self.met_at is not None else self.current.at_most
        return max(0.0, until - self.seconds(now))

    @property
    def reached_all(self) -> bool:
        """Whether it finished and every scene's condition came."""
        return self.state == self.State.DONE and all(one["reached"] for one in self.log)

    def note(self, words: str, reached: bool, **more: Any) -> None:
        """Write down how the scene ended."""
        self.log = [
            *self.log,
            {
                "scene": self.current.slug,
                "title": self.current.title,
                "reached": reached,
                "words": words,
                "at": timezone.now().isoformat(),
                "seconds": round(self.seconds(timezone.now()), 1),
                **more,
            },
        ]
