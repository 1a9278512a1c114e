"""What a conversation may look up: three read-only tools on an alarm's stored readings."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from explainer.citations import Citation, is_known
from explainer.trend import trend_of
from monitoring.models import Alarm
from simulation.fields import Vector
from simulation.models import Reading
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import VARIABLES, index_of

MOST_STEPS = 2000
_WINDOW = {
    "tag": {"type": "string", "description": "For example XMEAS(9) or XMV(10)."},
    "first_step": {"type": "integer"},
    "last_step": {"type": "integer"},
}


def _tool(name: str, description: str) -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": _WINDOW,
        "required": list(_WINDOW),
        "additionalProperties": False,
    }
    return {"name": name, "description": description, "parameters": form}


TOOLS = (
    _tool("trend", "Whether a tag rises, falls or stepped between two steps, with the slope."),
    _tool("statistic", "Mean, standard deviation, least, largest, first and last value of a tag."),
    _tool("compare_with_normal", "A tag's mean over some steps against normal operation, in sd."),
)
NAMES = tuple(tool["name"] for tool in TOOLS)


class Lookup:
    """The stored readings of an alarm's run, as far as the detector has read them."""

    def __init__(self, alarm: Alarm, last_step: int) -> None:
        self.alarm = alarm
        self.last_step = last_step
        detector = alarm.analysis.detector_model.detector
        self._normal = dict(
            zip(detector.labels, zip(detector.mean_, detector.sd_, strict=True), strict=True)
        )

    def look(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Return what a tool finds as JSON, or as JSON why it finds nothing; never raises."""
        try:
            found = self._look(name, arguments)
        except (ValueError, TypeError, KeyError, OverflowError) as problem:
            found = {"error": str(problem) or type(problem).__name__}
        return json.dumps(found)

    def _look(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if name not in NAMES:
            raise ValueError(f"there is no tool {name[:30]}; there are {', '.join(NAMES)}")
        tag = str(arguments.get("tag", ""))[:20]
        if not is_known(tag):
            raise ValueError(f"there is no tag {tag!r}")
        first, last = int(arguments["first_step"]), int(arguments["last_step"])
        if not 1 <= first <= last <= self.last_step:
            raise ValueError(f"steps must lie between 1 and {self.last_step}, the first first")
        if last - first >= MOST_STEPS:
            raise ValueError(f"at most {MOST_STEPS} steps at once")
        values = self.values(tag, first, last)
        said = {
            "tag": tag,
            "unit": VARIABLES[index_of(tag)].unit,
            "first_step": first,
            "last_step": last,
            "first_hours": hours_at(first),
            "last_hours": hours_at(last),
            "readings": len(values),
        }
        kinds = {"trend": self._trend, "statistic": self._statistic}
        return said | kinds.get(name, self._comparison)(tag, first, last, values)

    def values(self, tag: str, first: int, last: int) -> Vector:
        """Return the good readings of a tag, (n,). Raises ValueError where none is stored."""
        found = Reading.objects.filter(
            run=self.alarm.run_id, step__gte=first, step__lte=last, quality=""
        ).order_by("step")
        column = index_of(tag)
        values = np.array([row[column] for row in found.values_list("values", flat=True)])
        if not len(values):
            raise ValueError(f"no good reading of steps {first} to {last} is stored")
        return values

    def _trend(self, tag: str, first: int, last: int, values: Vector) -> dict[str, Any]:
        spread = self._normal[tag][1] if tag in self._normal else float(values.std()) or 1.0
        return {"trend": trend_of(values, SAMPLE_SECONDS / 3600, spread)}

    def _statistic(self, tag: str, first: int, last: int, values: Vector) -> dict[str, Any]:
        figures = {
            "mean": values.mean(), "sd": values.std(), "least": values.min(),
            "largest": values.max(), "first": values[0], "last": values[-1],
        }  # fmt: skip
        return {name: float(value) for name, value in figures.items()}

    def _comparison(self, tag: str, first: int, last: int, values: Vector) -> dict[str, Any]:
        if tag not in self._normal:
            raise ValueError(f"{tag} has no normal range: the detector does not watch it")
        mean, sd = map(float, self._normal[tag])
        z = (float(values.mean()) - mean) / sd
        return {
            "mean": float(values.mean()),
            "normal_mean": mean,
            "normal_sd": sd,
            "z": z,
            "cited_as": str(Citation.of(tag, z, first, last)),
        }
