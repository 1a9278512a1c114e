"""The work on explanations that were entered: who writes them, and what became of it.

Free of Celery. Every function may be called twice, late or out of order.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from explainer import display
from explainer.asking import explain_alarm
from explainer.evidence import NoEvidence, build_evidence
from explainer.matching import match_signatures
from explainer.models import Explanation, ProviderSwitch
from explainer.prompts import build_prompt
from explainer.providers import REMOTE, Provider, ProviderError, get_provider
from explainer.verifying import verify
from monitoring.models import Alarm, Analysis
from simulation.models import Pulse

logger = logging.getLogger(__name__)

#: Calls to other machines that may be under way at once. Fewer than the explain worker's threads,
#: so that there is always one for the embedded explanations, however slow the others are.
REMOTE_AT_ONCE = 2
#: The row whose lock makes counting them and starting one a single act.
REMOTE_GATE = "remote"
#: A provider that asks for a longer pause is not asked again by itself.
LONGEST_RETRY_SECONDS = 600.0
#: The sweep takes up alarms of this age that nobody has asked an explanation for.
FORGOTTEN_FOR = timedelta(hours=24)
SWEPT_AT_ONCE = 50


def run(pk: int) -> bool:
    """Write one explanation, if it is due and nobody else does. Returns whether this call did."""
    found = Explanation.objects.select_related("run__plant", "alarm").filter(pk=pk).first()
    if found is None or not _claim(found):
        return False
    plant_id = found.run.plant_id
    display.push(plant_id)
    try:
        provider = get_provider(found.provider)
        _write(found, provider)
    except ProviderError as error:
        _give_up_or_retry(found, error)
    except NoEvidence as error:
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
    waiting = Explanation.objects.filter(status=Explanation.Status.WAITING, not_before__gt=now)
    for plant_id in set(waiting.values_list("run__plant_id", flat=True)):
        display.push(plant_id)  # their «starts in 43 s» has changed
    return due_now(max(now, timezone.now()))  # with those entered just now


def due_now(now: datetime | None = None) -> list[int]:
    """Return the explanations that may start: embedded ones, then as many remote as may run."""
    due = Explanation.objects.due(now or timezone.now()).order_by("pk")
    local = due.exclude(provider__in=REMOTE).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return [*local, *_next_remote(due)]


def next_remote() -> list[int]:
    """Return the remote explanations that a free place may take."""
    return _next_remote(Explanation.objects.due(timezone.now()).order_by("pk"))


def _next_remote(due: "QuerySet[Explanation]") -> list[int]:
    return list(due.filter(provider__in=REMOTE).values_list("pk", flat=True)[:REMOTE_AT_ONCE])


def _claim(found: Explanation) -> bool:
    now = timezone.now()
    if found.provider not in REMOTE:
        return found.claim(now)
    with transaction.atomic():
        # Counting and claiming are one: without the lock two workers would count the same.
        Pulse.objects.get_or_create(pk=REMOTE_GATE)
        Pulse.objects.select_for_update().get(pk=REMOTE_GATE)
        running = Explanation.objects.filter(
            provider__in=REMOTE, status=Explanation.Status.RUNNING
        ).count()
        return running < REMOTE_AT_ONCE and found.claim(now)


def _write(found: Explanation, provider: Provider) -> None:
    if provider.name in ProviderSwitch.switched_off():
        raise ProviderError(
            f"{provider.title} is switched off. An engineer can switch it on in the admin."
        )
    points = Analysis.objects.select_related("run__plant", "detector_model")
    analysis = points.filter(run_id=found.run_id, step=found.step).first()
    if analysis is None:
        raise NoEvidence(f"The analysed point of step {found.step} has been pruned or deleted.")
    evidence = build_evidence(analysis, found.alarm)
    prompt = build_prompt(evidence, match_signatures(evidence))
    # Stored before the call, so that a failed one shows what was sent as well.
    Explanation.objects.filter(pk=found.pk).update(
        evidence=evidence, prompt=str(prompt) if provider.is_remote else "", model=provider.model
    )
    answer = provider.explain(evidence, prompt)
    found.settle(
        Explanation.Status.DONE,
        text=answer.text,
        citations=verify(answer.text, analysis),
        model=answer.model[:80],
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        error="",
    )


def _give_up_or_retry(found: Explanation, error: ProviderError) -> None:
    wait = error.retry_after_seconds
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
