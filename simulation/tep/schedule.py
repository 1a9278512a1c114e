"""When interventions change a plant: hours become seconds, and all changes one ordered list."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from simulation.tep.constants import SECONDS_PER_HOUR
from simulation.tep.state import PlantState

MAX_HOURS = 100_000.0  # eleven years of plant time


@dataclass(frozen=True)
class Action:
    """One change of the plant, made before its second number ``step`` (from 1 on) begins."""

    step: int
    kind: str
    label: str
    text: str
    change: Callable[[PlantState], PlantState]


class Intervention(Protocol):
    """What begins at an hour and, maybe, ends at a later one."""

    @property
    def start_hours(self) -> float:
        """Its beginning, h of plant time."""

    @property
    def end_hours(self) -> float | None:
        """Its end; None if it is left open."""

    @property
    def label(self) -> str:
        """What it acts on."""

    def actions(self) -> list[Action]:
        """The changes it makes, in order of time."""


def schedule_of(interventions: Iterable[Intervention]) -> list[Action]:
    """Return all changes in order of time; at one instant ends come before beginnings.

    One that is left open ends where the next on the same thing begins. ValueError where two with
    an end overlap.
    """
    by_label: dict[str, list[Intervention]] = {}
    for one in interventions:
        by_label.setdefault(one.label, []).append(one)
    actions: list[tuple[int, bool, Action]] = []
    for label, several in by_label.items():
        several.sort(key=lambda one: one.start_hours)
        for one, following in zip(several, [*several[1:], None], strict=True):
            if following is not None and (
                following.start_hours == one.start_hours
                or (one.end_hours is not None and following.start_hours < one.end_hours)
            ):
                raise ValueError(
                    f"two interventions on {label} overlap at {following.start_hours:g} h: "
                    "end the first before the second begins"
                )
            on, *off = one.actions()
            actions.append((on.step, True, on))
            actions.extend((action.step, False, action) for action in off)
    actions.sort(key=lambda entry: entry[:2])
    return [action for _, _, action in actions]


def step_of(hours: Any, name: str) -> int:
    """Return the second that begins an hour of plant time; ValueError for no such hour."""
    try:
        value = math.nan if isinstance(hours, bool) else float(hours)
    except (TypeError, ValueError):
        value = math.nan
    if not 0.0 <= value <= MAX_HOURS:
        raise ValueError(f"{name} is a number of hours from 0 to {MAX_HOURS:,.0f}, not {hours!r}")
    return round(value * SECONDS_PER_HOUR)
