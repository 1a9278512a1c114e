"""Detectors: pure numerical models of normal operation. No Django, and nothing of the plant."""

from __future__ import annotations

from monitoring.detectors import archive
from monitoring.detectors.bank import InnovationBank, RobustBank, SharpBank
from monitoring.detectors.base import Detector, NotFittedError, Runs
from monitoring.detectors.cva import CVADetector
from monitoring.detectors.decimation import DECIMATIONS, block_means
from monitoring.detectors.dpca import DPCADetector
from monitoring.detectors.forest import ForestDetector
from monitoring.detectors.limits import Limits
from monitoring.detectors.mewma import MEWMADetector
from monitoring.detectors.pca import PCADetector
from monitoring.detectors.persistence import Change, Persistence, PersistenceRule, Step

DETECTORS: dict[str, type[Detector]] = {
    cls.kind: cls
    for cls in (
        RobustBank,
        SharpBank,
        PCADetector,
        DPCADetector,
        CVADetector,
        MEWMADetector,
        ForestDetector,
    )
}
"""Every kind, the default first."""


def load_detector(data: bytes) -> Detector:
    """Read a stored detector of any kind in the registry."""
    kind = str(archive.unpack(data).get("kind", ""))
    if kind not in DETECTORS:
        known = ", ".join(sorted(DETECTORS))
        raise ValueError(f"the stored detector is of unknown kind {kind!r}; known: {known}")
    return DETECTORS[kind].from_bytes(data)


__all__ = [
    "DECIMATIONS",
    "DETECTORS",
    "CVADetector",
    "Change",
    "DPCADetector",
    "Detector",
    "ForestDetector",
    "InnovationBank",
    "Limits",
    "MEWMADetector",
    "NotFittedError",
    "PCADetector",
    "Persistence",
    "PersistenceRule",
    "RobustBank",
    "Runs",
    "SharpBank",
    "Step",
    "block_means",
    "load_detector",
]
