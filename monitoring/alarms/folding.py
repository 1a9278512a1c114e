"""The order of the alarm summary, and the folding of one event's alarms. Pure.

The most urgent comes first: what asks to be acknowledged before what does not, then by priority,
then the newest. The alarms of one event stand together, folded under the first. Folded they are one
line that is as urgent as all of them together: it has the highest priority among them, and asks
while any of them does, so that no alarm hides under a lesser one. A critical alarm is never folded.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

#: From the most urgent. The number is what a sign shows: «high» is a word for values, too.
PRIORITIES = {"critical": 1, "high": 2, "medium": 3, "low": 4}
NEVER_FOLDED = "critical"


class Foldable(Protocol):
    """What is needed of an alarm."""

    @property
    def key(self) -> int:
        """Its number."""

    @property
    def event(self) -> Hashable | None:
        """The event it belongs to."""

    @property
    def begun(self) -> tuple[Any, ...]:
        """What the alarms of an event are told apart by: the first began it."""

    @property
    def asks(self) -> bool:
        """Whether it asks to be acknowledged."""

    @property
    def priority(self) -> str:
        """Its priority."""

    @property
    def at(self) -> float:
        """When it last became active."""


A = TypeVar("A", bound=Foldable)


@dataclass(frozen=True)
class Line(Generic[A]):
    """One line of the summary: an alarm, and those that are folded under it."""

    alarm: A
    folded: tuple[A, ...] = ()
    #: Those of its event that stand below it, because somebody opened it.
    opened: int = 0
    is_member: bool = False
    counts: tuple[tuple[str, int], ...] = field(default=())

    @property
    def behind(self) -> int:
        """How many alarms of the event belong under this line, folded or opened."""
        return len(self.folded) + self.opened

    @property
    def asking(self) -> int:
        """How many of the folded ones ask to be acknowledged."""
        return sum(one.asks for one in self.folded)

    @property
    def priority(self) -> str:
        """The highest priority of what the line holds: what its sign says."""
        return min((one.priority for one in self._held), key=rank)

    @property
    def is_lifted(self) -> bool:
        """Whether something folded is of a higher priority than the alarm that is named."""
        return self.priority != self.alarm.priority

    @property
    def asks(self) -> bool:
        """Whether anything in the line asks to be acknowledged."""
        return any(one.asks for one in self._held)

    @property
    def sign_is_filled(self) -> bool:
        """Whether something of the priority that the sign says asks to be acknowledged."""
        return any(one.asks for one in self._held if one.priority == self.priority)

    @property
    def _held(self) -> tuple[A, ...]:
        return (self.alarm, *self.folded)


def rank(priority: str) -> int:
    """Return 1 for the most urgent priority, more for the others."""
    return PRIORITIES.get(priority, 9)


def urgency(alarm: Foldable) -> tuple[int, int, float, int]:
    """Return what the summary is sorted by, the most urgent lowest."""
    return (not alarm.asks, rank(alarm.priority), -alarm.at, -alarm.key)


def urgency_together(alarms: Collection[Foldable]) -> tuple[int, int, float, int]:
    """Return what a group is sorted by: its most urgent in each respect."""
    return (
        not any(one.asks for one in alarms),
        min(rank(one.priority) for one in alarms),
        min(-one.at for one in alarms),
        min(-one.key for one in alarms),
    )


def fold(alarms: Iterable[A], opened: Collection[Hashable] = ()) -> list[Line[A]]:
    """Return the lines of the summary. Each alarm is in exactly one of them, or folded under one.

    `opened` are the events whose alarms are shown one by one.
    """
    groups: dict[Hashable, list[A]] = {}
    for one in alarms:
        alone = one.event is None or one.priority == NEVER_FOLDED
        groups.setdefault(("alone", one.key) if alone else ("event", one.event), []).append(one)
    lines: list[Line[A]] = []
    for group in sorted(groups.values(), key=urgency_together):
        lines += _lines_of(group, group[0].event in opened)
    return lines


def _lines_of(group: Sequence[A], is_open: bool) -> list[Line[A]]:
    first = min(group, key=lambda one: one.begun)
    rest = sorted((one for one in group if one is not first), key=urgency)
    counts = [(name, sum(one.priority == name for one in rest)) for name in PRIORITIES]
    told = tuple((name, count) for name, count in counts if count)
    if is_open:
        members = [Line(one, is_member=True) for one in rest]
        return [Line(first, opened=len(rest), counts=told), *members]
    return [Line(first, folded=tuple(rest), counts=told)]
