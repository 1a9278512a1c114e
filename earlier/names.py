"""The earlier system's names of tags."""

from simulation.tep.variables import LABELS, XMEAS, XMV

_IN_ORDER = [*(x.legacy_name for x in XMEAS), *(v.legacy_name for v in XMV)]
_NAMES = dict(zip(LABELS, _IN_ORDER, strict=True))


def earlier_name(label: str) -> str:
    """Return the earlier name of a label: `A Feed` for `XMEAS(1)`."""
    return _NAMES[label]
