"""What is done to a plant and when: disturbances, valves and set points by hand.

Times are hours of plant time; what begins at 8 h acts from second 28800 on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulation.tep.handover import (
    with_setpoint,
    with_setpoint_automatic,
    with_valve,
    with_valve_automatic,
)
from simulation.tep.integrate import check_magnitude, with_idv
from simulation.tep.loops import (
    check_setpoint,
    check_valve_position,
    is_cascaded,
    loop_number,
    nominal_setpoint,
)
from simulation.tep.schedule import Action, step_of
from simulation.tep.state import PlantState
from simulation.tep.variables import idv_index, xmv_index


@dataclass(frozen=True)
class Injection:
    """Disturbance IDV(idv) from ``start_hours`` until ``end_hours`` (None: for good).

    ``magnitude`` 1 is the published fault, less a scaled one. ValueError for an IDV outside
    1..20, a magnitude outside 0..1, or an end that is not after the start.
    """

    idv: int
    start_hours: float = 0.0
    end_hours: float | None = None
    magnitude: float = 1.0

    def __post_init__(self) -> None:
        idv_index(self.idv)
        check_magnitude(self.magnitude, self.idv)
        _check_times(self)

    @property
    def label(self) -> str:
        """The disturbance, e.g. ``IDV(4)``."""
        return f"IDV({self.idv})"

    def actions(self) -> list[Action]:
        """The switching on and, maybe, off."""
        share = "" if self.magnitude == 1.0 else f" at {self.magnitude:g} of its magnitude"
        return _pair(
            self,
            (
                "injection",
                f"{self.label} on{share}",
                lambda s: with_idv(s, self.idv, self.magnitude),
            ),
            ("injection end", f"{self.label} off", lambda s: with_idv(s, self.idv, False)),
        )


@dataclass(frozen=True)
class ValveMove:
    """XMV(xmv) held by hand at ``position`` (%) from ``start_hours`` until ``end_hours``.

    At the end its loop takes it back without a bump. ValueError for an XMV outside 1..12, a
    position outside 0..100, bad times, or an end for XMV(12), which has no loop.
    """

    xmv: int
    position: float
    start_hours: float = 0.0
    end_hours: float | None = None

    def __post_init__(self) -> None:
        xmv_index(self.xmv)
        check_valve_position(self.position, self.label)
        _check_times(self)
        if self.xmv == 12 and self.end_hours is not None:
            raise ValueError(
                "XMV(12), the agitator, has no loop to go back to: leave its end out, "
                "or set it to another value from that hour on"
            )

    @property
    def label(self) -> str:
        """The valve, e.g. ``XMV(10)``."""
        return f"XMV({self.xmv})"

    def actions(self) -> list[Action]:
        """The taking over and, maybe, giving back."""
        return _pair(
            self,
            (
                "valve by hand",
                f"{self.label} by hand at {self.position:g} %",
                lambda s: with_valve(s, self.xmv, self.position),
            ),
            (
                "valve automatic",
                f"{self.label} automatic again",
                lambda s: with_valve_automatic(s, self.xmv),
            ),
        )


@dataclass(frozen=True)
class SetpointMove:
    """The set point of a loop at ``value`` from ``start_hours`` until ``end_hours``.

    ``loop`` is its number or the label of what it controls: 17 or ``"XMEAS(8)"``. A cascaded set
    point is held against the loop that sets it until the end; another one goes back to its
    published value there. ValueError for no such loop, a value that is not finite, or bad times.
    """

    loop: int | str
    value: float
    start_hours: float = 0.0
    end_hours: float | None = None

    def __post_init__(self) -> None:
        number = loop_number(self.loop)
        check_setpoint(self.value, f"the set point of loop {number}")
        _check_times(self)

    @property
    def number(self) -> int:
        """The loop's number."""
        return loop_number(self.loop)

    @property
    def label(self) -> str:
        """The loop, e.g. ``loop 17``."""
        return f"loop {self.number}"

    def actions(self) -> list[Action]:
        """The change and, maybe, its end."""
        number, label = self.number, f"set point of loop {self.number}"
        cascaded = is_cascaded(number)
        back = nominal_setpoint(number)
        end = f"{label} cascaded again" if cascaded else f"{label} back at {back:g}"

        def give_back(state: PlantState) -> PlantState:
            if cascaded:
                return with_setpoint_automatic(state, number)
            return with_setpoint(state, number, back)

        return _pair(
            self,
            (
                "set point",
                f"{label} at {self.value:g}",
                lambda s: with_setpoint(s, number, self.value),
            ),
            ("set point end", end, give_back),
        )


def _check_times(one: Injection | ValveMove | SetpointMove) -> None:
    start = step_of(one.start_hours, f"the start of {one.label}")
    if one.end_hours is not None and step_of(one.end_hours, f"the end of {one.label}") <= start:
        raise ValueError(
            f"{one.label} would end at {one.end_hours:g} h, before it starts at "
            f"{one.start_hours:g} h: give an end after the start"
        )


def _pair(
    one: Injection | ValveMove | SetpointMove, *parts: tuple[str, str, Callable[..., PlantState]]
) -> list[Action]:
    hours = [one.start_hours] if one.end_hours is None else [one.start_hours, one.end_hours]
    return [
        Action(max(step_of(hour, one.label), 1), kind, one.label, text, change)
        for hour, (kind, text, change) in zip(hours, parts, strict=False)
    ]
