"""The states of an alarm by ISA-18.2 / IEC 62682, and what leads from one to the next. Pure.

An alarm is described by six facts that are independent of each other: whether its condition holds
(`active`), whether somebody has seen it (`acknowledged`), whether it stays after the condition
went (`held`, of a latching alarm), and the three ways in which it can be kept from the operator.
The state is read off them, so no sequence of events can lead to one that is not defined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """The states of ISA-18.2, figure "alarm state transition diagram"."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    LATCHED_UNACKNOWLEDGED = "latched-unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched-acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out-of-service"

    @property
    def words(self) -> str:
        """The state as a page says it."""
        return WORDS[self]


WORDS = {
    State.NORMAL: "normal",
    State.UNACKNOWLEDGED: "unacknowledged",
    State.ACKNOWLEDGED: "acknowledged",
    State.RETURNED: "returned to normal, unacknowledged",
    State.LATCHED_UNACKNOWLEDGED: "latched, unacknowledged",
    State.LATCHED_ACKNOWLEDGED: "latched, acknowledged",
    State.SHELVED: "shelved",
    State.SUPPRESSED: "suppressed by design",
    State.OUT_OF_SERVICE: "out of service",
}
#: The states that ask the operator for something: they are announced, by sound too.
ANNOUNCED = frozenset({State.UNACKNOWLEDGED, State.RETURNED, State.LATCHED_UNACKNOWLEDGED})
#: The states in which an alarm is kept from the operator.
KEPT_AWAY = frozenset({State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE})


class LifeError(Exception):
    """What was asked for makes no sense in the alarm's state; `hint` says what would."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Life:
    """One alarm at one moment. The default is an alarm in its normal state."""

    active: bool = False
    acknowledged: bool = True
    held: bool = False
    shelved: bool = False
    suppressed: bool = False
    out_of_service: bool = False

    @property
    def is_kept_away(self) -> bool:
        """Whether the operator does not see it."""
        return self.shelved or self.suppressed or self.out_of_service

    @property
    def is_over(self) -> bool:
        """Whether nothing is left of it, wherever it is kept."""
        return not (self.active or self.held) and self.acknowledged

    @property
    def state(self) -> State:
        """Where it is in the diagram; of several reasons to keep it away the strongest."""
        if self.out_of_service:
            return State.OUT_OF_SERVICE
        if self.suppressed:
            return State.SUPPRESSED
        if self.shelved:
            return State.SHELVED
        if self.active:
            return State.ACKNOWLEDGED if self.acknowledged else State.UNACKNOWLEDGED
        if self.held:
            seen = self.acknowledged
            return State.LATCHED_ACKNOWLEDGED if seen else State.LATCHED_UNACKNOWLEDGED
        return State.NORMAL if self.acknowledged else State.RETURNED

    def activate(self) -> Life:
        """The condition holds. An alarm that comes again asks to be acknowledged again."""
        return self if self.active else replace(self, active=True, acknowledged=False)

    def give_return(self, *, latching: bool, asks: bool = True) -> Life:
        """The condition holds no longer.

        A latching alarm stays until it is reset. One that is kept away asks nothing of anybody. One
        that never `asks` is over: nobody would ever acknowledge or reset it.
        """
        if not self.active:
            return self
        if not asks:
            return replace(self, active=False, acknowledged=True, held=False)
        if self.is_kept_away:
            return replace(self, active=False, acknowledged=True)
        return replace(self, active=False, held=latching or self.held)

    def acknowledge(self) -> Life:
        """Somebody has seen it. Raises LifeError where there is nothing to be acknowledged."""
        if self.is_kept_away:
            raise LifeError(
                f"The alarm is {self.state.words}: it asks for nothing.",
                "Bring it back first, or leave it.",
            )
        if self.acknowledged:
            said = "is acknowledged already" if not self.is_over else "is normal"
            raise LifeError(f"The alarm {said}.", "Nothing needs to be done.")
        return replace(self, acknowledged=True)

    def reset(self) -> Life:
        """Let go of a latch. Raises LifeError where none holds or the condition still does."""
        if self.active:
            raise LifeError(
                "The alarm's condition still holds, so its latch cannot be reset.",
                "Wait until it has returned to normal.",
            )
        if not self.held or self.is_kept_away:
            raise LifeError("The alarm is not latched.", "Only a latched alarm can be reset.")
        return replace(self, held=False)

    def shelve(self) -> Life:
        """An operator puts it away for a time. Raises LifeError if it is there already."""
        if self.shelved:
            raise LifeError("The alarm is shelved already.", "Unshelve it first.")
        if self.out_of_service:
            raise LifeError("The alarm is out of service.", "It need not be shelved.")
        return replace(self, shelved=True)

    def unshelve(self) -> Life:
        """The time is over, or somebody takes it back: if its condition holds, it is announced."""
        return self._back(replace(self, shelved=False))

    def suppress(self) -> Life:
        """The plant's state makes it meaningless."""
        return replace(self, suppressed=True)

    def unsuppress(self) -> Life:
        """The plant's state gives it its meaning back."""
        return self._back(replace(self, suppressed=False))

    def take_out_of_service(self) -> Life:
        """An engineer takes it out of use, for instance for maintenance."""
        return replace(self, out_of_service=True)

    def return_to_service(self) -> Life:
        """It is in use again. Its condition, which nobody judged meanwhile, is judged anew."""
        left = replace(self, out_of_service=False, active=False)
        return left if left.held else replace(left, acknowledged=True)

    def _back(self, life: Life) -> Life:
        """Announce an alarm whose condition holds when the last thing that kept it away goes."""
        if self.is_kept_away and not life.is_kept_away and life.active:
            return replace(life, acknowledged=False)
        return life
