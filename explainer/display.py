"""What a page shows of explanations: one partial for first paint, refresh and push alike."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.template.loader import render_to_string

from explainer.models import Explanation
from explainer.providers import missing_providers
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
    return {
        "plant": plant,
        "explanations": list(found[:SHOWN]),
        "alarm_id": alarm_id,
        "missing": missing_providers(),
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
            "explanation_error": None,
        }
        for plant_id in by_run.values()
    }
    status = Explanation.Status
    counted = (
        Explanation.objects.filter(run__in=by_run)
        .values("run")
        .annotate(
            done=Count("pk", filter=Q(status=status.DONE)),
            open=Count("pk", filter=Q(status__in=[status.WAITING, status.RUNNING])),
            last=Max("finished_at", filter=Q(status=status.DONE)),
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
        }
    for found in Explanation.objects.filter(pk__in=newest).exclude(error="").only("error"):
        facts[newest[found.pk]]["explanation_error"] = found.error
    waiting = Explanation.objects.filter(run__in=by_run, status=status.WAITING)
    for found in waiting.order_by("-not_before").only("run", "status", "not_before"):
        reason = f"next explanation {found.state_words}" if found.seconds_to_start >= 1 else ""
        if reason:
            facts[by_run[found.run_id]]["explanation_reason"] = reason
    return facts
