"""Valves and set points by hand: what the panel shows of them."""

from dataclasses import dataclass
from typing import Any

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
    planned: Hand | None
    automatic: str

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
            return f"by hand at {self.hand.value:.5g} {self.unit}{end}{who}"
        if self.planned is not None:
            start = hours_at(self.planned.start_step)
            return f"planned: {self.planned.value:.5g} {self.unit} from {start:.2f} h"
        return self.automatic

    @property
    def consequence(self) -> str:
        """What holding it by hand means, for the question before it is done."""
        if self.automatic == "no loop":
            return "It has no loop that could take it back."
        if self.kind == by_hand.VALVE:
            return "Its loop will stand by until you give it back."
        if self.automatic == "cascade":
            return "The loop that sets it will stand by until you give it back."
        return "The loop goes on with your value."

    @property
    def can_be_given_back(self) -> bool:
        """Whether there is a hand, and a loop to go back to."""
        return (self.hand or self.planned) is not None and (self.kind, self.number) != (
            by_hand.VALVE,
            by_hand.AGITATOR,
        )


def rows_of(plant: Plant) -> list[Row]:
    """Return the 12 valves and the set points of the 19 loops; none of a plant without a run."""
    if plant.current_run is None or not plant.is_simulated or not plant.tep_state:
        return []
    open_hands = list(plant.current_run.hands.open_after(plant.step + 1).select_related("made_by"))
    in_force = {(h.kind, h.number): h for h in open_hands if h.start_step <= plant.step + 1}
    planned = {(h.kind, h.number): h for h in open_hands if h.start_step > plant.step + 1}
    state = plant.load_state()
    rows = []
    for valve in XMV:
        what = (by_hand.VALVE, valve.number)
        automatic = "no loop" if valve.number == by_hand.AGITATOR else "automatic"
        name, now = valve.description, float(state.xmv[valve.number - 1])
        rows.append(
            Row(*what, valve.label, name, "%", 0.0, 100.0, now, in_force.get(what),
                planned.get(what), automatic)
        )  # fmt: skip
    for loop in sorted(LOOPS, key=lambda one: one.number):
        what = (by_hand.SETPOINT, loop.number)
        held = XMEAS[loop.xmeas_number - 1]
        automatic = "cascade" if is_cascaded(loop.number) else "operator"
        rows.append(
            Row(*what, held.label, f"{held.description} (loop {loop.number})", held.unit,
                *setpoint_range(loop.number), float(state.setpoints[loop.number - 1]),
                in_force.get(what), planned.get(what), automatic)
        )  # fmt: skip
    return rows


def hands_context(plant: Plant) -> dict[str, Any]:
    """Return the context of `_hands.html`."""
    rows = rows_of(plant)
    return {
        "valve_rows": [row for row in rows if row.kind == by_hand.VALVE],
        "setpoint_rows": [row for row in rows if row.kind == by_hand.SETPOINT],
        "held_count": sum(row.hand is not None for row in rows),
    }
