"""The alarm definitions that come with the product, derived from what is published of the plant.

From the operating ranges of `simulation.tep.variables` come the high and low limits, from the
trips the high-high and low-low ones, from normal operation the rates and deviations. One that
cannot work is stored out of service, with its reason.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from monitoring.alarms.limits import Kind
from monitoring.alarms.normal_operation import NORMAL
from monitoring.alarms.rationale import RATIONALES
from monitoring.alarms.workable import SIGMAS, trips_of
from monitoring.models import AlarmDefinition
from simulation.tep import TRIP_LIMITS
from simulation.tep.variables import VARIABLES, Xmeas, index_of

CLAIM, BAD_DATA, STALLED = "detector", "bad-data", "stream-stalled"
TRIPPED, FAILED = "plant-tripped", "plant-failed"

#: The high-high limit leaves this part of the way from normal operation to the trip.
MARGIN_BEFORE_TRIP = 1 / 3
#: Recommended deadbands in percent of the operating range by the kind of measurement
#: (ANSI/ISA-18.2-2016), and never less than this many standard deviations of the noise.
DEADBAND_PERCENT = {"kPa gauge": 2.0, "°C": 1.0}
OTHER_DEADBAND_PERCENT = 5.0
NOISE_IN_DEADBAND = 3.0
#: A rate, or a deviation, is alarmed at so many times what normal operation reaches by itself.
BEYOND_NORMAL = 2.0
RATE_TAGS, RATE_WINDOW = ("XMEAS(7)", "XMEAS(9)"), 10
DEVIATION_TAGS = ("XMEAS(8)", "XMEAS(9)", "XMEAS(12)", "XMEAS(15)")
#: More bad readings in a row than this are an alarm.
BAD_READINGS = 2

_WORDS = {
    Kind.HIHI: "high-high", Kind.HI: "high", Kind.LO: "low", Kind.LOLO: "low-low",
    Kind.RATE: "changes fast", Kind.DEVIATION: "off its set point",
}  # fmt: skip


def definitions() -> Iterator[dict[str, Any]]:
    """Yield the fields of each built-in definition, with why it is an alarm."""
    for fields in _conditions():
        yield {**fields, **rationale_of(fields)}


def rationale_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return cause, consequence, response and time of a built-in definition.

    Before a trip the consequence begins with the trip's own figure.
    """
    told = RATIONALES[fields["code"]]
    consequence = told.consequence
    if (kind := fields["kind"]) in {Kind.HIHI, Kind.LOLO}:
        consequence = f"The plant trips at {_trip_words(fields['tag'], kind)}. {consequence}"
    return {
        "cause": told.cause,
        "consequence": consequence,
        "response": told.response,
        "time_to_respond": told.minutes,
    }


def _conditions() -> Iterator[dict[str, Any]]:
    yield from _of_the_system()
    yield from _ranges()
    yield from _before_trips()
    for tag in RATE_TAGS:
        reach = math.sqrt(2.0) * SIGMAS * NORMAL[tag].sd
        yield _limit(tag, Kind.RATE, BEYOND_NORMAL * reach, priority="medium", window=RATE_WINDOW)
    for tag in DEVIATION_TAGS:
        limit = BEYOND_NORMAL * SIGMAS * NORMAL[tag].sd
        yield _limit(tag, Kind.DEVIATION, limit, priority="medium", on_delay=2, off_delay=2)


def _of_the_system() -> Iterator[dict[str, Any]]:
    yield {
        "code": CLAIM, "name": "Fault detected", "source": "detector", "kind": "claim",
        "priority": "high",
    }  # fmt: skip
    yield {
        "code": STALLED, "name": "Stream stalled", "source": "system", "kind": "stalled",
        "priority": "high",
    }  # fmt: skip
    yield {
        "code": BAD_DATA, "name": "Bad data", "source": "system", "kind": Kind.BAD_IN_A_ROW,
        "limit": float(BAD_READINGS), "priority": "high",
    }  # fmt: skip
    yield {
        "code": TRIPPED, "name": "Plant tripped", "source": "system", "kind": "tripped",
        "priority": "critical",
    }  # fmt: skip
    yield {
        "code": FAILED, "name": "Plant failed", "source": "system", "kind": "failed",
        "priority": "critical",
    }  # fmt: skip


def _ranges() -> Iterator[dict[str, Any]]:
    for variable in VARIABLES:
        if variable.operating_range is None:
            continue
        low, high = variable.operating_range
        is_measured = isinstance(variable, Xmeas)
        priority = "high" if variable.critical and is_measured else "low"
        more = {"deadband": _deadband(variable.label), "on_delay": 2, "off_delay": 2}
        yield _limit(variable.label, Kind.HI, float(high), priority=priority, **more)
        yield _limit(variable.label, Kind.LO, float(low), priority=priority, **more)


def _before_trips() -> Iterator[dict[str, Any]]:
    for tag in dict.fromkeys(f"XMEAS({trip.xmeas_number})" for trip in TRIP_LIMITS):
        normal = NORMAL[tag].mean
        for kind, trip in zip((Kind.LOLO, Kind.HIHI), trips_of(tag), strict=True):
            if math.isfinite(trip):
                limit = trip + MARGIN_BEFORE_TRIP * (normal - trip)
                deadband = _deadband(tag)
                yield _limit(tag, kind, limit, priority="critical", deadband=deadband, off_delay=2)


def _deadband(tag: str) -> float:
    variable = VARIABLES[index_of(tag)]
    low, high = variable.operating_range or (0.0, 0.0)
    percent = DEADBAND_PERCENT.get(variable.unit, OTHER_DEADBAND_PERCENT)
    noise = variable.noise_std if isinstance(variable, Xmeas) else 0.0
    return _rounded(max(percent / 100.0 * (high - low), NOISE_IN_DEADBAND * noise))


def _limit(tag: str, kind: Kind, limit: float, **more: Any) -> dict[str, Any]:
    variable = VARIABLES[index_of(tag)]
    what = variable.description.partition(" (")[0]
    named = what if isinstance(variable, Xmeas) else f"{tag} {what}"
    return {
        "code": f"{variable.name.replace('_', '-')}-{kind}",
        "name": f"{named[:1].upper()}{named[1:]} {_WORDS[kind]}",
        "source": "limit",
        "kind": kind,
        "tag": tag,
        "limit": _rounded(limit),
        **more,
    }


def _trip_words(tag: str, kind: Kind) -> str:
    low, high = trips_of(tag)
    return f"{high if kind is Kind.HIHI else low:.5g} {VARIABLES[index_of(tag)].unit}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def store_built_in(using: str = "default", **kwargs: Any) -> None:
    """After each migration: store the definitions that are not there; change none that is."""
    columns = _columns(using)
    if not {field.column for field in AlarmDefinition._meta.concrete_fields} <= columns:
        return  # it went back to, or stopped at, a version from before these
    known = set(AlarmDefinition.objects.using(using).values_list("code", flat=True))
    with transaction.atomic(using):
        for fields in definitions():
            if fields["code"] not in known:
                _store(AlarmDefinition(**fields), using)


def _columns(using: str) -> set[str]:
    connection = connections[using]
    table = AlarmDefinition._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return set()
        described = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in described}


def _store(definition: AlarmDefinition, using: str) -> None:
    definition.save(using=using)
    if definition.cannot_work:
        definition.in_service = False
        definition.out_of_service_why = definition.cannot_work
        definition.out_of_service_since = timezone.now()
        definition.save(using=using)
