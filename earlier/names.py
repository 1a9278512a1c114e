"""The earlier system's names of tags."""

from simulation.tep.variables import LABELS, XMEAS, XMV

_NAMES = dict(zip(LABELS, [v.legacy_name for v in (*XMEAS, *XMV)], strict=True))


def earlier_name(label: str) -> str:
    """Return the earlier name of a label: `A Feed` for `XMEAS(1)`."""
    return _NAMES[label]
