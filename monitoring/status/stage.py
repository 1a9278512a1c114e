"""One stage of a plant's stream."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

StageName = Literal["ingest", "clock", "simulate", "analyse", "push", "explain"]
State = Literal["ok", "late", "stalled", "idle", "waiting"]

STAGE_NAMES: tuple[StageName, ...] = get_args(StageName)
STATES: tuple[State, ...] = get_args(State)
#: What the first life of a stage after a start is, as the page says it.
FIRST_LIFE: dict[StageName, str] = {
    "ingest": "the first row",
    "clock": "the clock's first beat",
    "simulate": "the first sample",
    "analyse": "the first analysis",
    "push": "the first push",
    "explain": "the explaining worker",
}
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
    pieces a second of late; None where the stage has no such figure. `starting_seconds` is how long
    ago the start was that it has not come to life since, while that start may still last (see
    `monitoring.status.starting`); None otherwise. Its state stays what it is: who asks whether it
    works is told that it does not. Pages say "starting".
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
    starting_seconds: float | None = None

    @property
    def is_starting(self) -> bool:
        """Whether it has not come to life yet since a start that may still last."""
        return self.starting_seconds is not None

    @property
    def shown_state(self) -> str:
        """The state that a page shows."""
        return "starting" if self.is_starting else self.state

    @property
    def shown_reason(self) -> str:
        """Why it is in that state; while it starts, what is waited for and since when."""
        if self.starting_seconds is None:
            return self.reason
        return f"waiting for {FIRST_LIFE[self.name]}, {self.starting_seconds:.0f} s"

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
        return "working" if self.shown_state == "ok" else self.shown_state

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
