"""Reads the plants' status at the moment of a scrape and gives it as metrics.

Pulled, not counted along the way: every process of ours would have to share counters, and the
database already has the truth.
"""

import logging
import platform
from collections.abc import Iterator

import django
from django.db import DatabaseError
from django.db.models import Count
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from explainer.models import Explanation
from monitoring.alarms import stalls
from monitoring.status import STATES, PlantStatus, plants_with_status
from teplive import __version__

logger = logging.getLogger(__name__)

PLANT = ["plant", "name"]


class TepliveCollector(Collector):
    """The metrics of all plants; `teplive_up` is 0, and the rest absent, where they cannot be read.

    `outage` names what is known to be out of reach already, so that it is not tried.
    """

    def __init__(self, outage: str = "") -> None:
        self.outage = outage

    def collect(self) -> Iterator[Metric]:
        """Yield all metric families."""
        yield InfoMetricFamily(
            "teplive_build",
            "Version of TEP Live and of what it runs on.",
            value={
                "version": __version__,
                "python": platform.python_version(),
                "django": django.get_version(),
            },
        )
        outage, families = self.outage, list[Metric]()
        if not outage:
            try:
                found = plants_with_status()
                stalls.note(found)
                families = [*_plants(found), *_stages(found), *_explanations()]
                outage = "broker" if found and found[0].facts.around.survey.error else ""
                families += _broker(found)
            except DatabaseError as error:
                logger.warning("no metrics: the database is out of reach (%s)", error)
                outage, families = "database", []
        up = GaugeMetricFamily("teplive_up", "1 if database and broker answer the scrape, else 0.")
        up.add_metric([], 0.0 if outage else 1.0)
        yield up
        errors = GaugeMetricFamily(
            "teplive_scrape_error",
            "1 for the part that did not answer the scrape.",
            labels=["part"],
        )
        for part in ("database", "broker"):
            errors.add_metric([part], float(part == outage))
        yield errors
        yield from families


def _plants(found: list[PlantStatus]) -> list[Metric]:
    def gauge(name: str, words: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"teplive_{name}", words, labels=PLANT)

    running = gauge("plant_running", "1 while the plant runs.")
    step = gauge("plant_step", "Last step of the present run.")
    readings = gauge("readings", "Readings of the present run.")
    analyses = gauge("analyses", "Scored points of the present run.")
    interval = gauge("interval_seconds", "Wall seconds between samples, as set.")
    age = gauge("last_sample_age_seconds", "Seconds since the newest sample was stored.")
    alarms = gauge("alarms_standing", "1 while an alarm stands.")
    stalled = gauge("stalled", "1 while the plant's stream stalls.")
    rows = CounterMetricFamily(
        "teplive_ingest_rows",
        "Rows that were sent to the plant, by what became of them.",
        labels=[*PLANT, "outcome"],
    )
    for status in found:
        plant, label = status.plant, _label(status)
        running.add_metric(label, float(plant.state == plant.State.RUNNING))
        step.add_metric(label, plant.step)
        readings.add_metric(label, plant.reading_count)
        analyses.add_metric(label, status.facts.analyses)
        interval.add_metric(label, plant.interval_seconds)
        seconds = status.facts.around.seconds_since(plant.sampled_at)
        if seconds is not None:
            age.add_metric(label, seconds)
        alarms.add_metric(label, float(status.standing_alarm is not None))
        stalled.add_metric(label, float(status.stall is not None))
        for count in status.facts.ingest_counts:
            rows.add_metric([*label, count.outcome], count.count)
    return [running, step, readings, analyses, interval, age, alarms, stalled, rows]


def _stages(found: list[PlantStatus]) -> list[Metric]:
    labels = [*PLANT, "stage"]
    state = GaugeMetricFamily(
        "teplive_stage_state", "1 for the state that the stage is in.", labels=[*labels, "state"]
    )
    steps = GaugeMetricFamily(
        "teplive_stage_lag_steps", "Pieces of work that wait for the stage.", labels=labels
    )
    seconds = GaugeMetricFamily(
        "teplive_stage_lag_seconds", "How long the oldest of them waits.", labels=labels
    )
    rate = GaugeMetricFamily(
        "teplive_stage_rate_per_second", "Pieces of work a second of late.", labels=labels
    )
    for status in found:
        for stage in status.stages:
            label = [*_label(status), stage.name]
            for name in STATES:
                state.add_metric([*label, name], float(name == stage.state))
            for family, value in (
                (steps, stage.lag_steps),
                (seconds, stage.lag_seconds),
                (rate, stage.rate),
            ):
                if value is not None:
                    family.add_metric(label, value)
    return [state, steps, seconds, rate]


def _explanations() -> list[Metric]:
    family = GaugeMetricFamily(
        "teplive_explanations", "Stored explanations by where they stand.", labels=["status"]
    )
    counted = dict(Explanation.objects.order_by().values_list("status").annotate(count=Count("pk")))
    for status in Explanation.Status:
        family.add_metric([status.value], counted.get(status.value, 0))
    return [family]


def _broker(found: list[PlantStatus]) -> list[Metric]:
    queues = GaugeMetricFamily(
        "teplive_queue_length", "Messages that no worker has taken.", labels=["queue"]
    )
    pages = GaugeMetricFamily("teplive_pages_open", "Pages that show the plant live.", labels=PLANT)
    for status in found:
        survey = status.facts.around.survey
        if not survey.error:
            pages.add_metric(_label(status), survey.of(status.plant.pk).pages)
    if found:
        for queue, length in found[0].facts.around.survey.queues.items():
            queues.add_metric([queue], length)
    return [queues, pages]


def _label(status: PlantStatus) -> list[str]:
    return [str(status.plant.pk), status.plant.name]
