"""Which shift a moment belongs to. Pure.

Shifts begin at the same times of every day, by the clock of the site's zone. So one of them is an
hour shorter or longer on the days when that clock is changed, as it is for those who work it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Shift:
    """From `start` until before `end`, both in UTC."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """Its length in hours."""
        return (self.end - self.start).total_seconds() / 3600

    def holds(self, moment: datetime) -> bool:
        """Whether the moment belongs to it."""
        return self.start <= moment < self.end


class Roster:
    """The times of day at which shifts begin, in a zone."""

    def __init__(self, starts: Sequence[time], zone: ZoneInfo) -> None:
        if not starts:
            raise ValueError("a roster needs at least one time of day")
        self.starts, self.zone = tuple(sorted(set(starts))), zone

    def shift_at(self, moment: datetime) -> Shift:
        """Return the shift that the moment (aware) belongs to."""
        day = moment.astimezone(self.zone).date()
        begins = sorted(
            {self._begin(day + timedelta(days=n), at) for n in _AROUND for at in self.starts}
        )
        start = max(begin for begin in begins if begin <= moment)
        return Shift(start, min(begin for begin in begins if begin > moment))

    def before(self, shift: Shift) -> Shift:
        """Return the shift that ended when this one began."""
        return self.shift_at(shift.start - timedelta(microseconds=1))

    def after(self, shift: Shift) -> Shift:
        """Return the shift that begins when this one ends."""
        return self.shift_at(shift.end)

    def _begin(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


#: Days around a moment's own that its shift may begin or end on.
_AROUND = (-1, 0, 1, 2)


def read_starts(texts: Sequence[str]) -> tuple[time, ...]:
    """Return times of day such as 06:00. Raises ValueError with what is wrong."""
    found = []
    for text in texts:
        hours, _, minutes = text.strip().partition(":")
        if not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
            raise ValueError(f"{text!r} is no time of day like 06:00")
        try:
            found.append(time(int(hours), int(minutes)))
        except ValueError as error:
            raise ValueError(f"{text!r} is no time of day: {error}") from error
    if not found:
        raise ValueError("no time of day is named")
    return tuple(sorted(set(found)))
