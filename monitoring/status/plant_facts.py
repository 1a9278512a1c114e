"""What is known of one plant's stream at one moment, before it is judged."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from monitoring.models import Alarm, AnalysisCursor, DetectorSettings
from monitoring.status.backlog import Backlog, backlog_of
from monitoring.status.surroundings import Surroundings
from simulation.ingest.counting import Outcome
from simulation.models import IngestCount, Plant


@dataclass(frozen=True)
class PlantFacts:
    """A plant with what the stages are judged by."""

    plant: Plant
    settings: DetectorSettings
    cursor: AnalysisCursor | None
    standing_alarm: Alarm | None
    contributed: dict[str, Any]
    ingest_counts: tuple[IngestCount, ...]
    around: Surroundings

    @cached_property
    def backlog(self) -> Backlog:
        """What waits for the detector; read when first asked for."""
        return backlog_of(self.plant, self.cursor, self.settings)

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
        """Good readings that the detector has not consumed."""
        return self.backlog.unread

    @property
    def is_live(self) -> bool:
        """Whether the plant runs and its samples come by the clock or from outside."""
        plant = self.plant
        by_itself = plant.next_due is not None or not plant.is_simulated
        return plant.state == Plant.State.RUNNING and by_itself

    @property
    def overdue_seconds(self) -> float:
        """How long the next step of a simulated plant has been due; negative before."""
        due = self.plant.next_due
        return 0.0 if due is None else (self.around.now - due).total_seconds()

    @property
    def at_rest(self) -> str:
        """Why a plant that is not running stands; empty for one that runs."""
        plant = self.plant
        if plant.state == Plant.State.RUNNING:
            return ""
        if plant.current_run_id is None:
            return "never started"
        reason = plant.state_reason
        if reason.startswith("by "):
            return f"{plant.state} {reason}"
        return f"{plant.state}: {reason}" if reason else plant.state

    @property
    def newest_refusal(self) -> IngestCount | None:
        """The newest count of refused rows that says what was wrong."""
        refused = [
            count
            for count in self.ingest_counts
            if count.outcome not in Outcome.STORED and count.last_detail and count.last_at
        ]
        return max(refused, key=lambda count: count.last_at, default=None)  # type: ignore[arg-type,return-value]
