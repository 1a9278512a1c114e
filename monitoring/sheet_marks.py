"""What stands on the flow sheet beside the values: set points, modes, and the alarmed tags."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from monitoring.loop_modes import modes_of
from monitoring.models import AlarmOccurrence
from monitoring.standing import Standing
from simulation.models import Plant
from simulation.tep.loops import LOOPS
from simulation.tep.variables import XMEAS, index_of

#: Tags that the detector's alarm marks: those that contributed most when it was raised.
TAGS_MARKED = 3


@dataclass(frozen=True)
class AlarmMark:
    """The most urgent alarm of a tag.

    `kind` is `active` or `returned` of an alarm on the tag itself, `part` where the tag has a part
    in the detector's alarm; `asks`: nobody has acknowledged it.
    """

    priority: str
    asks: bool
    kind: str

    @property
    def words(self) -> str:
        """What it says, in words."""
        what = {
            "active": f"{self.priority} alarm",
            "returned": f"{self.priority} alarm, returned to normal",
            "part": f"part in a {self.priority} alarm of the detector",
        }
        return f"{what[self.kind]}, {'unacknowledged' if self.asks else 'acknowledged'}"

    def as_json(self) -> dict[str, Any]:
        """Return the mark as the push gives it."""
        return {**asdict(self), "words": self.words}


@dataclass(frozen=True)
class SheetMarks:
    """Marks by column of the readings."""

    setpoints: dict[int, float]
    modes: dict[int, str]
    alarmed: dict[int, AlarmMark]

    def as_json(self) -> dict[str, Any]:
        """Return the marks as the push gives them: a message's keys are words."""
        return {
            "setpoints": {str(column): value for column, value in self.setpoints.items()},
            "modes": {str(column): mode for column, mode in self.modes.items()},
            "alarmed": {str(column): mark.as_json() for column, mark in self.alarmed.items()},
        }


def marks_of(plant: Plant, hands: Iterable[tuple[str, int]], standing: Standing) -> SheetMarks:
    """Return the marks of a plant; `hands` are in force, and the alarms stand.

    Nobody knows set points and modes of a plant that is fed from outside.
    """
    if not plant.is_simulated or not plant.tep_state:
        return SheetMarks({}, {}, alarmed_columns(standing))
    setpoints = plant.load_state().setpoints
    return SheetMarks(
        setpoints={
            index_of(XMEAS[loop.xmeas_number - 1].label): float(setpoints[loop.number - 1])
            for loop in LOOPS
        },
        modes={index_of(label): mode for label, mode in modes_of(hands).items()},
        alarmed=alarmed_columns(standing),
    )


def alarmed_columns(standing: Standing) -> dict[int, AlarmMark]:
    """Return the mark of each tag's most urgent alarm, by column.

    An alarm on the tag itself comes before a part in the detector's.
    """
    found: dict[int, AlarmMark] = {}
    for one in standing.occurrences:
        if one.definition.tag:
            kind = "active" if one.is_active or one.is_held else "returned"
            mark = AlarmMark(one.priority, one.asks, kind)
            found.setdefault(index_of(one.definition.tag), mark)
    for column, mark in _parts(standing).items():
        found.setdefault(column, mark)
    return found


def _parts(standing: Standing) -> dict[int, AlarmMark]:
    """Return the marks of the tags that contributed most to the detector's alarm."""
    claim = standing.claim
    if claim is None:
        return {}
    alarm: AlarmOccurrence = next(
        one for one in standing.occurrences if one.pk == claim.occurrence_id
    )
    mark = AlarmMark(alarm.priority, alarm.asks, "part")
    parts = claim.analysis.top_contributions(TAGS_MARKED)
    return {index_of(part["tag"]): mark for part in parts}
