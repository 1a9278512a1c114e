"""A plant with everything that an address can name, so that no row passes by a 404."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, AuditEntry, SessionRecord
from explainer import explaining
from explainer.asking import explain_alarm
from explainer.models import Assessment, Explanation, Question
from monitoring.alarms import shelf
from monitoring.analysing import analyse_plant
from monitoring.models import (
    Alarm,
    AlarmDefinition,
    AlarmOccurrence,
    EventFrame,
    LogEntry,
    PublicLink,
    SavedTrend,
    Shelving,
)
from monitoring.shift_log import entries
from simulation import branching, by_hand, tep
from simulation.models import Plant, PlantEvent, Reading
from simulation.models.reading import hours_at
from teplive.models import DemoTour
from tests.monitoring.alarms.standing import raise_alarms

SEED, ONSET_HOURS, HOURS = 4651207995, 3.0, 5.0


@cache
def rows() -> np.ndarray:
    """Readings of a run in which IDV(4) is switched on."""
    return tep.simulate_rows(SEED, HOURS, {4: ONSET_HOURS})[0]


@dataclass
class World:
    """What there is, by the names that `addresses.KEYS` uses."""

    plant: Plant
    twin: Plant
    link: PublicLink
    token: str
    alarm: Alarm
    occurrence: AlarmOccurrence
    definition: AlarmDefinition
    shelving: Shelving
    event: EventFrame
    explanation: Explanation
    entry: LogEntry
    act: AuditEntry
    tour: DemoTour
    planned: Any
    #: What is each user's own, by the user's name: a session, a token, a saved view.
    own: dict[str, dict[str, int]] = field(default_factory=dict)

    def add_own(self, user: User) -> None:
        """Give a user what only they may touch; their browser is logged in."""
        view = SavedTrend.objects.create(owner=user, name="Mine", query=f"plant={self.plant.pk}")
        self.own[user.username.removeprefix("some-")] = {
            "session": SessionRecord.objects.filter(user=user).latest("pk").pk,
            "token": ApiToken.issue(user, "historian")[0].pk,
            "view": view.pk,
        }

    def key(self, thing: str, who: str) -> int:
        """The number of a thing; of what everybody has one of, the asker's (else the admin's)."""
        if thing in self.own["admin"]:
            return self.own.get(who, self.own["admin"])[thing]
        return getattr(self, thing).pk


def make_world(by: User) -> World:
    """Let a plant run into a fault that is detected, explained, noted and shown."""
    plant = Plant.objects.create(name="TEP 1", interval_seconds=1.0)
    plant.reset(SEED)
    plant.start(by=by)
    plant.refresh_from_db()
    plant.inject([4], by=by, start_after_hours=ONSET_HOURS)
    now = timezone.now()
    Reading.objects.bulk_create(
        Reading(run=plant.run, step=i, sim_hours=hours_at(i), sampled_at=now, values=row)
        for i, row in enumerate(rows(), start=1)
    )
    Plant.objects.filter(pk=plant.pk).update(step=len(rows()), sampled_at=now)
    plant.refresh_from_db()
    analyse_plant(plant.pk)
    alarm = Alarm.objects.filter(run=plant.run).latest("pk")
    occurrence, put_away = raise_alarms(plant, "plant-failed", "plant-tripped")
    planned = plant.inject([1], by=by, start_after_hours=1.0)[0]
    by_hand.take(plant, by_hand.VALVE, 3, 50.0, by=by)
    by_hand.take(plant, by_hand.SETPOINT, 3, None, by=by)
    plant.refresh_from_db()
    PlantEvent.note(plant, PlantEvent.Kind.GAP, "A sample is missing.")
    event = EventFrame.objects.filter(plant=plant).latest("pk")
    explanation = explain_alarm(alarm.pk)[0]
    explaining.run(explanation.pk)
    explanation.refresh_from_db()
    Assessment.objects.create(
        explanation=explanation, user=by, username=by.username, verdict=Assessment.Verdict.values[0]
    )
    Question.objects.create(
        alarm=alarm, user=by, username=by.username, provider="embedded",
        provider_title="Embedded", text="Why?", status=Question.Status.values[-1],
    )  # fmt: skip
    twin = branching.branch(plant, hours=1.0, by=by)
    Plant.objects.filter(pk=twin.pk).update(run_until_step=None)
    link, token = PublicLink.issue(plant, timedelta(hours=1), name="hall")
    shelving = shelf.shelve(
        plant, put_away.definition, until=now + timedelta(hours=1), reason="Known.", by=by
    )
    tour = DemoTour.objects.create(plant=plant, run=plant.run, alarm=alarm, started_by=by)
    return World(
        plant=plant,
        twin=twin,
        link=link,
        token=token,
        alarm=alarm,
        occurrence=occurrence,
        definition=put_away.definition,
        shelving=shelving,
        event=event,
        explanation=explanation,
        entry=entries.write("Checked the valve.", by=by, plant=plant, event=event, kind="handover"),
        act=audit.trail_of(plant).latest("pk"),
        tour=tour,
        planned=planned,
    )
