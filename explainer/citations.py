"""Citations in an explanation's text: which tag, which way, how far, when. Pure.

Every provider writes them in the same form, so that the server can check each against the stored
readings, whoever wrote it: «[XMV(10) high 7.0 sd, steps 520 to 540]». Direction and size are those
of the mean over the steps, in normal standard deviations from the normal mean.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from simulation.tep.variables import LABELS

DIRECTIONS = ("high", "low", "near normal")
#: From this distance on a mean is high or low.
NORMAL_WITHIN = 1.0
FORM = "[TAG high|low|near normal N sd, steps FIRST to LAST]"
_PATTERN = re.compile(
    r"\[((?:XMEAS|XMV)\(\d{1,3}\)) (high|low|near normal) (\d{1,6}(?:\.\d{1,3})?) sd, "
    r"steps (\d{1,9}) to (\d{1,9})\]"
)


@dataclass(frozen=True)
class Citation:
    """One claim about the data: the mean of a tag over some steps."""

    tag: str
    direction: str
    size: float
    first_step: int
    last_step: int

    def __str__(self) -> str:
        return (
            f"[{self.tag} {self.direction} {self.size:.1f} sd, "
            f"steps {self.first_step} to {self.last_step}]"
        )

    @classmethod
    def of(cls, tag: str, z: float, first_step: int, last_step: int) -> "Citation":
        """Return the citation of a mean distance `z` from normal, in sd."""
        return cls(tag, direction_of(z), round(abs(z), 1), first_step, last_step)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def direction_of(z: float) -> str:
    """Return high, low or near normal for a distance from the normal mean in sd."""
    return "near normal" if abs(z) < NORMAL_WITHIN else "high" if z > 0 else "low"


def citations_in(text: str) -> Iterator[tuple[str, Citation]]:
    """Yield each citation of a text with its exact words, in order, repeats included."""
    for found in _PATTERN.finditer(text):
        tag, direction, size, first, last = found.groups()
        yield found.group(0), Citation(tag, direction, float(size), int(first), int(last))


def is_known(tag: str) -> bool:
    """Tell whether a reading has such a variable."""
    return tag in LABELS
