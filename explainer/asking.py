"""From an alarm or a request to entered explanations: who is asked, on what point, from when on.

Free of Celery. Every function may be called twice, late or out of order.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from explainer import display
from explainer.models import EMBEDDED, AskingSettings, Explanation, ProviderConfig
from monitoring.models import Alarm, Analysis, DetectorSettings
from simulation.models import Plant


class NothingToExplain(Exception):
    """There is no analysed point; `hint` says what would help."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Subject:
    """What is to be explained."""

    run_id: int
    step: int
    alarm: Alarm | None


#: Tags whose change of company is a shift.
LEADING = 6
#: Explanations of one alarm that shifts may ask for.
MOST_SHIFTS = 6


def explain_alarm(alarm_id: int) -> list[Explanation]:
    """Enter the explanations of an alarm, one for each provider; returns them, old or new.

    The automatic explanations of a plant start at least `min_explanation_seconds` apart; those of
    one alarm start together.
    """
    alarm = Alarm.objects.select_related("run__plant", "analysis").filter(pk=alarm_id).first()
    if alarm is None:
        return []
    plant = alarm.run.plant
    settings = DetectorSettings.of(plant)
    with transaction.atomic():
        # One at a time for each plant, or two alarms at once would share a starting time.
        DetectorSettings.objects.select_for_update().get(pk=settings.pk)
        entered = list(Explanation.objects.automatic().filter(alarm=alarm).order_by("pk"))
        if entered:
            return entered
        now = timezone.now()
        not_before = now + timedelta(seconds=AskingSettings.of(plant).delay_seconds)
        # A remote one that is tried again starts later; that moves nobody else.
        last = Explanation.objects.automatic().filter(run__plant=plant, provider=EMBEDDED)
        last_start = last.aggregate(last=Max("not_before"))["last"]
        if last_start is not None:
            not_before = max(
                not_before, last_start + timedelta(seconds=settings.min_explanation_seconds)
            )
        made = _enter(
            Subject(alarm.run_id, alarm.analysis.step, alarm),
            f"alarm:{alarm.pk}",
            Explanation.Trigger.ALARM,
            now=now,
            not_before=not_before,
            # A branch is an experiment: no model is paid for it unless somebody asks.
            with_remote=not alarm.run.is_branch,
        )
    display.push(plant.pk)
    return made


def explain_shifts(now: datetime) -> list[Explanation]:
    """Enter new explanations of standing alarms whose leading tags have changed since the last."""
    standing = Alarm.objects.filter(cleared_step__isnull=True, run__ended_at__isnull=True)
    return [
        made
        for alarm in standing.select_related("run__plant")
        for made in _explain_shift(alarm, now)
    ]


def _explain_shift(alarm: Alarm, now: datetime) -> list[Explanation]:
    plant = alarm.run.plant
    settings = AskingSettings.of(plant)
    if settings.shift_jaccard <= 0.0:
        return []
    asked = Explanation.objects.filter(alarm=alarm, provider=EMBEDDED)
    last = asked.defer("prompt", "text").order_by("-created_at", "-pk").first()
    wait = timedelta(seconds=settings.shift_min_seconds)
    if last is None or last.status != Explanation.Status.DONE or last.created_at + wait > now:
        return []
    if asked.filter(trigger=Explanation.Trigger.SHIFT).count() >= MOST_SHIFTS:
        return []
    latest = (
        Analysis.objects.select_related("detector_model")
        .filter(run=alarm.run_id, step__gt=last.step)
        .order_by("-step")
        .first()
    )
    if latest is None:
        return []
    then = [tag["tag"] for tag in last.evidence.get("tags", [])]
    tags = [part["tag"] for part in latest.top_contributions(LEADING)]
    if jaccard(tags, then[:LEADING]) >= settings.shift_jaccard:
        return []
    made = _enter(
        Subject(alarm.run_id, latest.step, alarm),
        f"shift:{alarm.pk}:{latest.step}",
        Explanation.Trigger.SHIFT,
        now=now,
        not_before=now,
        with_remote=not alarm.run.is_branch,
    )
    display.push(plant.pk)
    return made


def jaccard(ours: Iterable[str], theirs: Iterable[str]) -> float:
    """Return the share of two sets' members that both have; 1 for two empty ones."""
    a, b = set(ours), set(theirs)
    return len(a & b) / len(a | b) if a | b else 1.0


def explain_by_hand(plant: Plant, user: User, alarm_id: int | None = None) -> list[Explanation]:
    """Enter explanations of an alarm, else of the one that stands, else of the latest analysis.

    An alarm that still stands is explained by the latest point, which shows more than the one
    that raised it; a cleared one by the point that raised it. Asked again while the same is under
    way, the request returns what is under way. Raises NothingToExplain.
    """
    subject = subject_of(plant, alarm_id)
    now = timezone.now()
    with transaction.atomic():
        Plant.objects.select_for_update().get(pk=plant.pk)
        under_way = Explanation.objects.filter(
            run_id=subject.run_id,
            step=subject.step,
            alarm=subject.alarm,
            trigger=Explanation.Trigger.REQUEST,
            status__in=[Explanation.Status.WAITING, Explanation.Status.RUNNING],
        )
        made = list(under_way.order_by("pk")) or _enter(
            subject,
            f"request:{uuid.uuid4()}",
            Explanation.Trigger.REQUEST,
            now=now,
            not_before=now,
            user=user,
        )
    display.push(plant.pk)
    return made


def _enter(
    subject: Subject,
    key: str,
    trigger: Explanation.Trigger,
    *,
    now: datetime,
    not_before: datetime,
    user: User | None = None,
    with_remote: bool = True,
) -> list[Explanation]:
    return [
        Explanation.objects.get_or_create(
            request_key=f"{key}:{config.name}",
            defaults={
                "run_id": subject.run_id,
                "alarm": subject.alarm,
                "step": subject.step,
                "provider": config.name,
                "provider_title": config.title,
                "model": config.model,
                "trigger": trigger,
                "requested_by_id": user.pk if user is not None else None,
                "created_at": now,
                "not_before": not_before,
            },
        )[0]
        for config in ProviderConfig.in_use()
        if with_remote or not config.is_remote
    ]


def subject_of(plant: Plant, alarm_id: int | None) -> Subject:
    """Return what is explained when somebody asks now. Raises NothingToExplain."""
    alarms = Alarm.objects.select_related("analysis", "run").filter(run__plant=plant)
    if alarm_id is not None:
        alarm = alarms.filter(pk=alarm_id).first()
        if alarm is None:
            raise NothingToExplain(
                f"{plant} has no alarm {alarm_id}.", "Choose one from its list of alarms."
            )
    elif plant.current_run is None:
        raise NothingToExplain(f"{plant} has never run.", "Start it first.")
    else:
        standing = alarms.filter(run=plant.current_run, cleared_step__isnull=True)
        alarm = standing.order_by("-raised_step").first()
    if alarm is not None and not alarm.is_standing:
        return Subject(alarm.run_id, alarm.analysis.step, alarm)
    run = alarm.run if alarm is not None else plant.run
    latest = Analysis.objects.filter(run=run).order_by("-step").first()
    if latest is None:
        raise NothingToExplain(
            f"Nothing of {plant} has been analysed yet.",
            "Start the plant and wait for its first scored point; see the stage Analyse.",
        )
    return Subject(latest.run_id, latest.step, alarm)
