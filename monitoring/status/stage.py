"""One stage of a plant's stream."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

StageName = Literal["ingest", "clock", "simulate", "analyse", "push", "explain"]
State = Literal["ok", "late", "stalled", "idle", "waiting"]

STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
STATES: tuple[State, ...] = get_args(State)
#: Which element id on the page shows a stage's count.
COUNT_IDS: dict[StageName, str] = {
    "simulate": "count-readings",
    "ingest": "count-readings",
    "analyse": "count-analyses",
    "push": "count-pages",
    "explain": "count-explanations",
}


@dataclass(frozen=True)
class Stage:
    """What one stage did last, how far it is behind, and why it is in its state.

    `lag_seconds` is how long the oldest piece of work has been waiting beyond its time, `rate` the
    pieces a second of late; None where the stage has no such figure.
    """

    name: StageName
    title: str
    state: State
    reason: str
    count: int | None = None
    unit: str = ""
    step: int | None = None
    last_at: datetime | None = None
    age_seconds: float | None = None
    lag_steps: int | None = None
    lag_seconds: float | None = None
    rate: float | None = None
    error: str = ""
    error_at: datetime | None = None
    remedy: str = ""

    @property
    def count_id(self) -> str:
        """The element id of the count on the page."""
        return COUNT_IDS.get(self.name, "")

    @property
    def unit_words(self) -> str:
        """The unit of the count, in the singular for one."""
        return self.unit.removesuffix("s") if self.count == 1 else self.unit

    @property
    def state_words(self) -> str:
        """The state as a page says it."""
        return "working" if self.state == "ok" else self.state

    @property
    def rate_words(self) -> str:
        """The rate in a unit that gives a number people can read; empty without one."""
        if not self.rate:
            return ""
        for seconds, unit in ((1, "s"), (60, "min"), (3600, "h")):
            if self.rate * seconds >= 0.95 or unit == "h":
                return f"{self.rate * seconds:.2g} per {unit}"
        return ""

    @property
    def lag_words(self) -> str:
        """How far the stage is behind; empty where that means nothing."""
        nothing_known = self.lag_steps is None and self.lag_seconds is None
        if nothing_known or (self.state == "idle" and not self.lag_steps):
            return ""
        seconds = self.lag_seconds or 0.0
        if not self.lag_steps:
            return f"{seconds:.0f} s behind" if seconds >= 1 else "no lag"
        steps = f"{self.lag_steps} step{'s' if self.lag_steps != 1 else ''} behind"
        return f"{steps}, {seconds:.0f} s" if seconds >= 1 else steps

    def as_json(self) -> dict[str, Any]:
        """Return the stage as the API gives it."""
        fields = asdict(self)
        for moment in ("last_at", "error_at"):
            fields[moment] = fields[moment].isoformat() if fields[moment] else None
        fields["rate_per_second"] = fields.pop("rate")
        return fields
