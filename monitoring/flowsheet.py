"""The flow sheet: where each reading stands on the drawing of the plant.

The drawing itself (vessels and pipes) is the template's; here is what carries a value. Places are
in units of the drawing, `WIDTH` x `HEIGHT`, origin at the top left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitoring.charts import Trend, trend_of
from simulation.tep.loops import LOOPS, Loop
from simulation.tep.variables import XMEAS, XMV

WIDTH, HEIGHT = 1280, 720

#: The deviation bar shows twice the normal range, so that a value outside it still has a place.
BAR = 96.0


@dataclass(frozen=True)
class Readout:
    """A value with its unit and its deviation bar; (x, y) is the top left corner."""

    label: str
    x: int
    y: int

    @property
    def trend(self) -> Trend:
        """What is known of the variable."""
        return trend_of(self.label)

    @property
    def short(self) -> str:
        """The tag as a drawing has room for it, e.g. ``XMEAS 7``."""
        return short_tag(self.label)

    @property
    def unit(self) -> str:
        """The unit as a drawing has room for it: ``kPa g`` is gauge pressure."""
        return self.trend.unit.replace("kPa gauge", "kPa g")


@dataclass(frozen=True)
class Valve:
    """A valve in a pipe; (x, y) is its centre. `upright`: the pipe goes up and down."""

    label: str
    x: int
    y: int
    upright: bool = False

    @property
    def trend(self) -> Trend:
        """What is known of the manipulated variable."""
        return trend_of(self.label)

    @property
    def short(self) -> str:
        """The tag as a drawing has room for it, e.g. ``XMV 10``."""
        return short_tag(self.label)


@dataclass(frozen=True)
class Analyser:
    """A table of mole fractions; (x, y) is the top left corner."""

    title: str
    x: int
    y: int
    rows: tuple[tuple[str, str], ...]

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        """Component, tag and height of the baseline of each line."""
        return [
            (component, label, self.y + 34 + 17 * n)
            for n, (component, label) in enumerate(self.rows)
        ]

    @property
    def height(self) -> int:
        """Height of the table."""
        return 28 + 17 * len(self.rows)


def short_tag(label: str) -> str:
    """Return ``XMEAS(7)`` as ``XMEAS 7``."""
    return label.replace("(", " ").rstrip(")")


def _analyser(title: str, x: int, y: int, numbers: Iterable[int]) -> Analyser:
    found = [XMEAS[number - 1] for number in numbers]
    return Analyser(title, x, y, tuple((v.description[-1], v.label) for v in found))


READOUTS: tuple[Readout, ...] = (
    Readout("XMEAS(1)", 20, 232),
    Readout("XMEAS(2)", 20, 312),
    Readout("XMEAS(3)", 20, 392),
    Readout("XMEAS(4)", 20, 622),
    Readout("XMEAS(6)", 222, 322),
    Readout("XMEAS(7)", 376, 338),
    Readout("XMEAS(9)", 376, 388),
    Readout("XMEAS(8)", 376, 438),
    Readout("XMEAS(21)", 510, 500),
    Readout("XMEAS(22)", 566, 238),
    Readout("XMEAS(13)", 746, 318),
    Readout("XMEAS(11)", 746, 368),
    Readout("XMEAS(12)", 746, 418),
    Readout("XMEAS(14)", 716, 556),
    Readout("XMEAS(5)", 360, 62),
    Readout("XMEAS(20)", 640, 62),
    Readout("XMEAS(10)", 900, 62),
    Readout("XMEAS(16)", 976, 398),
    Readout("XMEAS(18)", 976, 448),
    Readout("XMEAS(15)", 976, 498),
    Readout("XMEAS(19)", 1150, 470),
    Readout("XMEAS(17)", 1150, 622),
)

VALVES: tuple[Valve, ...] = (
    Valve("XMV(3)", 166, 280),
    Valve("XMV(1)", 166, 360),
    Valve("XMV(2)", 166, 440),
    Valve("XMV(4)", 166, 670),
    Valve("XMV(5)", 586, 40),
    Valve("XMV(6)", 866, 120),
    Valve("XMV(7)", 868, 540),
    Valve("XMV(8)", 1098, 670),
    Valve("XMV(9)", 1122, 540),
    Valve("XMV(10)", 560, 570),
    Valve("XMV(11)", 556, 316, upright=True),
    Valve("XMV(12)", 430, 262),
)

ANALYSERS: tuple[Analyser, ...] = (
    _analyser("Reactor feed, mol%", 222, 396, range(23, 29)),
    _analyser("Purge gas, mol%", 1150, 62, range(29, 37)),
    _analyser("Product, mol%", 1150, 300, range(37, 42)),
)


@dataclass(frozen=True)
class Control:
    """How a variable is controlled: the loop that holds it, or that moves it."""

    loop: Loop
    words: str


def controls_of(label: str) -> list[Control]:
    """Return the loops that a variable belongs to: as what is held, as what is moved."""
    found = []
    by_number = {loop.number: loop for loop in LOOPS}
    for loop in LOOPS:
        held = XMEAS[loop.xmeas_number - 1].label
        inner = by_number.get(loop.drives_loop or 0)
        if loop.xmv_number is not None:
            moved = XMV[loop.xmv_number - 1].label
            by = f"by {moved}"
        elif inner is not None:
            moved = XMEAS[inner.xmeas_number - 1].label
            by = f"through the set point of {moved} (loop {inner.number})"
        else:
            continue
        if label == held:
            found.append(Control(loop, f"Loop {loop.number} holds it {by}."))
        elif label == moved:
            what = "moves it" if loop.xmv_number is not None else "sets its set point"
            found.append(Control(loop, f"Loop {loop.number} {what} to hold {held}."))
    return found
