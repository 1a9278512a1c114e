"""The work on explanations that were entered: who writes them, and what became of it.

Free of Celery. Every function may be called twice, late or out of order.
"""

import hashlib
import json
import logging
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from explainer import budget, display
from explainer.answering import Answer, Unusable, answer_embedded, answer_remote, prompt_for
from explainer.asking import explain_alarm, explain_shifts
from explainer.evidence import NoEvidence, build_evidence
from explainer.models import EMBEDDED, Explanation, ProviderConfig, Spending
from explainer.numbers import loose_numbers
from explainer.places import REMOTE_AT_ONCE, take_place
from explainer.prompts import Prompt
from explainer.providers import Cancelled, ProviderError
from explainer.verifying import verify
from monitoring.models import Alarm, Analysis

logger = logging.getLogger(__name__)

#: A provider that asks for a longer pause is not asked again by itself.
LONGEST_RETRY_SECONDS = 600.0
#: Retries are spread by this share, so that several do not come back at once.
JITTER = 0.25
#: How often an answer under way is stored and shown.
DRAFT_SECONDS = 0.5
#: The sweep takes up alarms of this age that nobody has asked an explanation for.
FORGOTTEN_FOR = timedelta(hours=24)
SWEPT_AT_ONCE = 50

_spread = random.SystemRandom()


def run(pk: int) -> bool:
    """Write one explanation, if it is due and nobody else does. Returns whether this call did."""
    found = Explanation.objects.select_related("run__plant", "alarm").filter(pk=pk).first()
    if found is None:
        return False
    config = ProviderConfig.objects.filter(name=found.provider).first()
    if not _claim(found, config):
        return False
    plant_id = found.run.plant_id
    display.push(plant_id)
    try:
        _write(found, config)
    except Cancelled:
        logger.info("explanation %s was cancelled while it was written", pk)
    except ProviderError as error:
        if config is not None:
            config.note_failure(error)
        _give_up_or_retry(found, error)
    except (NoEvidence, budget.OverBudget) as error:
        found.settle(Explanation.Status.FAILED, error=str(error))
    except DatabaseError:
        logger.exception("explanation %s met a database error", pk)
        _give_up_or_retry(found, ProviderError("The database was busy.", 5.0))
    except Exception as error:
        logger.exception("explanation %s failed", pk)
        found.settle(
            Explanation.Status.FAILED,
            error=f"A defect of TEP Live ({type(error).__name__}); the log of the explain worker "
            "has its traceback.",
        )
    display.push(plant_id)
    return True


