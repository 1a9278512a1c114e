"""Where on the flow sheet an injected fault is marked: at the stream or the vessel it acts on."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.tep.variables import IDV

WIDTH, HEIGHT = 34, 14
#: The top left corner by IDV, in units of the drawing.
_PLACES: dict[int, tuple[int, int]] = {
    1: (224, 692), 2: (262, 692), 3: (68, 396), 4: (640, 602), 5: (433, 203), 6: (70, 304),
    7: (300, 692), 8: (338, 692), 9: (102, 396), 10: (376, 692), 11: (676, 602), 12: (433, 219),
    13: (370, 545), 14: (526, 580), 15: (496, 264), 16: (1080, 608), 17: (478, 545), 18: (579, 151),
    19: (792, 550), 20: (354, 250),
}  # fmt: skip


@dataclass(frozen=True)
class TruthPlace:
    """The place of one disturbance."""

    idv: int
    x: int
    y: int

    @property
    def words(self) -> str:
        """What it is, for whoever points at it."""
        return f"Injected: {IDV[self.idv - 1].label} {IDV[self.idv - 1].description}"


TRUTH_PLACES = tuple(TruthPlace(idv, x, y) for idv, (x, y) in sorted(_PLACES.items()))
