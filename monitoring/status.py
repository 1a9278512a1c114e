"""How the plants are, judged once: for the stage strip, the API and /healthz alike."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, cast

from django.conf import settings as django_settings
from django.utils import timezone
from redis.exceptions import RedisError

from monitoring.detectors import Limits
from monitoring.models import Alarm, AnalysisCursor, DetectorModel, DetectorSettings
from monitoring.signals import status_requested
from simulation.broker import ping
from simulation.models import Plant, Pulse, Reading

StageName = Literal["clock", "simulate", "analyse", "explain"]
State = Literal["ok", "late", "stalled", "idle", "waiting"]

#: A stage is late after this many intervals (and seconds), stalled after the second pair. At an
#: interval of 1 s a stall is said 2.5 s after the last sample.
LATE = (0.5, 0.5)
STALLED = (1.5, 1.0)
#: Beat shows its pulse once a second, the sweeps of the workers once in 5 s.
CLOCK_SILENCE_SECONDS = 3.0
WORKER_SILENCE_SECONDS = 12.0

RESTARTS = "With make run a process that died or hangs is restarted by itself; else start one: "
START_PLANT_WORKER = f"{RESTARTS}celery -A teplive worker -Q simulate,analyse"
START_EXPLAIN_WORKER = f"{RESTARTS}celery -A teplive worker -Q explain"


@dataclass(frozen=True)
class Stage:
    """One stage of a plant's stream, and why it is in its state."""

    name: StageName
    title: str
    state: State
    reason: str
    count: int | None
    unit: str
    last_at: datetime | None
    age_seconds: float | None
    remedy: str = ""
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the stage as the API gives it."""
        fields = asdict(self)
        fields["last_at"] = self.last_at.isoformat() if self.last_at else None
        return fields


@dataclass(frozen=True)
class PlantStatus:
    """All that is known of a plant's stream at one moment."""

    plant: Plant
    settings: DetectorSettings
    cursor: AnalysisCursor | None
    standing_alarm: Alarm | None
    contributed: dict[str, Any]
    pulses: dict[str, Pulse]
    broker_error: str
    now: datetime

    @property
    def analysed_step(self) -> int:
        """Last analysed step of the present run."""
        cursor = self.cursor
        return cursor.step if cursor and cursor.run_id == self.plant.current_run_id else 0

    @property
    def analyses(self) -> int:
        """Scored points of the present run."""
        cursor = self.cursor
        return cursor.analyses if cursor and cursor.run_id == self.plant.current_run_id else 0

    @property
    def unread(self) -> int:
        """Readings that the detector has not consumed."""
        return self.plant.step - self.analysed_step

    @property
    def stages(self) -> list[Stage]:
        """The stages from left to right."""
        return [self._clock(), self._simulate(), self._analyse(), self._explain()]

    @property
    def stall(self) -> str | None:
        """One sentence on the first stage that stalls: where, since when, why, what to do."""
        if self.broker_error and self.plant.state == Plant.State.RUNNING:
            return f"Stalled at the broker, which carries all ticks: {self.broker_error}"
        for stage in self.stages:
            if stage.state == "stalled":
                since = "" if stage.age_seconds is None else f" for {stage.age_seconds:.0f} s"
                return f"Stalled{since} at {stage.name}: {stage.reason} {stage.remedy}".strip()
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the status as the API gives it."""
        model = self.settings.detector_in_use()
        limits = self._limits(model)
        stages = self.stages
        return {
            **self.plant.as_json(),
            "readings": self.plant.step,
            "analyses": self.analyses,
            "explanations": 0,
            "aggregated_count": self.unread if self.unread < self.settings.decimation else 0,
            "analysed_step": self.analysed_step,
            "t2_threshold": limits.t2_limit if limits else None,
            "spe_threshold": limits.spe_limit if limits else None,
            "detector": str(model) if model else None,
            **self.settings.as_json(),
            "alarm": self.standing_alarm.as_json() if self.standing_alarm else None,
            **self.contributed,
            "stall": self.stall,
            "stages": {stage.name: stage.as_json() for stage in stages},
        }

    def _limits(self, model: DetectorModel | None) -> Limits | None:
        """Return the limits in force; None without a detector, or with an unreadable one."""
        if model is None:
            return None
        try:
            return model.detector.limits(self.settings.alpha, self.settings.decimation)
        except ValueError:
            return None  # the analyse stage names it

    # -- the stages ---------------------------------------------------------------------------

    def _seconds_since(self, moment: datetime | None) -> float | None:
        return None if moment is None else (self.now - moment).total_seconds()

    def _judge(self, overdue_seconds: float) -> State:
        interval = self.plant.interval_seconds
        if overdue_seconds > max(STALLED[0] * interval, STALLED[1]):
            return "stalled"
        return "late" if overdue_seconds > max(LATE[0] * interval, LATE[1]) else "ok"

    def _at_rest(self) -> str:
        """Say why a plant that is not running stands."""
        plant = self.plant
        if plant.current_run_id is None:
            return "never started"
        return f"{plant.state}: {plant.state_reason}" if plant.state_reason else plant.state

    def _pulse(self, stage: str) -> tuple[datetime | None, float | None, str]:
        pulse = self.pulses.get(stage)
        if pulse is None:
            return None, None, ""
        recent = pulse.failed_at and (not pulse.beaten_at or pulse.failed_at > pulse.beaten_at)
        return pulse.beaten_at, self._seconds_since(pulse.beaten_at), pulse.error if recent else ""

    @property
    def _is_live(self) -> bool:
        """Whether the clock drives the plant."""
        return self.plant.state == Plant.State.RUNNING and self.plant.next_due is not None

    def _worker_is_silent(self, stage: str) -> bool:
        """Tell whether the worker that sweeps for the stage has missed more than two sweeps."""
        _, silence, _ = self._pulse(stage)
        return silence is None or silence > WORKER_SILENCE_SECONDS

    def _clock(self) -> Stage:
        last_at, age, error = self._pulse("clock")
        state: State = "ok"
        reason, remedy = f"a sample every {self.plant.interval_seconds:g} s", ""
        if self.plant.state != Plant.State.RUNNING:
            state, reason = "idle", self._at_rest()
        elif self.plant.next_due is None:
            state, reason = "idle", "the plant is driven in the foreground"
        elif age is None or age > CLOCK_SILENCE_SECONDS:
            state = "stalled"
            reason = "beat, the plants' clock, gives no sign of life."
            remedy = (
                "With make run it is restarted by itself; else start it: celery -A teplive beat"
            )
        return Stage("clock", "Clock", state, reason, None, "", last_at, age, remedy, error)

    def _simulate(self) -> Stage:
        plant = self.plant
        last_at = plant.sampled_at
        age = self._seconds_since(last_at)
        _, _, error = self._pulse("simulate")
        state: State = "ok"
        reason, remedy = f"at {plant.sim_hours:.2f} h of process time", ""
        if plant.state == Plant.State.FAILED:
            state, reason = "stalled", f"{plant.state_reason}."
            remedy = "Reset the plant."
        elif plant.state != Plant.State.RUNNING:
            state, reason = "idle", self._at_rest()
        elif plant.next_due is None:
            since = self._seconds_since(last_at or plant.run.started_at) or 0.0
            state = self._judge(since - plant.interval_seconds)
            reason = "driven by manage.py runsimulation in the foreground"
            if state != "ok":
                reason += f", which took step {plant.step} last."
                remedy = "Pause and resume the plant to hand it over to the clock."
        elif plant.catching_up_from is not None and self._judge(age or 0.0) == "ok":
            state = "late"
            reason = (
                f"catching up after an outage: step {plant.step} is taken, "
                f"{plant.samples_owed(self.now)} more are owed"
            )
        else:
            state = self._judge((self.now - plant.next_due).total_seconds())
            if state != "ok":
                reason = (
                    f"step {plant.step + 1} was due at {plant.next_due:%H:%M:%S} UTC and no worker "
                    "has taken it."
                )
                remedy = START_PLANT_WORKER
            elif self._worker_is_silent("analyse"):
                age = self._pulse("analyse")[1]
                state, reason = "stalled", "no plant worker gives a sign of life."
                remedy = START_PLANT_WORKER
        return Stage(
            "simulate", "Simulate", state, reason, plant.step, "readings", last_at, age, remedy,
            plant.last_error or error,
        )  # fmt: skip

    def _analyse(self) -> Stage:
        cursor = self.cursor
        last_at = cursor.analysed_at if cursor else None
        age = self._seconds_since(last_at)
        _, _, pulse_error = self._pulse("analyse")
        error = (cursor.last_error if cursor else "") or pulse_error
        state, reason, remedy = self._judge_analyse(error)
        return Stage(
            "analyse", "Analyse", state, reason, self.analyses, "scored points", last_at, age,
            remedy, error,
        )  # fmt: skip

    def _judge_analyse(self, error: str) -> tuple[State, str, str]:
        settings, plant, unread = self.settings, self.plant, self.unread
        if plant.step == 0:
            return "idle", "no reading yet", ""
        if unread and settings.detector_in_use() is None:
            return "stalled", "no detector has been fitted.", "Run: manage.py fitdetector"
        if unread >= settings.decimation:
            # How long the first complete block has been waiting.
            last = Reading.objects.filter(
                run=plant.run, step=self.analysed_step + settings.decimation
            )
            complete_at = last.values_list("sampled_at", flat=True).first()
            state = self._judge(self._seconds_since(complete_at) or 0.0)
            if state != "ok":
                reason = (
                    f"simulate is at step {plant.step}, analyse at {self.analysed_step}"
                    f"{f' ({error})' if error else ''}."
                )
                return state, reason, START_PLANT_WORKER
        if self.standing_alarm is not None:
            at_rest = plant.state != Plant.State.RUNNING
            return "idle" if at_rest else "ok", "an alarm stands", ""
        streak = self.cursor.streak if self.cursor else 0
        if 0 < streak < settings.consecutive:
            return "waiting", f"{streak} of {settings.consecutive} consecutive exceedances", ""
        if 0 < unread < settings.decimation:
            return "waiting", f"aggregating {unread} of {settings.decimation} readings", ""
        if self.plant.state != Plant.State.RUNNING:
            return "idle", "all readings are scored", ""
        return "ok", "no alarm", ""

    def _explain(self) -> Stage:
        facts = self.contributed
        beaten_at, silence, pulse_error = self._pulse("explain")
        count = int(facts.get("explanations", 0))
        waiting = int(facts.get("explanations_waiting", 0))
        error = str(facts.get("explanation_error") or pulse_error)
        state: State = "idle"
        reason, remedy = "nothing to explain", ""
        if waiting:
            state = "waiting"
            reason = str(facts.get("explanation_reason") or f"{waiting} under way or waiting")
            if silence is None or silence > WORKER_SILENCE_SECONDS:
                state, reason = "stalled", "no worker takes explanations."
                remedy = START_EXPLAIN_WORKER
        elif self._is_live and self._worker_is_silent("explain"):
            state, reason = "stalled", "no worker for explanations gives a sign of life."
            remedy = START_EXPLAIN_WORKER
        elif facts.get("explanation_error"):
            state, reason = "late", f"the newest explanation failed: {error}"
        elif count:
            state, reason = "ok", "all alarms are explained"
        if state == "stalled":
            return Stage(
                "explain", "Explain", state, reason, count, "explanations", beaten_at, silence,
                remedy, error,
            )  # fmt: skip
        last_at = facts.get("last_explanation_at")
        moment = datetime.fromisoformat(last_at) if isinstance(last_at, str) else last_at
        return Stage(
            "explain", "Explain", state, reason, count, "explanations", moment or beaten_at,
            self._seconds_since(moment), remedy, error,
        )  # fmt: skip


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
    pulses = Pulse.objects.in_bulk()
    broker_error = find_broker_error()
    now = timezone.now()
    return [
        PlantStatus(
            plant=plant,
            settings=DetectorSettings.of(plant),
            cursor=cursors.get(plant.pk),
            standing_alarm=alarms.get(plant.current_run_id or 0),
            contributed=contributed[plant.pk],
            pulses=pulses,
            broker_error=broker_error,
            now=now,
        )
        for plant in plants
    ]


def plant_statuses(plants: list[Plant]) -> list[dict[str, Any]]:
    """Return the status of each plant as the API gives it."""
    return [status.as_json() for status in statuses(plants)]


def status_of(plant: Plant) -> PlantStatus:
    """Return the status of one plant."""
    return statuses([plant])[0]


def find_broker_error() -> str:
    """Return what is wrong with the broker in words, empty if it answers."""
    try:
        ping()
    except RedisError as error:
        hint = (
            "make run starts it again by itself."
            if django_settings.BROKER_IS_EMBEDDED
            else "See the setting REDIS_URL."
        )
        return f"it does not answer ({type(error).__name__}). {hint}"
    return ""


def health() -> tuple[bool, dict[str, Any]]:
    """Tell whether everything that should move moves; else name the culprit."""
    if error := find_broker_error():
        return False, {"status": "down", "culprit": "broker", "error": error}
    stalls = [
        {"plant": s.plant.pk, "name": s.plant.name, "stall": s.stall}
        for s in statuses(list(Plant.objects.all()))
        if s.stall
    ]
    if stalls:
        return False, {"status": "stalled", "culprit": stalls[0]["stall"], "plants": stalls}
    return True, {"status": "ok", "plants": Plant.objects.count()}
