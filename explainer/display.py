"""What a page shows of explanations: one partial for first paint, refresh and push alike."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from explainer import budget
from explainer.models import Explanation, ProviderConfig
from monitoring import live
from simulation.models import Plant

SHOWN = 20
PARTIAL = "explainer/_explanations.html"


def explanations_of(plant: Plant) -> "QuerySet[Explanation]":
    """Return the plant's explanations of all runs, newest first."""
    return (
        Explanation.objects.filter(run__plant=plant)
        .select_related("run", "alarm", "requested_by")
        .defer("evidence", "prompt")
    )


def partial_context(plant: Plant, alarm_id: int | None = None, notice: str = "") -> dict[str, Any]:
    """Return the context of the partial; nothing in it depends on who looks."""
    found = explanations_of(plant)
    if alarm_id is not None:
        found = found.filter(alarm_id=alarm_id)
    configs = [one for one in ProviderConfig.objects.all() if one.enabled]
    return {
        "plant": plant,
        "explanations": list(found[:SHOWN]),
        "alarm_id": alarm_id,
        "missing": [one for one in configs if one.missing],
        "used_up": budget.used_up(one for one in configs if one.is_remote),
        "notice": notice,
    }


def push(plant_id: int) -> None:
    """Show the plant's explanations on its open pages."""
    plant = Plant.objects.filter(pk=plant_id).first()
    if plant is not None:
        html = render_to_string(PARTIAL, partial_context(plant))
        live.push_partials(plant_id, {"explanations": html})


def facts_of(plants: Iterable[Plant]) -> dict[int, dict[str, Any]]:
    """Return for each plant what its status tells of the explanations of its present run."""
    by_run = {plant.current_run_id: plant.pk for plant in plants if plant.current_run_id}
    facts: dict[int, dict[str, Any]] = {
        plant_id: {
            "explanations": 0,
            "explanations_waiting": 0,
            "last_explanation_at": None,
            "explanations_in_an_hour": 0,
            "last_explanation_step": None,
            "explanation_error": None,
            "explanation_error_at": None,
            "explanation_lag_seconds": 0.0,
        }
        for plant_id in by_run.values()
    }
    status = Explanation.Status
    now = timezone.now()
    counted = (
        Explanation.objects.filter(run__in=by_run)
        .values("run")
        .annotate(
            done=Count("pk", filter=Q(status=status.DONE)),
            open=Count("pk", filter=Q(status__in=[status.WAITING, status.RUNNING])),
            last=Max("finished_at", filter=Q(status=status.DONE)),
            recent=Count(
                "pk", filter=Q(status=status.DONE, finished_at__gt=now - timedelta(hours=1))
            ),
            step=Max("step", filter=Q(status=status.DONE)),
            due=Min("not_before", filter=Q(status=status.WAITING)),
            newest=Max("pk"),
        )
        .order_by()
    )
    newest = {row["newest"]: by_run[row["run"]] for row in counted}
    for row in counted:
        facts[by_run[row["run"]]] |= {
            "explanations": row["done"],
            "explanations_waiting": row["open"],
            "last_explanation_at": row["last"].isoformat() if row["last"] else None,
            "explanations_in_an_hour": row["recent"],
            "last_explanation_step": row["step"],
            "explanation_lag_seconds": (
                max(0.0, (now - row["due"]).total_seconds()) if row["due"] else 0.0
            ),
        }
    failed = Explanation.objects.filter(pk__in=newest).exclude(error="")
    for found in failed.only("error", "finished_at", "started_at"):
        at = found.finished_at or found.started_at
        facts[newest[found.pk]] |= {
            "explanation_error": found.error,
            "explanation_error_at": at.isoformat() if at else None,
        }
    unfinished = Explanation.objects.filter(
        run__in=by_run, status__in=[status.WAITING, status.RUNNING]
    )
    # The last one to be looked at has the word: what is written now, else what comes first.
    for found in unfinished.order_by("-status", "-not_before").only(
        "run", "status", "not_before", "started_at", "attempts"
    ):
        facts[by_run[found.run_id]]["explanation_reason"] = _waiting_words(found)
    return facts


def _waiting_words(found: Explanation) -> str:
    if found.status == Explanation.Status.WAITING and found.seconds_to_start >= 1:
        again = f" (attempt {found.attempts + 1})" if found.attempts else ""
        return f"next explanation in {found.seconds_to_start:.0f} s{again}"
    return f"an explanation is {found.state_words}"
