"""The judgement on one plant's stream: its stages, and the stall if there is one."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from monitoring.models import Alarm, AnalysisCursor, DetectorModel, DetectorSettings
from monitoring.status.analyse import analyse
from monitoring.status.clock import clock
from monitoring.status.explain import explain
from monitoring.status.ingest import ingest
from monitoring.status.plant_facts import PlantFacts
from monitoring.status.push import push
from monitoring.status.simulate import simulate
from monitoring.status.stage import Stage
from monitoring.status.starting import is_starting, marked
from simulation.fields import Vector
from simulation.models import Plant


@dataclass(frozen=True)
class PlantStatus:
    """All that is known of a plant's stream at one moment, judged."""

    facts: PlantFacts

    @property
    def plant(self) -> Plant:
        """The plant."""
        return self.facts.plant

    @property
    def settings(self) -> DetectorSettings:
        """Its detector's settings."""
        return self.facts.settings

    @property
    def cursor(self) -> AnalysisCursor | None:
        """How far its detector has read."""
        return self.facts.cursor

    @property
    def standing_alarm(self) -> Alarm | None:
        """The alarm that stands in the present run."""
        return self.facts.standing_alarm

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages from left to right."""
        facts = self.facts
        begin = [clock(facts), simulate(facts)] if self.plant.is_simulated else [ingest(facts)]
        analysed = analyse(facts)
        judged = [*begin, analysed, push(facts, analysed), explain(facts)]
        return [marked(facts, stage) for stage in judged]

    @property
    def stalled_stage(self) -> str | None:
        """The first stage that stalls; `broker` or `database` where that is the cause."""
        if self.facts.around.broker_error and self.facts.is_live:
            return "broker"
        if self.facts.is_live and self.facts.around.database_error:
            return "database"
        return next((stage.name for stage in self.stages if stage.state == "stalled"), None)

    @property
    def stall(self) -> str | None:
        """One sentence on the first stage that stalls: where, since when, why, what to do."""
        around, name = self.facts.around, self.stalled_stage
        if name is None:
            return None
        if name == "broker":
            return f"Stalled at the broker, which carries all ticks: {around.broker_error}"
        if name == "database":
            return f"Stalled at the database: {around.database_error}"
        return _sentence(next(stage for stage in self.stages if stage.name == name))

    @property
    def shown_stall(self) -> str | None:
        """The sentence on a stall as pages show it: of what starts there is none yet."""
        if self.stalled_stage in {"broker", "database"}:
            return self.stall
        stalled = [stage for stage in self.stages if stage.shown_state == "stalled"]
        return _sentence(stalled[0]) if stalled else None

    @property
    def starting(self) -> Stage | None:
        """The first stage that has not come to life yet, where nothing stalls beside it."""
        if self.shown_stall is not None:
            return None
        return next((stage for stage in self.stages if stage.is_starting), None)

    @cached_property
    def is_starting(self) -> bool:
        """Whether all that stalls has not come to life yet since a start that may still last.

        What waits is the alarm, which people have to acknowledge. A page calls a stage that was
        alive once since the start stalled all the same.
        """
        if self.stalled_stage in {None, "broker", "database"}:
            return False
        stalled = [stage for stage in self.stages if stage.state == "stalled"]
        return all(is_starting(self.facts, stage) for stage in stalled)

    def as_json(self) -> dict[str, Any]:
        """Return the status as the API gives it."""
        facts, settings = self.facts, self.settings
        model = settings.detector_in_use()
        limits = self._limits(model)
        t2_limit, spe_limit = (None, None) if limits is None else map(float, limits[:2])
        alarm = facts.standing_alarm
        return {
            **self.plant.as_json(),
            "readings": self.plant.reading_count,
            "analyses": facts.analyses,
            "explanations": 0,
            "aggregated_count": facts.unread if facts.unread < settings.decimation else 0,
            "analysed_step": facts.analysed_step,
            "t2_threshold": t2_limit,
            "spe_threshold": spe_limit,
            "detector": str(model) if model else None,
            **settings.as_json(),
            "alarm": alarm.as_json() if alarm else None,
            **facts.contributed,
            "ingest": {count.outcome: count.count for count in facts.ingest_counts},
            "stall": self.stall,
            "stalled_stage": self.stalled_stage,
            "stages": {stage.name: stage.as_json() for stage in self.stages},
        }

    def _limits(self, model: DetectorModel | None) -> Vector | None:
        """Return the limits of T² and SPE in force; None without a model, or an unreadable one."""
        if model is not None and model.kind != "pca":
            model = DetectorModel.companion(model.variables)
        if model is None:
            return None
        try:
            return model.detector.limits(self.settings.alpha, self.settings.decimation)
        except ValueError:
            return None  # the analyse stage names it


def _sentence(stage: Stage) -> str:
    since = "" if stage.age_seconds is None else f" for {stage.age_seconds:.0f} s"
    return f"Stalled{since} at {stage.name}: {stage.reason} {stage.remedy}".strip()
