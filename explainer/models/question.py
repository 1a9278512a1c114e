"""A question about an alarm, and its answer: one turn of a conversation."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from explainer.markup import mark, render_markdown
from explainer.models.provider_config import EMBEDDED
from explainer.models.spending import Spending
from monitoring.models import Alarm


class Question(models.Model):
    """What somebody asked of an explainer. The row is the queue, as it is for explanations."""

    STALE_AFTER = timedelta(minutes=5)

    class Status(models.TextChoices):
        """Where the answer stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being answered")
        DONE = "done", _("answered")
        FAILED = "failed", _("failed")

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="questions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="questions"
    )
    username = models.CharField(max_length=150)
    provider = models.CharField(max_length=20)
    provider_title = models.CharField(max_length=60)
    text = models.TextField(max_length=2000)
    answer = models.TextField(blank=True)
    looked_at = models.JSONField(
        default=list, blank=True, help_text=_("What it looked up in the stored data, and found.")
    )
    citations = models.JSONField(default=list, blank=True)
    numbers = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    error = models.TextField(blank=True)
    model = models.CharField(max_length=80, blank=True)
    tokens_in = models.PositiveIntegerField(null=True)
    tokens_out = models.PositiveIntegerField(null=True)
    spending = models.OneToOneField(
        Spending, on_delete=models.SET_NULL, null=True, related_name="question"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"Question {self.pk} about alarm {self.alarm_id} to {self.provider}"

    @property
    def html(self) -> SafeString:
        """The answer as sanitised HTML with the marks of the server."""
        return mark(render_markdown(self.answer), self.citations, self.numbers)

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or is being answered."""
        return self.status in {self.Status.WAITING, self.Status.RUNNING}

    @property
    def is_remote(self) -> bool:
        """Whether another machine answers."""
        return self.provider != EMBEDDED

    def claim(self, now: datetime) -> bool:
        """Take a waiting question for this worker. False if it is not to be had."""
        waiting = Question.objects.filter(pk=self.pk, status=self.Status.WAITING)
        return bool(waiting.update(status=self.Status.RUNNING, started_at=now))

    def settle(self, status: str, **values: Any) -> None:
        """End the work on it, unless another worker has taken it over meanwhile."""
        mine = Question.objects.filter(pk=self.pk, status=self.Status.RUNNING)
        mine.update(status=status, finished_at=timezone.now(), **values)
        self.refresh_from_db()
