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

WIDTH, HEIGHT = 1188, 764

#: Width and height of a readout's plate, and the width of an analyser's.
PLATE = (122, 58)
#: Height of a line of an analyser.
LINE = 19


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
    """A valve in a pipe; (x, y) is its centre. `upright`: its words stand at its right."""

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

    @property
    def box(self) -> tuple[int, int, int, int]:
        """What it covers with its words: left, top, width, height."""
        if self.upright:
            return self.x - 13, self.y - 15, 90, 32
        return self.x - 36, self.y - 12, 72, 54


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
            (component, label, self.y + 38 + LINE * n)
            for n, (component, label) in enumerate(self.rows)
        ]

    @property
    def height(self) -> int:
        """Height of the table."""
        return 30 + LINE * len(self.rows)


def short_tag(label: str) -> str:
    """Return ``XMEAS(7)`` as ``XMEAS 7``."""
    return label.replace("(", " ").rstrip(")")


def _analyser(title: str, x: int, y: int, numbers: Iterable[int]) -> Analyser:
    found = [XMEAS[number - 1] for number in numbers]
    return Analyser(title, x, y, tuple((v.description[-1], v.label) for v in found))


READOUTS: tuple[Readout, ...] = (
    Readout("XMEAS(1)", 16, 236),
    Readout("XMEAS(2)", 16, 328),
    Readout("XMEAS(3)", 16, 420),
    Readout("XMEAS(4)", 16, 652),
    Readout("XMEAS(6)", 230, 332),
    Readout("XMEAS(7)", 380, 346),
    Readout("XMEAS(9)", 380, 410),
    Readout("XMEAS(8)", 380, 474),
    Readout("XMEAS(21)", 536, 484),
    Readout("XMEAS(22)", 564, 244),
    Readout("XMEAS(13)", 720, 316),
    Readout("XMEAS(11)", 720, 380),
    Readout("XMEAS(12)", 720, 444),
    Readout("XMEAS(14)", 656, 630),
    Readout("XMEAS(5)", 384, 48),
    Readout("XMEAS(20)", 692, 48),
    Readout("XMEAS(10)", 828, 48),
    Readout("XMEAS(16)", 914, 412),
    Readout("XMEAS(18)", 914, 476),
    Readout("XMEAS(15)", 914, 540),
    Readout("XMEAS(19)", 1054, 484),
    Readout("XMEAS(17)", 1054, 652),
)

VALVES: tuple[Valve, ...] = (
    Valve("XMV(3)", 179, 300),
    Valve("XMV(1)", 179, 392),
    Valve("XMV(2)", 179, 484),
    Valve("XMV(4)", 179, 716),
    Valve("XMV(5)", 598, 36),
    Valve("XMV(6)", 858, 120),
    Valve("XMV(7)", 828, 590),
    Valve("XMV(8)", 1010, 716),
    Valve("XMV(9)", 1106, 564),
    Valve("XMV(10)", 600, 600),
    Valve("XMV(11)", 504, 222),
    Valve("XMV(12)", 441, 302, upright=True),
)

ANALYSERS: tuple[Analyser, ...] = (
    _analyser("Reactor feed", 230, 420, range(23, 29)),
    _analyser("Purge gas", 1054, 54, range(29, 37)),
    _analyser("Product", 1054, 340, range(37, 42)),
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
