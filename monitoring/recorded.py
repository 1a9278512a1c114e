"""Fitting on a plant's own readings: a stretch that somebody says is normal, and that is steady.

The stretch is cut into three parts in time order: the first is fitted on, the second gives the
limits, and the last, which the model has not seen at all, says what false alarm rate they keep. A
short stretch keeps less than it states: what was measured is told, never the wish.
"""

from typing import Any

import numpy as np

from monitoring.fitting import DEFAULT_ALPHA, POINT_HOURS, false_alarms, in_words, new_detector
from monitoring.models import DetectorModel, DetectorSettings
from monitoring.watched import VARIABLE_SETS, variables_of
from simulation import VERSION
from simulation.fields import Vector
from simulation.models import Plant, Reading
from simulation.tep.variables import index_of

#: Shares of the stretch for the fit, the limits and the figures.
PARTS = (0.4, 0.8)
BLOCKS = 10
LEAST_ROWS = 3000
MOST_ROWS = 200_000
#: How far a block's mean may lie from the stretch's, in standard deviations within blocks. A plant
#: under control wanders by 1 to 1.5 over hours; a fault's shift is 2 and more.
FARTHEST = 2.0


class NotSteady(ValueError):
    """The stretch is no normal operation: something moved away, or stood still."""


def fit_recorded(
    plant: Plant,
    kind: str,
    first_step: int | None,
    last_step: int | None,
    *,
    activate: bool,
) -> DetectorModel:
    """Fit a detector on readings of the plant's present run and store it as a new version.

    Made active, it is in charge of this plant alone, by its settings. ValueError for too few good
    readings, NotSteady for a stretch that moves; nothing is stored then.
    """
    size = variables_of(plant)
    labels = VARIABLE_SETS[size]
    found = Reading.objects.filter(run=plant.current_run_id, quality="").order_by("step")
    if first_step is not None:
        found = found.filter(step__gte=first_step)
    if last_step is not None:
        found = found.filter(step__lte=last_step)
    stored = list(found.values_list("step", "values")[:MOST_ROWS])
    if len(stored) < LEAST_ROWS:
        raise ValueError(
            f"The stretch has {len(stored)} good readings; a fit needs at least {LEAST_ROWS} "
            f"({LEAST_ROWS * POINT_HOURS:.0f} h of process time)."
        )
    columns = [index_of(label) for label in labels]
    rows = np.array([values[columns] for _, values in stored])
    require_steady(rows, labels)
    fit, others, unseen = np.split(rows, [round(share * len(rows)) for share in PARTS])
    detector = new_detector(kind, labels).fit([fit]).calibrate([others])
    limits = detector.limits(DEFAULT_ALPHA)
    card: dict[str, Any] = {
        "version": VERSION,
        "detector": detector.title,
        "variables": in_words(labels),
        "n_components": int(getattr(detector, "n_components_", 0)),
        "recorded": {
            "plant": plant.name,
            "run": plant.run.number,
            "from_step": stored[0][0],
            "to_step": stored[-1][0],
            "readings": len(stored),
        },
        "alpha": DEFAULT_ALPHA,
        "limits_at_alpha": dict(zip(detector.statistics, map(float, limits), strict=True)),
        "false_alarms": false_alarms(detector, [unseen]),
        "detection": {},
    }
    if "T2" in detector.statistics and "SPE" in detector.statistics:
        card |= {"t2_limit": float(limits[0]), "spe_limit": float(limits[1])}
    if kind != "pca" and DetectorModel.companion(size) is None:
        raise ValueError(
            f"No PCA model with {size} variables gives T² and SPE beside it: fit one first "
            "(--detector pca)."
        )
    model = DetectorModel.store(detector, kind, card, activate=False)
    if activate:
        settings = DetectorSettings.of(plant)
        settings.detector_model = model
        settings.save(update_fields=["detector_model"])
    return model


def require_steady(rows: Vector, labels: tuple[str, ...]) -> None:
    """Raise NotSteady, with the variables named, unless the rows (n, m) are of one steady state."""
    blocks = np.array_split(rows, BLOCKS)
    within = np.sqrt(np.mean([block.var(axis=0) for block in blocks], axis=0))
    still = [labels[i] for i in np.flatnonzero(within == 0.0)]
    if still:
        raise NotSteady(f"These variables stand still in the stretch: {', '.join(still)}.")
    means = np.array([block.mean(axis=0) for block in blocks])
    away = np.abs(means - np.median(means, axis=0)).max(axis=0) / within
    moved = [int(i) for i in np.argsort(-away) if away[i] > FARTHEST]
    if moved:
        named = ", ".join(f"{labels[i]} by {away[i]:.1f} sd" for i in moved[:6])
        raise NotSteady(
            f"The stretch is not steady: averages over a tenth of it lie apart, {named}. Choose a "
            "stretch without a fault, a change of set points or a start-up."
        )
