"""How interventions are written: short forms in Python, texts on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from simulation.tep.interventions import Injection, SetpointMove, ValveMove

_NUMBER = r"[^@:*=]+"
_TIMES = rf"(?:@(?P<start>{_NUMBER})(?::(?P<end>{_NUMBER}))?)?"
_INJECTION = re.compile(
    rf"(?P<name>{_NUMBER})@(?P<start>{_NUMBER})(?::(?P<end>{_NUMBER}))?(?:\*(?P<value>{_NUMBER}))?"
)
_MOVE = re.compile(rf"(?P<name>{_NUMBER})=(?P<value>{_NUMBER}){_TIMES}")
INJECTION_FORM = "IDV@START[:END][*MAGNITUDE], e.g. 4@8 or 1@10:12*0.5"
VALVE_FORM = "XMV=POSITION[@START[:END]], e.g. 10=38@5 or 10=38@5:9"
SETPOINT_FORM = "LOOP=VALUE[@START[:END]], e.g. 17=70@5 or XMEAS(8)=70@5:9"

_Kind = TypeVar("_Kind", Injection, ValveMove, SetpointMove)


def parse_injection(text: str) -> Injection:
    """Read ``4@8``, ``4@8:12`` or ``1@10:12*0.5``; ValueError says what is wrong."""
    found = _match(_INJECTION, text, INJECTION_FORM)
    value = found["value"]
    magnitude = 1.0 if value is None else _float_of(value, text)
    return Injection(_whole_of(found["name"], text), *_times_of(found, text), magnitude)


def parse_valve_move(text: str) -> ValveMove:
    """Read ``10=38``, ``10=38@5`` or ``10=38@5:9``; ValueError says what is wrong."""
    found = _match(_MOVE, text, VALVE_FORM)
    number, position = _whole_of(found["name"], text), _float_of(found["value"], text)
    return ValveMove(number, position, *_times_of(found, text))


def parse_setpoint_move(text: str) -> SetpointMove:
    """Read ``17=70``, ``17=70@5`` or ``XMEAS(8)=70@5:9``; ValueError says what is wrong."""
    found = _match(_MOVE, text, SETPOINT_FORM)
    value = _float_of(found["value"], text)
    return SetpointMove(found["name"].strip(), value, *_times_of(found, text))


def injections_of(idv: Any) -> list[Injection]:
    """Read what ``simulate(idv=...)`` takes: ``{4: 8.0}``, ``{1: (10, 12, 0.5)}``, objects, texts.

    A tuple is (start, end, magnitude) with the later ones optional; a list holds several.
    """
    return _read(idv, Injection, "idv", parse_injection)


def valve_moves_of(xmv: Any) -> list[ValveMove]:
    """Read what ``simulate(xmv=...)`` takes: ``{10: 38.0}``, ``{10: (38.0, 5, 9)}``, objects.

    A tuple is (position, start, end) with the later ones optional; a list holds several.
    """
    return _read(xmv, ValveMove, "xmv", parse_valve_move)


def setpoint_moves_of(setpoints: Any) -> list[SetpointMove]:
    """Read what ``simulate(setpoints=...)`` takes: ``{17: 70.0}``, ``{"XMEAS(8)": (70, 5, 9)}``."""
    return _read(setpoints, SetpointMove, "setpoints", parse_setpoint_move)


def _read(given: Any, kind: type[_Kind], name: str, parse: Callable[[str], _Kind]) -> list[_Kind]:
    if given is None:
        return []
    if isinstance(given, kind | str):
        given = [given]
    found: list[_Kind] = []
    if isinstance(given, Mapping):
        for key, value in given.items():
            forms = value if isinstance(value, list) else [value]
            for form in forms:
                if isinstance(form, kind):
                    found.append(form)
                    continue
                numbers = form if isinstance(form, tuple) else (form,)
                if not 1 <= len(numbers) <= 3:
                    raise ValueError(f"{name}[{key!r}] is a number or up to three, not {form!r}")
                found.append(kind(_key(key), *numbers))
        return found
    if not isinstance(given, Iterable):
        raise ValueError(f"{name} is a mapping or a list, not {given!r}")
    for one in given:
        if isinstance(one, str):
            found.append(parse(one))
        elif isinstance(one, kind):
            found.append(one)
        else:
            raise ValueError(f"{name} holds {kind.__name__} objects or texts, not {one!r}")
    return found


def _key(number: Any) -> Any:
    return int(number) if isinstance(number, str) and number.strip().isdigit() else number


def _match(pattern: re.Pattern[str], text: str, example: str) -> re.Match[str]:
    found = pattern.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r}: write {example}")
    return found


def _times_of(found: re.Match[str], text: str) -> tuple[float, float | None]:
    start, end = found["start"], found["end"]
    return (
        0.0 if start is None else _float_of(start, text),
        None if end is None else _float_of(end, text),
    )


def _float_of(part: str, text: str) -> float:
    try:
        return float(part)
    except ValueError:
        raise ValueError(f"{text!r}: {part.strip()!r} is not a number") from None


def _whole_of(part: str, text: str) -> int:
    if not part.strip().isdigit():
        raise ValueError(f"{text!r}: {part.strip()!r} is not a whole number")
    return int(part)
