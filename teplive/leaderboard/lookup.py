"""The plainest baseline: which fault's leading tags have most in common with an alarm's.

It looks at the six largest contributions alone, and into the table of signatures that comes with
the product. An explainer that is not better than this has not understood anything.
"""

from explainer.asking import jaccard
from explainer.signature_table import PROFILES
from monitoring.models import Alarm

LEADING = 6
NAME = "Contribution lookup alone"


def _leading_tags(profile: dict[str, float]) -> frozenset[str]:
    """Return the tags that move most in a signature, restless ones included."""
    order = sorted(profile, key=lambda key: -abs(profile[key]))
    return frozenset([*dict.fromkeys(key.lstrip("~") for key in order)][:LEADING])


_USUAL = {
    idv: tuple(_leading_tags(profile) for profile in profiles) for idv, profiles in PROFILES.items()
}


def looked_up(alarm: Alarm) -> list[int]:
    """Return the faults whose leading tags overlap with the alarm's, the most alike first."""
    tags = [part["tag"] for part in alarm.analysis.top_contributions(LEADING)]
    likeness = {idv: max(jaccard(tags, usual) for usual in sets) for idv, sets in _USUAL.items()}
    return sorted((idv for idv in likeness if likeness[idv]), key=lambda idv: -likeness[idv])
