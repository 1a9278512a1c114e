"""How the plant is tied together: its areas and the control loops that join tags.

A fault shows in loops, not in lone tags: where a controller holds a measurement, it is the valve
that moves. The loops are those of the decentralised control of Lyman & Georgakis, "Plant-wide
control of the Tennessee Eastman problem", Computers & Chemical Engineering 19 (1995) 321-331, as
this plant is controlled.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Loop:
    """A valve, the measurement it holds, and the measurements that move the set point."""

    name: str
    area: str
    valve: str
    controlled: str
    outer: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag of the loop, the valve first."""
        return (self.valve, self.controlled, *self.outer)

    @property
    def words(self) -> str:
        """The loop in words, for example «XMV(10) holds XMEAS(21), set by XMEAS(9)»."""
        outer = f", set by {' set by '.join(self.outer)}" if self.outer else ""
        return f"{self.valve} holds {self.controlled}{outer}"


LOOPS: tuple[Loop, ...] = (
    Loop("D feed", "feeds", "XMV(1)", "XMEAS(2)", ("XMEAS(26)",)),
    Loop("E feed", "feeds", "XMV(2)", "XMEAS(3)", ("XMEAS(27)",)),
    Loop("A feed", "feeds", "XMV(3)", "XMEAS(1)", ("XMEAS(23)",)),
    Loop("A and C feed / reactor level", "feeds", "XMV(4)", "XMEAS(4)", ("XMEAS(8)",)),
    Loop("recycle flow", "recycle", "XMV(5)", "XMEAS(5)"),
    Loop("purge", "recycle", "XMV(6)", "XMEAS(10)", ("XMEAS(30)",)),
    Loop("separator level", "separator", "XMV(7)", "XMEAS(12)"),
    Loop("stripper level", "stripper", "XMV(8)", "XMEAS(15)"),
    Loop("steam / stripper temperature", "stripper", "XMV(9)", "XMEAS(19)",
         ("XMEAS(18)", "XMEAS(38)")),
    Loop("reactor cooling", "reactor", "XMV(10)", "XMEAS(21)", ("XMEAS(9)",)),
    Loop("condenser cooling / production rate", "condenser", "XMV(11)", "XMEAS(17)"),
)  # fmt: skip

#: Measurements outside every loop, and where they belong.
_FREE = {
    "XMEAS(6)": "reactor",
    "XMEAS(7)": "reactor",
    "XMEAS(11)": "separator",
    "XMEAS(13)": "separator",
    "XMEAS(14)": "separator",
    "XMEAS(16)": "stripper",
    "XMEAS(20)": "recycle",
    "XMEAS(22)": "condenser",
    "XMV(12)": "reactor",
}
#: Where a tag stands, where that is not its loop's area.
_ELSEWHERE = {"XMEAS(8)": "reactor", "XMEAS(17)": "stripper"}


def loops_of(tag: str) -> tuple[Loop, ...]:
    """Return the loops that a tag takes part in."""
    return tuple(loop for loop in LOOPS if tag in loop.tags)


def loops_among(tags: Iterable[str]) -> tuple[Loop, ...]:
    """Return the loops that any of the tags takes part in, in the order of the tags."""
    return tuple(dict.fromkeys(loop for tag in tags for loop in loops_of(tag)))


def area_of(tag: str) -> str:
    """Return the plant area of a tag; `analysers` for the composition measurements."""
    if tag in _ELSEWHERE:
        return _ELSEWHERE[tag]
    if tag in _FREE:
        return _FREE[tag]
    for loop in LOOPS:
        if tag in (loop.valve, loop.controlled, *loop.outer[:1]):
            return loop.area if not tag.startswith("XMEAS") or _number(tag) <= 22 else "analysers"
    return "analysers"


def _number(tag: str) -> int:
    return int(tag[tag.index("(") + 1 : -1])
