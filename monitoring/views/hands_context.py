"""Valves and set points by hand: what the panel shows of them."""

from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm

from simulation import by_hand
from simulation.models import Hand, Plant
from simulation.models.reading import hours_at
from simulation.tep.loops import LOOPS, is_cascaded, setpoint_range
from simulation.tep.variables import XMEAS, XMV


@dataclass(frozen=True)
class Row:
    """One valve or set point: where it is, and who has it."""

    kind: str
    number: int
    label: str
    name: str
    unit: str
    low: float
    high: float
    now: float | None
    hand: Hand | None
    planned: tuple[Hand, ...]
    automatic: str
    usual: tuple[float, float] | None = None
    ramping: bool = False

    @property
    def number_text(self) -> str:
        """The number as a word of an id."""
        return str(self.number)

    @property
    def auto_id(self) -> str:
        """How the form of its row in the panel names its fields."""
        return f"{self.kind}-{self.number}-%s"

    @property
    def now_text(self) -> str:
        """Where it is, with the digits that say something."""
        return "" if self.now is None else f"{self.now:.5g}"

    @property
    def words(self) -> str:
        """Who has it, in words."""
        if self.hand is not None:
            until = self.hand.end_step
            end = "" if until is None else f" until {hours_at(until):.2f} h"
            who = f", {self.hand.made_by.get_username()}" if self.hand.made_by else ""
            if self.ramping:
                reached = hours_at(self.hand.start_step + self.hand.ramp_steps - 1)
                to = f"{self.hand.value:.5g} {self.unit} at {reached:.2f} h"
                return f"by hand, on its way to {to}{end}{who}"
            return f"by hand at {self.hand.value:.5g} {self.unit}{end}{who}"
        if self.planned:
            return f"{self.automatic}, planned: {planned_words(self.planned[0])}"
        return self.automatic

    @property
    def plans(self) -> list[tuple[Hand, str]]:
        """What is planned for later, with each in words."""
        return [(hand, planned_words(hand)) for hand in self.planned]

    @property
    def has_loop(self) -> bool:
        """Whether there is a loop that takes it back when a hand ends."""
        return (self.kind, self.number) != (by_hand.VALVE, by_hand.AGITATOR)

    @property
    def limits_words(self) -> str:
        """What it may be set to, and where it usually is."""
        usual = "" if self.usual is None else f"; usually {self.usual[0]:g} to {self.usual[1]:g}"
        return f"Limits {self.low:g} to {self.high:g} {self.unit}{usual}."

    @property
    def consequence(self) -> str:
        """What holding it by hand means, for the question before it is done."""
        if not self.has_loop:
            return "It has no loop that could take it back."
        if self.kind == by_hand.VALVE:
            return "Its loop will stand by until you give it back."
        if self.automatic == "cascade":
            return "The loop that sets it will stand by until you give it back."
        return "The loop goes on with your value."

    @property
    def can_be_given_back(self) -> bool:
        """Whether there is a hand, and a loop to go back to; what is planned is cancelled."""
        return self.hand is not None and self.has_loop


def planned_words(hand: Hand) -> str:
    """Say what is planned, with its times in process hours."""
    over = f" over {hand.ramp_minutes:g} min" if hand.ramp_steps else ""
    end = "" if hand.end_step is None else f" to {hours_at(hand.end_step):.2f} h"
    return f"{hand.value:.5g} {hand.unit}{over} from {hours_at(hand.start_step):.2f} h{end}"


def rows_of(plant: Plant) -> list[Row]:
    """Return the 12 valves and the set points of the 19 loops; none of a plant without a run."""
    if plant.current_run is None or not plant.is_simulated or not plant.tep_state:
        return []
    open_hands = list(plant.current_run.hands.open_after(plant.step + 1).select_related("made_by"))
    in_force = {(h.kind, h.number): h for h in open_hands if h.start_step <= plant.step + 1}
    planned: dict[tuple[str, int], tuple[Hand, ...]] = {}
    for hand in open_hands:
        if hand.start_step > plant.step + 1:
            what = (hand.kind, hand.number)
            planned[what] = (*planned.get(what, ()), hand)
    state = plant.load_state()
    rows = []
    for valve in XMV:
        what = (by_hand.VALVE, valve.number)
        automatic = "no loop" if valve.number == by_hand.AGITATOR else "automatic"
        name, now = valve.description, float(state.xmv[valve.number - 1])
        rows.append(
            Row(*what, valve.label, name, "%", 0.0, 100.0, now, in_force.get(what),
                planned.get(what, ()), automatic, valve.operating_range,
                _is_ramping(in_force.get(what), plant))
        )  # fmt: skip
    for loop in sorted(LOOPS, key=lambda one: one.number):
        what = (by_hand.SETPOINT, loop.number)
        held = XMEAS[loop.xmeas_number - 1]
        automatic = "cascade" if is_cascaded(loop.number) else "operator"
        rows.append(
            Row(*what, held.label, f"{held.description} (loop {loop.number})", held.unit,
                *setpoint_range(loop.number), float(state.setpoints[loop.number - 1]),
                in_force.get(what), planned.get(what, ()), automatic, held.operating_range,
                _is_ramping(in_force.get(what), plant))
        )  # fmt: skip
    return rows


def _is_ramping(hand: Hand | None, plant: Plant) -> bool:
    return hand is not None and hand.is_ramping_at(plant.step + 1)


def hands_context(plant: Plant, refused: BaseForm | None = None) -> dict[str, Any]:
    """Return the context of `_hands.html`; what is refused is said in its row, if it has one."""
    rows = rows_of(plant)
    return {
        "hand_row": next((row for row in rows if refused and row.auto_id == refused.auto_id), None),
        "valve_rows": [row for row in rows if row.kind == by_hand.VALVE],
        "setpoint_rows": [row for row in rows if row.kind == by_hand.SETPOINT],
        "held_count": sum(row.hand is not None for row in rows),
    }
