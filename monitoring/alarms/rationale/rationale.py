"""Why an alarm is one, by ISA-18.2: its cause, what follows, what to do, and how long there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rationale:
    """The rationalisation of one built-in definition.

    `minutes` of process time lie between the alarm and the trip, if nobody acts, in the case in
    which that was measured: a valve (1 to 11) put to a position in % by hand, from normal operation
    on. None: nothing trips, or no time is left, as the consequence says.
    """

    cause: str
    consequence: str
    response: str
    minutes: int | None = None
    case: tuple[int, float] | None = None
