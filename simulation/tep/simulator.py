"""A plant to step by hand: look, intervene, go back, branch off. For notebooks and scripts."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from simulation.tep import controller as controllers
from simulation.tep.constants import SAMPLE_SECONDS, SECONDS_PER_HOUR
from simulation.tep.integrate import initial_state, run, whole_number
from simulation.tep.interventions import Injection, SetpointMove, ValveMove
from simulation.tep.result import Event, RunResult
from simulation.tep.rng import DEFAULT_SEED, check_seed
from simulation.tep.safety import trip_reason
from simulation.tep.schedule import Action, Intervention, schedule_of, step_of
from simulation.tep.spelling import injections_of, setpoint_moves_of, valve_moves_of
from simulation.tep.state import WORK_DTYPE, PlantState
from simulation.tep.variables import LABELS, N_XMEAS, index_of

MAX_ROWS = 5_000_000  # 2 GB of readings


@dataclass(frozen=True)
class Snapshot:
    """A simulator at one instant: what ``restore`` goes back to. ``state`` alone can be stored."""

    state: PlantState
    rows: NDArray[np.float64]
    events: tuple[Event, ...]
    interventions: tuple[Intervention, ...]
    controller: Any


class Simulator:
    """One plant, advanced second by second, with what is planned for it and what it has recorded.

    ``idv``, ``xmv`` and ``setpoints`` plan interventions as in ``simulate``; others may be made
    at any time by ``inject``, ``set_valve``, ``set_setpoint`` and their opposites, which act from
    the next second on. ValueError for anything that cannot be.
    """

    def __init__(
        self,
        seed: SupportsIndex | float = DEFAULT_SEED,
        *,
        idv: Any = None,
        xmv: Any = None,
        setpoints: Any = None,
        sample_seconds: int = SAMPLE_SECONDS,
        compat: str | None = None,
        rng: str = "reference",
        closed_loop: bool = True,
        controller: Any = None,
    ) -> None:
        self.seed = check_seed(seed)
        self.sample_seconds = whole_number("sample_seconds", sample_seconds, 1)
        self.compat = compat
        self._period = None if controller is None else controllers.period_of(controller)
        self._controller = controller
        self._interventions: list[Intervention] = [
            *injections_of(idv),
            *valve_moves_of(xmv),
            *setpoint_moves_of(setpoints),
        ]
        if not closed_loop:
            self._refuse_loops()
        self._schedule = schedule_of(self._interventions)
        state = initial_state(seed, closed_loop=closed_loop, compat=compat, rng=rng)
        self._record = state.record.copy()
        self._work = np.zeros(1, dtype=WORK_DTYPE)
        self._rows: list[NDArray[np.float64]] = []
        self._events: list[Event] = []

    def __repr__(self) -> str:
        return f"<Simulator {self.state!r}, seed {self.seed}>"

    @property
    def state(self) -> PlantState:
        """The whole plant as a value: for looking inside, and for storing (``to_bytes``)."""
        return PlantState(self._record.copy())

    @property
    def hours(self) -> float:
        """Plant time, h."""
        return self._step / SECONDS_PER_HOUR

    @property
    def xmeas(self) -> NDArray[np.float64]:
        """The 41 measurements published last."""
        return self._record[0]["xmeas"].copy()

    @property
    def xmv(self) -> NDArray[np.float64]:
        """The 12 valve settings in force, %."""
        return self._record[0]["xmv"].copy()

    @property
    def tripped(self) -> bool:
        """Whether a safety limit has stopped the plant, for ever."""
        return bool(self._record[0]["shutdown_step"] >= 0)

    def __getitem__(self, label: str) -> float:
        """The present value of ``XMEAS(n)`` or ``XMV(n)``."""
        column = index_of(label)
        name, place = ("xmeas", column) if column < N_XMEAS else ("xmv", column - N_XMEAS)
        return float(self._record[0][name][place])

    def step(self, samples: int = 1) -> NDArray[np.float64]:
        """Advance to the end of the next sample, or several; return their rows (samples, 53)."""
        samples = whole_number("samples", samples, 0)
        return self._run_to((self._step // self.sample_seconds + samples) * self.sample_seconds)

    def step_seconds(self, seconds: int) -> NDArray[np.float64]:
        """Advance by seconds of plant time; return the rows recorded on the way (n, 53)."""
        return self._run_to(self._step + whole_number("seconds", seconds, 0))

    def run_to(self, hours: float) -> NDArray[np.float64]:
        """Advance to an hour of plant time that is not past; return the rows recorded (n, 53)."""
        target = step_of(hours, "hours")
        if target < self._step:
            raise ValueError(f"{hours:g} h has passed: the plant is at {self.hours:g} h")
        return self._run_to(target)

    def inject(self, idv: int, magnitude: float = 1.0) -> None:
        """Switch disturbance IDV(idv) on, from the next second on; 0 to 1 scales it."""
        self._do(Injection(idv, self.hours, None, magnitude).actions()[0])

    def clear(self, idv: int) -> None:
        """Switch disturbance IDV(idv) off, from the next second on."""
        self._do(Injection(idv, self.hours, self.hours + 1.0).actions()[1])

    def set_valve(self, number: int, position: float) -> None:
        """Take XMV(number) over by hand at ``position`` %."""
        self._do(ValveMove(number, position, self.hours).actions()[0])

    def set_valve_automatic(self, number: int) -> None:
        """Give XMV(number) back to its loop, without a bump."""
        self._do(ValveMove(number, 0.0, self.hours, self.hours + 1.0).actions()[1])

    def set_setpoint(self, loop: int | str, value: float) -> None:
        """Set the set point of a loop (17 or ``"XMEAS(8)"``), opening its cascade if it has one."""
        self._refuse_open_loop()
        self._do(SetpointMove(loop, value, self.hours).actions()[0])

    def set_setpoint_automatic(self, loop: int | str) -> None:
        """Give a set point back to its cascade, or to its published value."""
        self._refuse_open_loop()
        self._do(SetpointMove(loop, 0.0, self.hours, self.hours + 1.0).actions()[1])

    def snapshot(self) -> Snapshot:
        """Return everything as it is now; a controller's own memory is copied too."""
        return Snapshot(
            self.state,
            self._recorded(),
            tuple(self._events),
            tuple(self._interventions),
            copy.deepcopy(self._controller),
        )

    def restore(self, snapshot: Snapshot | PlantState | bytes) -> None:
        """Go to a snapshot, or to a stored state, to the bit.

        A state or its bytes bring the plant alone: rows and events up to its second are kept, and
        what is planned for later seconds will happen. ValueError for damaged bytes.
        """
        if isinstance(snapshot, Snapshot):
            self._record = snapshot.state.record.copy()
            self._rows = [snapshot.rows]
            self._events = list(snapshot.events)
            self._interventions = list(snapshot.interventions)
            self._schedule = schedule_of(self._interventions)
            self._controller = copy.deepcopy(snapshot.controller)
            return
        state = snapshot if isinstance(snapshot, PlantState) else PlantState.from_bytes(snapshot)
        self._record = state.record.copy()
        self._rows = [self._recorded()[: state.step // self.sample_seconds]]
        self._events = [event for event in self._events if event.step <= state.step]

    def branch(self) -> Simulator:
        """Return an independent simulator with the same past, plans and noise to come."""
        other = copy.copy(self)
        other._work = np.zeros(1, dtype=WORK_DTYPE)
        other.restore(self.snapshot())
        return other

    def result(self) -> RunResult:
        """Return what has been recorded up to now."""
        state, rows = self.state, self._recorded().copy()
        last = state.step // self.sample_seconds
        steps = np.arange(last - len(rows) + 1, last + 1) * self.sample_seconds
        return RunResult(
            rows=rows,
            hours=steps / SECONDS_PER_HOUR,
            seed=self.seed,
            rng=state.rng,
            compat=self.compat,
            sample_seconds=self.sample_seconds,
            shutdown_step=state.shutdown_step,
            events=tuple(self._events),
            final_state=state,
        )

    @property
    def _step(self) -> int:
        return int(self._record[0]["step"])

    def _recorded(self) -> NDArray[np.float64]:
        if len(self._rows) != 1:
            self._rows = [np.concatenate(self._rows or [np.empty((0, len(LABELS)))])]
        return self._rows[0]

    def _refuse_loops(self) -> None:
        if any(isinstance(one, SetpointMove) for one in self._interventions):
            self._refuse_open_loop(False)
        for one in self._interventions:
            if isinstance(one, ValveMove) and one.end_hours is not None:
                raise ValueError(
                    f"{one.label} has no loop to go back to: the plant runs in open loop"
                )

    def _refuse_open_loop(self, closed_loop: bool | None = None) -> None:
        closed = self._record[0]["closed_loop"] if closed_loop is None else closed_loop
        if not closed:
            raise ValueError("the plant runs in open loop and has no set points")

    def _do(self, action: Action) -> None:
        """Make a change now, for the next second, and note it."""
        self._record = action.change(self.state).record.copy()
        self._events.append(Event(self._step + 1, action.kind, action.label, action.text))

    def _run_to(self, target: int) -> NDArray[np.float64]:
        sample = self.sample_seconds
        count = target // sample - self._step // sample
        if count > MAX_ROWS:
            raise ValueError(
                f"{count:,} samples at once are too many: take fewer hours or longer samples"
            )
        rows = np.empty((1, count, len(LABELS)))
        waiting = [action for action in self._schedule if action.step > self._step]
        filled, period = 0, self._period
        while (step := self._step) < target:
            while waiting and waiting[0].step <= step + 1:
                self._do(waiting.pop(0))
            stop = min(target, waiting[0].step - 1) if waiting else target
            if period is not None:
                if (step + 1) % period == 0:
                    controllers.call(self._controller, self._record)
                stop = min(stop, ((step + 1) // period + 1) * period - 1)
            run(self._record, self._work, stop - step, sample, rows[:, filled:])
            filled += stop // sample - step // sample
            self._note_trip()
        self._rows.append(rows[0])
        return rows[0].copy()

    def _note_trip(self) -> None:
        step = int(self._record[0]["shutdown_step"])
        if step >= 0 and not any(event.kind == "trip" for event in self._events):
            self._events.append(Event(step, "trip", "", trip_reason(self.state) or ""))
