"""Process minutes from each alarm to the trip, for each valve shut or wide open: what follows.

`python benchmarks/time_to_respond.py` prints what monitoring/alarms/rationale/ tells in `minutes`,
from normal operation on, with the seed and the generator of the published runs.
"""

import os
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")
BEGIN_HOURS, HOURS = 2.0, 26.0
VALVES, POSITIONS = range(1, 12), (0.0, 100.0)


@dataclass(frozen=True)
class Followed:
    """What followed on a valve put to a position: minutes after it, None for never."""

    trip: float | None
    why: str
    alarms: dict[str, float]

    def left(self, code: str) -> float | None:
        """Return the minutes between an alarm and the trip; None without either."""
        if self.trip is None or code not in self.alarms:
            return None
        return self.trip - self.alarms[code]


def follow(valve: int, position: float) -> Followed:
    """Put a valve by hand to a position, and hold what follows against the built-in limits."""
    from monitoring.alarms.built_in import definitions
    from monitoring.alarms.limits import Kind
    from monitoring.alarms.references import references_of
    from monitoring.models import AlarmDefinition
    from simulation.tep import SAMPLE_SECONDS, simulate

    run = simulate(HOURS, xmv={valve: (position, BEGIN_HOURS)})
    begin = round(BEGIN_HOURS * 3600 / SAMPLE_SECONDS)
    trips = [event for event in run.events if event.kind == "trip"]
    found = {}
    for fields in definitions():
        if fields["source"] != "limit":
            continue
        one = AlarmDefinition(**fields)
        values = run[one.tag].tolist()
        references = None
        if fields["kind"] is Kind.DEVIATION:
            references = references_of(one, list(range(1, len(values) + 1)), [])
        _, changes = one.as_limit().evaluate((), values, references)
        places = [change.place for change in changes if change.active and change.place >= begin]
        if places:
            found[one.code] = (places[0] + 1 - begin) * SAMPLE_SECONDS / 60
    trip = trips[0].step / 60 - BEGIN_HOURS * 60 if trips else None
    return Followed(trip, trips[0].text if trips else "no trip", found)


def main() -> None:
    """Print each case: the trip, and the minutes that each alarm leaves."""
    django.setup()
    for valve in VALVES:
        for position in POSITIONS:
            told = follow(valve, position)
            when = "" if told.trip is None else f" after {told.trip:.0f} min"
            print(f"XMV({valve}) at {position:g} %: {told.why}{when}")
            for code, at in sorted(told.alarms.items(), key=lambda one: one[1]):
                left = told.left(code)
                print(f"  {at:6.0f} min {code}" + ("" if left is None else f", {left:.0f} left"))


if __name__ == "__main__":
    main()
