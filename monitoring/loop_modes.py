"""Who has each loop: the letter that stands at what it holds and at what it moves. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from simulation.tep.loops import LOOPS, is_cascaded
from simulation.tep.variables import XMEAS, XMV

AUTOMATIC, CASCADE, HAND, STANDS_BY = "A", "C", "H", "S"
MODE_WORDS = {
    AUTOMATIC: "automatic",
    CASCADE: "automatic, its set point is set by another loop",
    HAND: "by hand",
    STANDS_BY: "stands by: what it moves is by hand",
}
VALVE, SETPOINT = "valve", "setpoint"
_BY_NUMBER = {loop.number: loop for loop in LOOPS}


def modes_of(hands: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return the mode by tag of every loop's two ends; `hands` are (kind, number) in force.

    A loop stands by while what it moves, or what moves in turn, is by hand. Where several loops
    meet in a tag (a cascade's inner measurement), the letter is that of the loop that holds it.
    """
    held = set(hands)
    modes: dict[str, str] = {}
    for loop in LOOPS:
        if loop.xmv_number is not None:
            by_hand = (VALVE, loop.xmv_number) in held
            modes[XMV[loop.xmv_number - 1].label] = HAND if by_hand else AUTOMATIC
        if _moves_by_hand(loop.number, held):
            mode = STANDS_BY
        elif (SETPOINT, loop.number) in held:
            mode = HAND
        else:
            mode = CASCADE if is_cascaded(loop.number) else AUTOMATIC
        modes[XMEAS[loop.xmeas_number - 1].label] = mode
    for kind, number in held:
        if kind == VALVE:  # the agitator, too, which has no loop
            modes[XMV[number - 1].label] = HAND
    return modes


def _moves_by_hand(number: int, held: set[tuple[str, int]]) -> bool:
    loop = _BY_NUMBER[number]
    if loop.xmv_number is not None:
        return (VALVE, loop.xmv_number) in held
    inner = loop.drives_loop
    if inner is None:
        return False
    return (SETPOINT, inner) in held or _moves_by_hand(inner, held)
