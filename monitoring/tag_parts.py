"""What one tag contributes to what was found at a scored point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.models import Analysis, DetectorModel
from simulation.fields import Vector


@dataclass(frozen=True)
class TagShare:
    """The tag's share of one statistic, and which place it takes among all that are watched."""

    statistic: str
    percent: float
    place: int
    among: int


def shares_of(point: Analysis | None, label: str) -> list[TagShare]:
    """Return the tag's share of the detector's statistic, of T² and of SPE, where they are stored.

    Contributions are stored of points over a limit; of others there are none to tell.
    """
    if point is None:
        return []
    statistic, values = point.all_contributions()
    classic = point.classic_model or point.detector_model
    asked = [
        (point.detector_model, statistic, values),
        (classic, "T2", point.t2_contributions),
        (classic, "SPE", point.spe_contributions),
    ]
    found: dict[str, TagShare] = {}
    for model, name, parts in asked:
        share = _share(model, name, parts, label)
        if share is not None:
            found.setdefault(share.statistic, share)
    return list(found.values())


def _share(
    model: DetectorModel, statistic: str, values: Vector | None, label: str
) -> TagShare | None:
    labels = list(model.detector.labels)
    if values is None or label not in labels or len(values) != len(labels):
        return None
    place = labels.index(label)
    total = float(np.abs(values).sum()) or 1.0
    rank = 1 + int(np.count_nonzero(np.asarray(values) > values[place]))
    percent = max(0.0, 100 * float(values[place]) / total)
    return TagShare(statistic.replace("T2", "T²"), percent, rank, len(labels))