def sweep(now: datetime | None = None) -> list[int]:
    """Take up what a lost message or a dead worker left. Returns the explanations that are due."""
    now = now or timezone.now()
    _take_up_stale(now)
    asked = Explanation.objects.automatic().filter(alarm=OuterRef("pk"))
    forgotten = Alarm.objects.filter(raised_at__gte=now - FORGOTTEN_FOR).exclude(Exists(asked))
    for alarm_id in forgotten.order_by("pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
        explain_alarm(alarm_id)
    explain_shifts(now)
    waiting = Explanation.objects.filter(status=Explanation.Status.WAITING, not_before__gt=now)
    for plant_id in set(waiting.values_list("run__plant_id", flat=True)):
        display.push(plant_id)  # their «starts in 43 s» has changed
    return due_now(max(now, timezone.now()))  # with those entered just now


def due_now(now: datetime | None = None) -> list[int]:
    """Return the explanations that may start: embedded ones, then as many remote as may run."""
    due = Explanation.objects.due(now or timezone.now()).order_by("pk")
    local = due.filter(provider=EMBEDDED).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return [*local, *_next_remote(due)]


def next_remote() -> list[int]:
    """Return the remote explanations that a free place may take."""
    return _next_remote(Explanation.objects.due(timezone.now()).order_by("pk"))


def _next_remote(due: "QuerySet[Explanation]") -> list[int]:
    found = due.exclude(provider=EMBEDDED).values_list("pk", flat=True)
    return list(found[:REMOTE_AT_ONCE])


def _claim(found: Explanation, config: ProviderConfig | None) -> bool:
    now = timezone.now()
    if not found.is_remote:
        return found.claim(now)
    return take_place(lambda: _claim_remote(found, config, now))


def _claim_remote(found: Explanation, config: ProviderConfig | None, now: datetime) -> bool:
    if config is not None:
        config.refresh_from_db()
        if config.seconds_open(now):
            Explanation.objects.due(now).filter(pk=found.pk).update(
                not_before=config.open_until,
                error=f"{config.title} is not asked for a while, after {config.failures} "
                f"failures in a row. The last: {config.last_error}",
            )
            return False
    if not found.claim(now):
        return False
    if config is not None:
        config.try_again(now)
    return True


def _write(found: Explanation, config: ProviderConfig | None) -> None:
    if config is None:
        raise ProviderError(
            f"There is no provider {found.provider!r} any more; ask for a new explanation instead."
        )
    if not config.enabled:
        raise ProviderError(
            f"{config.title} is switched off. An engineer can switch it on in the admin."
        )
    points = Analysis.objects.select_related("run__plant", "detector_model")
    analysis = points.filter(run_id=found.run_id, step=found.step).first()
    if analysis is None:
        raise NoEvidence(f"The analysed point of step {found.step} has been pruned or deleted.")
    evidence = build_evidence(analysis, found.alarm)
    if not config.is_remote:
        _finish(found, answer_embedded(evidence), analysis, evidence, None)
        return
    if config.missing:
        raise ProviderError(f"{config.title} is not set up. {config.missing}")
    prompt = prompt_for(config, evidence)
    question = _hash_of(config, prompt)
    # Stored before the call, so that a failed one shows what was sent as well.
    Explanation.objects.filter(pk=found.pk).update(
        evidence=evidence, prompt=str(prompt), prompt_version=prompt.version,
        request_hash=question, model=config.model,
    )  # fmt: skip
    earlier = (
        Explanation.objects.filter(
            request_hash=question, status=Explanation.Status.DONE, reused_from=None
        )
        .exclude(pk=found.pk)
        .order_by("-pk")
        .first()
    )
    if earlier is not None:
        _give_again(found, earlier)
    else:
        _ask(found, config, prompt, analysis, evidence)


def _ask(
    found: Explanation,
    config: ProviderConfig,
    prompt: Prompt,
    analysis: Analysis,
    evidence: dict[str, object],
) -> None:
    spending = budget.reserve(config, found.run.plant, len(str(prompt)))
    Explanation.objects.filter(pk=found.pk).update(spending=spending)
    draft = _Draft(found)
    try:
        answer = answer_remote(config, prompt, draft.take)
    except Unusable as error:
        budget.settle(spending, config, error.tokens_in, error.tokens_out)
        raise
    except (Cancelled, ProviderError):
        # Once something was written it may be paid for: then the estimate stays.
        if draft.begun:
            budget.settle(spending, config, None, None)
        else:
            budget.release(spending)
        raise
    budget.settle(spending, config, answer.tokens_in, answer.tokens_out)
    config.note_success()
    _finish(found, answer, analysis, evidence, spending)


@dataclass
class _Draft:
    """What has come of an answer, stored now and then, so that pages show it growing."""

    found: Explanation
    begun: bool = False
    _stored_at: float = field(default_factory=time.monotonic)

    def take(self, text: str) -> None:
        """Store the text so far, if it is time. Raises Cancelled once it was taken back."""
        self.begun = True
        if time.monotonic() - self._stored_at < DRAFT_SECONDS:
            return
        mine = Explanation.objects.filter(
            pk=self.found.pk,
            status=Explanation.Status.RUNNING,
            attempts=self.found.attempts,
        )
        if not mine.update(draft=text):
            raise Cancelled
        display.push(self.found.run.plant_id)
        self._stored_at = time.monotonic()


def _finish(
    found: Explanation,
    answer: Answer,
    analysis: Analysis,
    evidence: dict[str, object],
    spending: Spending | None,
) -> None:
    found.settle(
        Explanation.Status.DONE,
        text=answer.text,
        answer=answer.structured.model_dump(mode="json"),
        citations=verify(answer.text, analysis),
        # What the embedded one writes is made of the evidence; a model may invent.
        numbers=loose_numbers(answer.text, evidence) if found.is_remote else [],
        evidence=evidence,
        model=answer.model[:80],
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        spending=spending,
        is_late=_is_late(found),
        error="",
    )


def _give_again(found: Explanation, earlier: Explanation) -> None:
    """The very same question was answered before: nobody is asked, and nothing is paid."""
    found.settle(
        Explanation.Status.DONE,
        text=earlier.text, answer=earlier.answer, citations=earlier.citations,
        numbers=earlier.numbers, model=earlier.model, tokens_in=0, tokens_out=0,
        reused_from=earlier, is_late=_is_late(found), error="",
    )  # fmt: skip


def _is_late(found: Explanation) -> bool:
    """Tell whether the same provider has answered a later question on the plant already."""
    return Explanation.objects.filter(
        run__plant_id=found.run.plant_id,
        provider=found.provider,
        status=Explanation.Status.DONE,
        created_at__gt=found.created_at,
    ).exists()


def _hash_of(config: ProviderConfig, prompt: Prompt) -> str:
    asked = [config.protocol, config.base_url, config.model, config.answer_form, config.max_tokens]
    whole = json.dumps([*asked, prompt.version, prompt.system, prompt.user])
    return hashlib.sha256(whole.encode()).hexdigest()


def _give_up_or_retry(found: Explanation, error: ProviderError) -> None:
    wait = error.retry_after_seconds
    if wait is not None:  # longer each time, and never shorter than was asked for
        wait *= 2.0 ** max(0, found.attempts - 1) * (1.0 + JITTER * _spread.random())
    logger.warning("explanation %s by %s failed: %s", found.pk, found.provider, error)
    if wait is None or found.attempts >= Explanation.MAX_ATTEMPTS:
        found.settle(Explanation.Status.FAILED, error=str(error))
    elif wait > LONGEST_RETRY_SECONDS:
        found.settle(
            Explanation.Status.FAILED, error=f"{error} It asks for a pause of {wait:.0f} s."
        )
    else:
        found.settle(
            Explanation.Status.WAITING,
            error=str(error),
            not_before=timezone.now() + timedelta(seconds=wait),
        )


def _take_up_stale(now: datetime) -> None:
    for found in Explanation.objects.stale(now).select_related("run"):
        if found.attempts < Explanation.MAX_ATTEMPTS:
            found.settle(
                Explanation.Status.WAITING,
                error="The worker that wrote this was lost; another one begins again.",
                not_before=now,
            )
        else:
            found.settle(
                Explanation.Status.FAILED,
                error=f"The worker was lost {found.attempts} times while it wrote this. See the "
                "log of the explain worker.",
            )
        display.push(found.run.plant_id)
