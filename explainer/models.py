"""What a model says of an alarm."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.safestring import SafeString

from explainer.markup import mark_citations, render_markdown
from explainer.providers import PROVIDERS
from explainer.verdicts import SUPPORTED
from monitoring.models import Alarm
from simulation.models import Run
from simulation.models.reading import hours_at

#: The first entry of a numbered list, in bold: how both explainers name the likeliest cause.
HEADLINE = re.compile(r"^1\. \*\*(.+?)\*\*", re.MULTILINE)


class ExplanationQuerySet(models.QuerySet["Explanation"]):
    """Explanations by what is to be done with them."""

    def due(self, now: datetime) -> "ExplanationQuerySet":
        """Waiting ones that may start."""
        return self.filter(status=Explanation.Status.WAITING, not_before__lte=now)

    def stale(self, now: datetime) -> "ExplanationQuerySet":
        """Running ones whose worker must have died: no call may take so long."""
        return self.filter(
            status=Explanation.Status.RUNNING, started_at__lt=now - Explanation.STALE_AFTER
        )

    def automatic(self) -> "ExplanationQuerySet":
        """Those that an alarm caused."""
        return self.filter(trigger=Explanation.Trigger.ALARM)


class Explanation(models.Model):
    """One provider's explanation of one analysed point.

    The row is the queue: a worker takes a waiting row by a conditional UPDATE, so a message that
    comes twice, late or out of order makes no second explanation. `request_key` names alarm or
    request and provider, so that neither does a repeated request.
    """

    STALE_AFTER = timedelta(minutes=5)
    MAX_ATTEMPTS = 3

    class Status(models.TextChoices):
        """Where the explanation stands."""

        WAITING = "waiting", "waiting"
        RUNNING = "running", "being written"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    class Trigger(models.TextChoices):
        """What caused it."""

        ALARM = "alarm", "alarm"
        REQUEST = "request", "asked for"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="explanations")
    alarm = models.ForeignKey(
        Alarm, on_delete=models.CASCADE, null=True, blank=True, related_name="explanations"
    )
    step = models.PositiveIntegerField(help_text="The analysed point that is explained.")
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80, blank=True)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="explanations",
    )
    request_key = models.CharField(max_length=80, unique=True)
    evidence = models.JSONField(default=dict, help_text="What the provider was told, in numbers.")
    prompt = models.TextField(blank=True, help_text="What was sent; empty for the embedded one.")
    text = models.TextField(blank=True, help_text="Markdown, as the provider gave it.")
    citations = models.JSONField(
        default=list, blank=True, help_text="What the text cites, and what the readings say of it."
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(help_text="It may start from this moment on.")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    tokens_in = models.PositiveIntegerField(null=True, blank=True)
    tokens_out = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = ExplanationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("request_explanation", "Can ask for an explanation")]
        indexes = [
            models.Index(fields=["status", "not_before"]),
            models.Index(fields=["run", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"Explanation {self.pk} of step {self.step} of {self.run} by {self.provider}"

    # -- reading ------------------------------------------------------------------------------

    @property
    def hours(self) -> float:
        """Process time of the explained point in hours."""
        return hours_at(self.step)

    @property
    def html(self) -> SafeString:
        """The text as sanitised HTML, its citations marked with what the readings say."""
        return mark_citations(render_markdown(self.text), self.citations)

    @property
    def supported(self) -> int:
        """How many of the citations the stored readings support."""
        return sum(one["verdict"] == SUPPORTED for one in self.citations)

    @property
    def group_key(self) -> str:
        """The request key without the provider: the same for all who explain the same."""
        return self.request_key.rpartition(":")[0]

    @property
    def provider_title(self) -> str:
        """The provider as a page names it."""
        kind = PROVIDERS.get(self.provider)
        return kind.title if kind else self.provider

    @property
    def seconds_to_start(self) -> float:
        """Wall seconds until it may start; 0 once it may."""
        return max(0.0, (self.not_before - timezone.now()).total_seconds())

    @property
    def is_due(self) -> bool:
        """Whether it waits and may start."""
        return self.status == self.Status.WAITING and self.not_before <= timezone.now()

    @property
    def headline(self) -> str:
        """The likeliest cause that the text names first, for lists; empty if it names none."""
        found = HEADLINE.search(self.text)
        return found[1].rstrip(".") if found else ""

    @property
    def state_words(self) -> str:
        """The state in words, for example «starts in 43 s»."""
        if self.status == self.Status.WAITING:
            wait = round(self.seconds_to_start)
            words = f"starts in {wait} s" if wait else "waiting for a free worker"
            return f"{words} (attempt {self.attempts + 1})" if self.attempts else words
        if self.status == self.Status.RUNNING and self.started_at is not None:
            return f"being written for {(timezone.now() - self.started_at).total_seconds():.0f} s"
        if self.status == self.Status.DONE and self.seconds is not None:
            return f"done in {self.seconds:.1f} s"
        return self.get_status_display()

    def as_json(self) -> dict[str, Any]:
        """Return the explanation in the shape that the earlier system gave its analyses."""
        return {
            "analysis": self.text or self.error,
            "response_time": self.seconds,
            "status": "success" if self.status == self.Status.DONE else self.status,
        }

    # -- changing -----------------------------------------------------------------------------

    def claim(self, now: datetime) -> bool:
        """Take a waiting, due explanation for this worker. False if it is not to be had."""
        taken = (
            Explanation.objects.due(now)
            .filter(pk=self.pk)
            .update(
                status=self.Status.RUNNING, started_at=now, attempts=F("attempts") + 1, error=""
            )
        )
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def settle(self, status: str, **values: Any) -> bool:
        """End this worker's attempt. False if another attempt has taken over meanwhile."""
        mine = Explanation.objects.filter(
            pk=self.pk, status=self.Status.RUNNING, attempts=self.attempts
        )
        if status in {self.Status.DONE, self.Status.FAILED}:
            now = timezone.now()
            values["finished_at"] = now
            if self.started_at is not None:
                values["seconds"] = (now - self.started_at).total_seconds()
        settled = bool(mine.update(status=status, **values))
        self.refresh_from_db()
        return settled


class ProviderSwitch(models.Model):
    """Whether a provider that calls another machine is asked at all; without a row it is.

    The embedded diagnosis has no switch: an alarm is always explained.
    """

    provider = models.CharField(max_length=20, primary_key=True)
    enabled = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name_plural = "provider switches"

    def __str__(self) -> str:
        return f"{self.provider} {'on' if self.enabled else 'off'}"

    @classmethod
    def switched_off(cls) -> set[str]:
        """Return the names of the providers that are not to be asked."""
        return set(cls.objects.filter(enabled=False).values_list("provider", flat=True))
