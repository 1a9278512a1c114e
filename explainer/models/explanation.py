"""What an explainer says of an alarm."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from explainer.citations import is_known
from explainer.markup import mark, render_markdown
from explainer.models.provider_config import EMBEDDED
from explainer.models.spending import Spending
from explainer.verdicts import SUPPORTED
from monitoring.models import Alarm
from monitoring.tag_window import address_of
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
        """Those that an alarm caused when it was raised."""
        return self.filter(trigger=Explanation.Trigger.ALARM)

    def remote(self) -> "ExplanationQuerySet":
        """Those that another machine writes."""
        return self.exclude(provider=EMBEDDED)

    def under_way(self) -> "ExplanationQuerySet":
        """Those that wait or are being written."""
        return self.filter(status__in=[Explanation.Status.WAITING, Explanation.Status.RUNNING])


class Explanation(models.Model):
    """One explainer's explanation of one analysed point.

    The row is the queue: a worker takes a waiting row by a conditional UPDATE, so a message that
    comes twice, late or out of order makes no second explanation. `request_key` names alarm or
    request and provider, so that neither does a repeated request.
    """

    STALE_AFTER = timedelta(minutes=5)
    MAX_ATTEMPTS = 3

    class Status(models.TextChoices):
        """Where the explanation stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being written")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Trigger(models.TextChoices):
        """What caused it."""

        ALARM = "alarm", _("alarm")
        SHIFT = "shift", _("shift of the leading tags")
        REQUEST = "request", _("asked for")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="explanations")
    alarm = models.ForeignKey(
        Alarm, on_delete=models.CASCADE, null=True, blank=True, related_name="explanations"
    )
    step = models.PositiveIntegerField(help_text=_("The analysed point that is explained."))
    provider = models.CharField(max_length=20)
    provider_title = models.CharField(
        max_length=60, blank=True, help_text=_("As it was named then.")
    )
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
    evidence = models.JSONField(
        default=dict, help_text=_("What the provider was told, in numbers.")
    )
    prompt = models.TextField(blank=True, help_text=_("What was sent; empty for the embedded one."))
    text = models.TextField(blank=True, help_text=_("Markdown, as the provider gave it."))
    citations = models.JSONField(
        default=list,
        blank=True,
        help_text=_("What the text cites, and what the readings say of it."),
    )
    numbers = models.JSONField(
        default=list, blank=True, help_text=_("Numbers in the text that no evidence holds.")
    )
    answer = models.JSONField(
        default=dict, blank=True, help_text=_("The structured answer: causes, checks, actions.")
    )
    draft = models.TextField(
        blank=True, help_text=_("What has come so far of an answer under way.")
    )
    prompt_version = models.CharField(max_length=30, blank=True)
    request_hash = models.CharField(
        max_length=64, blank=True, db_index=True, help_text=_("Of evidence, prompt and model.")
    )
    reused_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The earlier answer to the very same question, given again."),
    )
    is_late = models.BooleanField(
        default=False, help_text=_("A later question had been answered before this one was.")
    )
    spending = models.OneToOneField(
        Spending, on_delete=models.SET_NULL, null=True, blank=True, related_name="explanation"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(help_text=_("It may start from this moment on."))
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
        return mark(render_markdown(self.text), self.citations, self.numbers, self.address_of)

    def address_of(self, citation: dict[str, Any]) -> str:
        """Return the page of what a citation claims; empty for a tag or steps that cannot be."""
        tag, first, last = (citation.get(name) for name in ("tag", "first_step", "last_step"))
        if first is None or last is None or not tag or not is_known(tag) or not 1 <= first <= last:
            return ""
        return address_of(self.run.plant_id, self.run.number, tag, first, last)

    @property
    def linked_citations(self) -> list[dict[str, Any]]:
        """The citations, each with the address of its page."""
        return [{**one, "address": self.address_of(one)} for one in self.citations]

    @property
    def supported(self) -> int:
        """How many of the citations the stored readings support."""
        return sum(one["verdict"] == SUPPORTED for one in self.citations)

    @property
    def group_key(self) -> str:
        """The request key without the provider: the same for all who explain the same."""
        return self.request_key.rpartition(":")[0]

    @property
    def is_remote(self) -> bool:
        """Whether another machine writes it."""
        return self.provider != EMBEDDED

    @property
    def is_under_way(self) -> bool:
        """Whether it waits or is being written."""
        return self.status in {self.Status.WAITING, self.Status.RUNNING}

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The ranked causes of the structured answer; empty for one from before these."""
        found = self.answer.get("causes", [])
        return found if isinstance(found, list) else []

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
        if found:
            return found[1].rstrip(".")
        return f"{self.causes[0]['cause']}, so far" if self.causes and not self.text else ""

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
        if status != self.Status.WAITING:
            now = timezone.now()
            values |= {"draft": ""}
            values["finished_at"] = now
            if self.started_at is not None:
                values["seconds"] = (now - self.started_at).total_seconds()
        settled = bool(mine.update(status=status, **values))
        self.refresh_from_db()
        return settled

    def cancel(self, who: str) -> bool:
        """Take the request back. Returns whether there was anything left to take back."""
        taken = Explanation.objects.under_way().filter(pk=self.pk)
        cancelled = taken.update(
            status=self.Status.CANCELLED,
            error=f"Cancelled by {who}.",
            draft="",
            finished_at=timezone.now(),
        )
        self.refresh_from_db()
        return bool(cancelled)
