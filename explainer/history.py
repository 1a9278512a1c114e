"""The explanations of all plants: searched, filtered, exported, and deleted when they are old."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.exports import plain, tame
from explainer.models import Assessment, Budget, Explanation, Question
from simulation.models import Plant
from simulation.tep.variables import IDV

#: Rows of one export, and of one transaction that deletes.
MOST_EXPORTED, DELETED_AT_ONCE = 5000, 200


class HistoryFilter(forms.Form):
    """Which explanations are wanted; an empty field does not narrow."""

    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    plant = forms.ModelChoiceField(Plant.objects.all(), required=False, empty_label="all")
    provider = forms.ChoiceField(required=False)
    cause = forms.ChoiceField(
        label=_("First cause"),
        required=False,
        choices=[
            ("", "all"),
            *((f"IDV({idv.number})", idv.label) for idv in IDV),
            ("unknown", "unknown"),
            ("no fault", "no fault"),
        ],
    )
    status = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", "all"), *Explanation.Status.choices]
    )
    verdict = forms.ChoiceField(
        required=False,
        choices=[("", "all"), *Assessment.Verdict.choices, ("none", "none yet")],
    )
    since = forms.DateField(
        label=_("From (UTC)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To (UTC)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Explanation.objects.order_by("provider").values_list("provider", flat=True)
        self.fields["provider"].choices = [  # type: ignore[attr-defined]
            ("", "all"),
            *((name, name) for name in names.distinct()),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("This day is before the first one."))
        return values

    def found(self) -> "QuerySet[Explanation]":
        """Return what fits, newest first; nothing while a field is not valid."""
        every = (
            Explanation.objects.select_related("run__plant", "alarm", "spending", "requested_by")
            .prefetch_related("assessments")
            .order_by("-created_at", "-pk")
        )
        if not self.is_valid():
            return every.none()
        return every.filter(_wanted(self.cleaned_data)).distinct()


def _wanted(values: dict[str, Any]) -> Q:
    wanted = Q()
    if words := values.get("q"):
        wanted &= (
            Q(text__icontains=words)
            | Q(error__icontains=words)
            | Q(assessments__note__icontains=words)
        )
    if values.get("plant"):
        wanted &= Q(run__plant=values["plant"])
    for name in ("provider", "status"):
        if values.get(name):
            wanted &= Q(**{name: values[name]})
    if values.get("cause"):
        wanted &= Q(answer__causes__0__cause=values["cause"])
    if values.get("verdict") == "none":
        wanted &= Q(assessments__isnull=True)
    elif values.get("verdict"):
        wanted &= Q(assessments__verdict=values["verdict"])
    if values.get("since"):
        wanted &= Q(created_at__date__gte=values["since"])
    if values.get("until"):
        wanted &= Q(created_at__date__lte=values["until"])
    return wanted


def assessments_of(one: Explanation) -> list[Assessment]:
    """Return the verdicts on an explanation, without a query where they were fetched with it."""
    related: Any = one
    return list(related.assessments.all())


def as_json(one: Explanation) -> dict[str, Any]:
    """Return everything that is known of an explanation, as plain values."""
    spending = one.spending
    return {
        "id": one.pk,
        "plant": one.run.plant.name,
        "run": one.run.number,
        "step": one.step,
        "alarm": one.alarm_id,
        "provider": one.provider,
        "model": one.model,
        "prompt": one.prompt_version,
        "trigger": one.trigger,
        "status": one.status,
        "created_at": one.created_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        "seconds": one.seconds,
        "tokens_in": one.tokens_in,
        "tokens_out": one.tokens_out,
        "cost_usd": float(spending.cost) if spending and spending.cost is not None else None,
        "answer": one.answer,
        "text": one.text,
        "citations": one.citations,
        "loose_numbers": one.numbers,
        "error": one.error,
        "assessments": [
            {"by": each.username, "verdict": each.verdict, "note": each.note,
             "at": each.changed_at.isoformat()}
            for each in assessments_of(one)
        ],
    }  # fmt: skip


def json_lines(found: "QuerySet[Explanation]") -> Iterator[str]:
    """Yield one line of JSON for each."""
    for one in found[:MOST_EXPORTED].iterator(chunk_size=200):
        yield json.dumps(as_json(one), ensure_ascii=False) + "\n"


def markdown(found: "QuerySet[Explanation]") -> Iterator[str]:
    """Yield one chapter of Markdown for each."""
    for one in found[:MOST_EXPORTED].iterator(chunk_size=200):
        alarm = f"alarm {one.alarm_id}" if one.alarm_id else "no alarm"
        yield (
            f"# Explanation {one.pk}: {plain(one.run.plant.name)}, run {one.run.number}, "
            f"step {one.step}\n"
            f"\n{alarm}, by {plain(one.provider_title)} ({plain(one.model) or 'no model'}), "
            f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC, {one.get_status_display()}\n\n"
            f"{tame(one.text) or plain(one.error)}\n\n"
        )
        for each in assessments_of(one):
            said = f"{plain(each.username)}: {each.get_verdict_display()}. {plain(each.note)}"
            yield f"> {said}\n\n"


def delete_old(now: datetime | None = None) -> int:
    """Delete what is older than the retention allows; returns how many explanations went.

    Those that somebody has assessed stay: they are work.
    """
    days = Budget.of_installation().keep_days
    if days is None:
        return 0
    before = (now or timezone.now()) - timedelta(days=days)
    old = Explanation.objects.filter(created_at__lt=before, assessments__isnull=True).exclude(
        status__in=[Explanation.Status.WAITING, Explanation.Status.RUNNING]
    )
    Question.objects.filter(created_at__lt=before).exclude(
        status__in=[Question.Status.WAITING, Question.Status.RUNNING]
    ).delete()
    deleted = 0
    while pks := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        Explanation.objects.filter(pk__in=pks).delete()
        deleted += len(pks)
    return deleted
