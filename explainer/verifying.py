"""Checking an explanation's citations against the stored readings.

A citation is recomputed from the readings alone. It is **supported** when direction and size agree,
**wrong** when the data says something else, and **not in the data** when the tag, the steps or a
normal range to compare with are not there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explainer.case import Scale
from explainer.citations import Citation, citations_in, direction_of, is_known
from explainer.verdicts import ABSENT, SUPPORTED, WRONG_DIRECTION, WRONG_SIZE
from monitoring.models import Analysis
from simulation.fields import Vector
from simulation.models import Reading
from simulation.tep.variables import index_of

#: A size may differ by this much: what is written is rounded, and a writer may round more.
TOLERANCE_SD, TOLERANCE_SHARE = 0.3, 0.1
#: Citations that are checked: a text with more is no explanation.
MOST_CITATIONS = 100
MOST_STEPS = 5000


Between = Callable[[int, int], Sequence[Vector] | Vector]
"""Gives the good readings (n, 53) from one step to another, both included."""


def verify(text: str, analysis: Analysis) -> list[dict[str, Any]]:
    """Return every citation of a text with its verdict, by the stored readings of its run."""

    def stored(first: int, last: int) -> list[Vector]:
        found = Reading.objects.filter(
            run_id=analysis.run_id, step__gte=first, step__lte=last, quality=""
        )
        return list(found.values_list("values", flat=True))

    return verdicts(text, analysis.detector_model.detector, analysis.step, stored)


def verdicts(text: str, detector: Scale, step: int, between: Between) -> list[dict[str, Any]]:
    """Return every citation of a text with its verdict and what the readings say.

    Readings up to the explained step count: what came later cannot have been known.
    """
    found: dict[str, dict[str, Any]] = {}
    for words, citation in citations_in(text):
        if words not in found and len(found) < MOST_CITATIONS:
            found[words] = {
                "words": words,
                **citation.as_json(),
                **_judged(citation, detector, step, between),
            }
    return list(found.values())


def _judged(citation: Citation, detector: Scale, step: int, between: Between) -> dict[str, Any]:
    labels = list(detector.labels)
    first, last = citation.first_step, citation.last_step
    if not is_known(citation.tag):
        return _absent(f"there is no {citation.tag}")
    if citation.tag not in labels:
        return _absent(f"{citation.tag} has no normal range: the detector does not watch it")
    if first > last or last > step:
        return _absent(f"steps {first} to {last} are not before the explained step {step}")
    if last - first >= MOST_STEPS:
        return _absent(f"more than {MOST_STEPS} steps are not checked")
    column, place = index_of(citation.tag), labels.index(citation.tag)
    values = [row[column] for row in between(first, last)]
    if not values:
        return _absent(f"no good reading of steps {first} to {last} is stored")
    z = float((np.mean(values) - detector.mean_[place]) / detector.sd_[place])
    said = -citation.size if citation.direction == "low" else citation.size
    near = abs(abs(z) - citation.size) <= max(TOLERANCE_SD, TOLERANCE_SHARE * abs(z))
    # At the border of normal either word is right, if the size is.
    agrees = direction_of(z) == citation.direction or (
        near and min(abs(z), citation.size) <= 1.0 + TOLERANCE_SD and z * said >= 0.0
    )
    verdict = SUPPORTED if agrees and near else WRONG_SIZE if agrees else WRONG_DIRECTION
    return {
        "verdict": verdict,
        "found_z": z,
        "found": f"{direction_of(z)} {abs(z):.1f} sd on the mean of {len(values)} readings",
    }


def _absent(reason: str) -> dict[str, Any]:
    return {"verdict": ABSENT, "found_z": None, "found": reason}
