"""The rationalisation of the built-in alarm definitions (ANSI/ISA-18.2, IEC 62682). Pure.

What follows and when comes from runs of the simulator under its published control: each published
disturbance for 46 h, and each valve shut or wide open for 24 h, from normal operation on.
`benchmarks/time_to_respond.py` prints the times; a test holds the table against fresh runs. What a
disturbance of unknown cause really is stays out: the sentences are for people who cannot know it.
"""

from monitoring.alarms.rationale.of_changes import OF_CHANGES
from monitoring.alarms.rationale.of_feeds_and_reactor import OF_FEEDS_AND_REACTOR
from monitoring.alarms.rationale.of_separation import OF_SEPARATION
from monitoring.alarms.rationale.of_the_system import OF_THE_SYSTEM
from monitoring.alarms.rationale.of_valves import OF_VALVES
from monitoring.alarms.rationale.rationale import Rationale

#: By the code of the definition.
RATIONALES: dict[str, Rationale] = {
    **OF_THE_SYSTEM,
    **OF_FEEDS_AND_REACTOR,
    **OF_SEPARATION,
    **OF_VALVES,
    **OF_CHANGES,
}

__all__ = ["RATIONALES", "Rationale"]
