"""Detectors: pure numerical models of normal operation. No Django, and nothing of the plant."""

from __future__ import annotations

from monitoring.detectors import archive
from monitoring.detectors.base import Detector, NotFittedError, Runs, Scores
from monitoring.detectors.decimation import DECIMATIONS, block_means
from monitoring.detectors.limits import Limits
from monitoring.detectors.pca import PCADetector
from monitoring.detectors.persistence import Change, Persistence, PersistenceRule, Step

DETECTORS: dict[str, type[Detector]] = {PCADetector.kind: PCADetector}


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
    "Change",
    "Detector",
    "Limits",
    "NotFittedError",
    "PCADetector",
    "Persistence",
    "PersistenceRule",
    "Runs",
    "Scores",
    "Step",
    "block_means",
    "load_detector",
]
