"""Names, units and limits of everything an operator of the plant can read or set.

Arrays are 0-based, labels such as ``XMEAS(7)`` are 1-based; this module is the only place that
converts between the two. Sources: Downs & Vogel, "A plant-wide industrial process control
problem", Computers & Chemical Engineering 17 (1993) 245-255 (variables, disturbances, base
case); the noise levels are those of the authors' published simulation; operating
ranges are this project's own display ranges around the base case. Shutdown limits: ``safety``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

Kind = Literal["step", "random variation", "slow drift", "sticking", "pulses", "unknown"]


class _Labelled:
    family: ClassVar[str]
    number: int

    @property
    def label(self) -> str:
        """The 1-based label, e.g. ``XMEAS(7)``."""
        return f"{self.family}({self.number})"


@dataclass(frozen=True)
class Xmeas(_Labelled):
    """One measurement; ``sample_hours`` is 0 for a continuous one, else period and dead time."""

    family = "XMEAS"
    number: int
    name: str
    description: str
    unit: str
    nominal: float
    noise_std: float
    legacy_name: str
    operating_range: tuple[float, float] | None = None
    critical: bool = False
    sample_hours: float = 0.0


@dataclass(frozen=True)
class Xmv(_Labelled):
    """One manipulated variable, in percent of its range."""

    family = "XMV"
    number: int
    name: str
    description: str
    nominal: float
    legacy_name: str
    operating_range: tuple[float, float] | None = None
    critical: bool = False
    unit: str = "%"


@dataclass(frozen=True)
class Idv(_Labelled):
    """One disturbance: what was published about it, and what the simulated plant really does.

    ``description`` and ``kind`` are what an operator may know; ``mechanism`` and ``true_kind``
    are the truth, for scoring.
    """

    family = "IDV"
    number: int
    description: str
    kind: Kind
    mechanism: str
    true_kind: Kind


def _analyser(
    first: int,
    name: str,
    text: str,
    legacy: str,
    hours: float,
    rows: dict[str, tuple[float, float]],
) -> tuple[Xmeas, ...]:
    return tuple(
        Xmeas(
            number=number,
            name=f"{name}_{component.lower()}",
            description=f"{text}, component {component}",
            unit="mol%",
            nominal=nominal,
            noise_std=noise_std,
            legacy_name=legacy.format(component),
            sample_hours=hours,
        )
        for number, (component, (nominal, noise_std)) in enumerate(rows.items(), start=first)
    )


# fmt: off
XMEAS: tuple[Xmeas, ...] = (
    Xmeas(1, "a_feed", "A feed (stream 1)", "kscmh", 0.25052, 0.0012, "A Feed", (0.15, 0.35)),
    Xmeas(2, "d_feed", "D feed (stream 2)", "kg/h", 3664.0, 18.0, "D Feed", (3500, 3800)),
    Xmeas(3, "e_feed", "E feed (stream 3)", "kg/h", 4509.3, 22.0, "E Feed", (4300, 4700)),
    Xmeas(4, "ac_feed", "A and C feed (stream 4)", "kscmh", 9.3477, 0.05,
          "A and C Feed", (8.5, 10.0)),
    Xmeas(5, "recycle_flow", "recycle flow (stream 8)", "kscmh", 26.902, 0.2,
          "Recycle Flow", (25, 29)),
    Xmeas(6, "reactor_feed_rate", "reactor feed rate (stream 6)", "kscmh", 42.339, 0.21,
          "Reactor Feed Rate", (40, 45)),
    Xmeas(7, "reactor_pressure", "reactor pressure", "kPa gauge", 2705.0, 0.3,
          "Reactor Pressure", (2650, 2750), True),
    Xmeas(8, "reactor_level", "reactor level", "%", 75.0, 0.5, "Reactor Level", (70, 80), True),
    Xmeas(9, "reactor_temperature", "reactor temperature", "°C", 120.4, 0.01,
          "Reactor Temperature", (120.2, 120.6), True),
    Xmeas(10, "purge_rate", "purge rate (stream 9)", "kscmh", 0.33712, 0.0017,
          "Purge Rate", (0.30, 0.40)),
    Xmeas(11, "separator_temperature", "product separator temperature", "°C", 80.109, 0.01,
          "Product Sep Temp", (75, 85)),
    Xmeas(12, "separator_level", "product separator level", "%", 50.0, 1.0,
          "Product Sep Level", (45, 55), True),
    Xmeas(13, "separator_pressure", "product separator pressure", "kPa gauge", 2633.7, 0.3,
          "Product Sep Pressure", (2600, 2700)),
    Xmeas(14, "separator_underflow", "product separator underflow (stream 10)", "m3/h",
          25.16, 0.125, "Product Sep Underflow", (20, 30)),
    Xmeas(15, "stripper_level", "stripper level", "%", 50.0, 1.0, "Stripper Level", (45, 55)),
    Xmeas(16, "stripper_pressure", "stripper pressure", "kPa gauge", 3102.2, 0.3,
          "Stripper Pressure", (3000, 3200)),
    Xmeas(17, "stripper_underflow", "stripper underflow (stream 11)", "m3/h", 22.949, 0.115,
          "Stripper Underflow", (20, 26)),
    Xmeas(18, "stripper_temperature", "stripper temperature", "°C", 65.731, 0.01,
          "Stripper Temp", (60, 70)),
    Xmeas(19, "steam_flow", "stripper steam flow", "kg/h", 230.31, 1.15,
          "Stripper Steam Flow", (220, 250)),
    Xmeas(20, "compressor_work", "compressor work", "kW", 341.43, 0.2,
          "Compressor Work", (330, 350)),
    Xmeas(21, "reactor_coolant_temperature", "reactor cooling water outlet temperature", "°C",
          94.599, 0.01, "Reactor Coolant Temp", (90, 100)),
    Xmeas(22, "condenser_coolant_temperature", "separator cooling water outlet temperature", "°C",
          77.297, 0.01, "Separator Coolant Temp", (75, 85)),
    *_analyser(23, "feed", "reactor feed analysis (stream 6)", "Component {} to Reactor", 0.1, {
        "A": (32.188, 0.25), "B": (8.8933, 0.1), "C": (26.383, 0.25),
        "D": (6.882, 0.1), "E": (18.776, 0.25), "F": (1.6567, 0.025)}),
    *_analyser(29, "purge", "purge gas analysis (stream 9)", "Component {} in Purge", 0.1, {
        "A": (32.958, 0.25), "B": (13.823, 0.1), "C": (23.978, 0.25), "D": (1.2565, 0.1),
        "E": (18.579, 0.25), "F": (2.2633, 0.025), "G": (4.8436, 0.05), "H": (2.2986, 0.05)}),
    *_analyser(37, "product", "product analysis (stream 11)", "Component {} in Product", 0.25, {
        "D": (0.01787, 0.01), "E": (0.8357, 0.01), "F": (0.09858, 0.01),
        "G": (53.724, 0.5), "H": (43.828, 0.5)}),
)

XMV: tuple[Xmv, ...] = (
    Xmv(1, "d_feed_valve", "D feed flow (stream 2)", 63.053, "D feed load", (50, 70)),
    Xmv(2, "e_feed_valve", "E feed flow (stream 3)", 53.980, "E feed load", (45, 65)),
    Xmv(3, "a_feed_valve", "A feed flow (stream 1)", 24.644, "A feed load", (15, 35)),
    Xmv(4, "ac_feed_valve", "A and C feed flow (stream 4)", 61.302, "A and C feed load", (50, 70)),
    Xmv(5, "recycle_valve", "compressor recycle valve", 22.210,
        "Compressor recycle valve", (15, 35), True),
    Xmv(6, "purge_valve", "purge valve (stream 9)", 40.064, "Purge valve", (35, 55)),
    Xmv(7, "separator_liquid_valve", "separator liquid flow (stream 10)", 38.100,
        "Separator liquid load", (30, 50), True),
    Xmv(8, "stripper_liquid_valve", "stripper liquid product flow (stream 11)", 46.534,
        "Stripper liquid load", (35, 55), True),
    Xmv(9, "steam_valve", "stripper steam valve", 47.446, "Stripper steam valve", (40, 60)),
    Xmv(10, "reactor_coolant_valve", "reactor cooling water flow", 41.106,
        "Reactor coolant load", (35, 55), True),
    Xmv(11, "condenser_coolant_valve", "condenser cooling water flow", 18.114,
        "Condenser coolant load", (14, 22)),
    Xmv(12, "agitator_speed", "agitator speed", 50.000, "Agitator Speed"),
)

IDV: tuple[Idv, ...] = (
    Idv(1, "A/C feed ratio, B composition constant (stream 4)", "step",
        "A/C feed: A fraction -0.03, C takes the balance", "step"),
    Idv(2, "B composition, A/C ratio constant (stream 4)", "step",
        "A/C feed: B fraction +0.005, A fraction -0.00243719, C takes the balance", "step"),
    Idv(3, "D feed temperature (stream 2)", "step", "D feed +5 °C", "step"),
    Idv(4, "Reactor cooling water inlet temperature", "step", "inlet +5 °C", "step"),
    Idv(5, "Condenser cooling water inlet temperature", "step", "inlet +5 °C", "step"),
    Idv(6, "A feed loss (stream 1)", "step", "A feed flow x 0", "step"),
    Idv(7, "C header pressure loss, reduced availability (stream 4)", "step",
        "A/C feed flow x 0.8", "step"),
    Idv(8, "A, B, C feed composition (stream 4)", "random variation",
        "A and B fractions of the A/C feed wander", "random variation"),
    Idv(9, "D feed temperature (stream 2)", "random variation",
        "D feed temperature wanders", "random variation"),
    Idv(10, "C feed temperature (stream 4)", "random variation",
        "A/C feed temperature wanders", "random variation"),
    Idv(11, "Reactor cooling water inlet temperature", "random variation",
        "inlet temperature wanders", "random variation"),
    Idv(12, "Condenser cooling water inlet temperature", "random variation",
        "inlet temperature wanders", "random variation"),
    Idv(13, "Reaction kinetics", "slow drift", "rates of reactions 1 and 2 drift", "slow drift"),
    Idv(14, "Reactor cooling water valve", "sticking", "valve 10 sticks", "sticking"),
    Idv(15, "Condenser cooling water valve", "sticking", "valve 11 sticks", "sticking"),
    Idv(16, "Unknown", "unknown", "stripper steam heat transfer wanders", "random variation"),
    Idv(17, "Unknown", "unknown", "reactor coil fouls, up to -35 %, then clears", "pulses"),
    Idv(18, "Unknown", "unknown", "condenser fouls, up to -25 %, then clears", "pulses"),
    Idv(19, "Unknown", "unknown", "valves 5, 7, 8 and 9 stick", "sticking"),
    Idv(20, "Unknown", "unknown", "reactor outlet plugs, up to -25 %, then clears", "pulses"),
)
# fmt: on

N_XMEAS, N_XMV, N_IDV = len(XMEAS), len(XMV), len(IDV)
N_CONTINUOUS = sum(x.sample_hours == 0.0 for x in XMEAS)
VARIABLES: tuple[Xmeas | Xmv, ...] = (*XMEAS, *XMV)  # in the order of a recorded row
LABELS: tuple[str, ...] = tuple(variable.label for variable in VARIABLES)
LEGACY_NAMES: tuple[str, ...] = tuple(x.legacy_name for x in XMEAS[:N_CONTINUOUS])

_COLUMN = {label: column for column, label in enumerate(LABELS)}
_SHAPE = re.compile(r"\s*(XMEAS|XMV|IDV)\s*\(\s*(\d{1,6})\s*\)\s*", re.IGNORECASE)


def index_of(label: str) -> int:
    """Return the 0-based column (0..52) of ``XMEAS(n)`` or ``XMV(n)`` in a recorded row."""
    shape = _SHAPE.fullmatch(label) if isinstance(label, str) else None
    if shape is None:
        raise ValueError(f"{label!r} is not a label; write for example 'XMEAS(7)' or 'XMV(10)'")
    family, number = shape[1].upper(), int(shape[2])
    if family == "IDV":
        raise ValueError(
            f"{label!r} is a disturbance and has no column in a row; use idv_index({number})"
        )
    column = _COLUMN.get(f"{family}({number})")
    if column is None:
        raise ValueError(f"{label!r} does not exist: {_span(family)}")
    return column


def label_of(column: int) -> str:
    """Return the label of a 0-based column (0..52) of a recorded row."""
    if isinstance(column, bool) or not hasattr(column, "__index__"):
        raise ValueError(f"a column is a whole number, not {column!r}")
    if not 0 <= column < len(LABELS):
        raise ValueError(f"column {column} does not exist: a row has columns 0..{len(LABELS) - 1}")
    return LABELS[column]


def xmeas_index(number: int) -> int:
    """Return the 0-based place of XMEAS(number) in an ``xmeas`` array."""
    return _place("XMEAS", number)


def xmv_index(number: int) -> int:
    """Return the 0-based place of XMV(number) in an ``xmv`` array."""
    return _place("XMV", number)


def idv_index(number: int) -> int:
    """Return the 0-based place of IDV(number) in an ``idv`` array."""
    return _place("IDV", number)


_COUNT = {"XMEAS": N_XMEAS, "XMV": N_XMV, "IDV": N_IDV}


def _span(family: str) -> str:
    return f"{family} runs from {family}(1) to {family}({_COUNT[family]})"


def _place(family: str, number: int) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise ValueError(f"the number of an {family} is a whole number, not {number!r}")
    if not 1 <= number <= _COUNT[family]:
        raise ValueError(f"{family}({number}) does not exist: {_span(family)}")
    return int(number) - 1
