"""Collects what the stages are judged by, for several plants with few queries."""

from collections import defaultdict
from typing import Any, cast

from django.utils import timezone

from monitoring import delivery
from monitoring.models import Alarm, AnalysisCursor, DetectorSettings
from monitoring.signals import status_requested
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.plant_status import PlantStatus
from monitoring.status.surroundings import Surroundings
from simulation.models import IngestCount, Plant, Pulse


def surroundings(plants: list[Plant]) -> Surroundings:
    """Return what all plants share, as it is now."""
    survey = delivery.survey(plant.pk for plant in plants)
    return Surroundings(survey=survey, pulses=Pulse.objects.in_bulk(), now=timezone.now())


def statuses(plants: list[Plant]) -> list[PlantStatus]:
    """Return the status of each plant, in the order given."""
    contributed: dict[int, dict[str, Any]] = {plant.pk: {} for plant in plants}
    for _, facts in status_requested.send(sender=Plant, plants=plants):
        told: dict[int, dict[str, Any]] = cast("dict[int, dict[str, Any]]", facts)
        for plant_id, fields in told.items():
            contributed[plant_id].update(fields)
    cursors = {c.plant_id: c for c in AnalysisCursor.objects.filter(plant__in=plants)}
    alarms = {
        alarm.run_id: alarm
        for alarm in Alarm.objects.filter(
            run__in=[plant.current_run_id for plant in plants], cleared_step__isnull=True
        )
    }
    counts: dict[int, list[IngestCount]] = defaultdict(list)
    fed = [plant for plant in plants if not plant.is_simulated]
    if fed:
        for count in IngestCount.objects.filter(plant__in=fed):
            counts[count.plant_id].append(count)
    around = surroundings(plants)
    return [
        PlantStatus(
            PlantFacts(
                plant=plant,
                settings=DetectorSettings.of(plant),
                cursor=cursors.get(plant.pk),
                standing_alarm=alarms.get(plant.current_run_id or 0),
                contributed=contributed[plant.pk],
                ingest_counts=tuple(counts[plant.pk]),
                around=around,
            )
        )
        for plant in plants
    ]


def plants_with_status() -> list[PlantStatus]:
    """Return the status of every plant."""
    return statuses(list(Plant.objects.select_related("current_run", "speed_preset")))


def plant_statuses(plants: list[Plant]) -> list[dict[str, Any]]:
    """Return the status of each plant as the API gives it."""
    return [status.as_json() for status in statuses(plants)]


def status_of(plant: Plant) -> PlantStatus:
    """Return the status of one plant."""
    return statuses([plant])[0]
