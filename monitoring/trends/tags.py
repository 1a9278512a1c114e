"""What can be drawn as a trend: every measurement and valve, and what the detectors said."""

import re
from dataclasses import dataclass

from monitoring.charts import GROUPS, TRENDS, trend_of
from simulation.tep.variables import LABELS, N_XMEAS


@dataclass(frozen=True)
class Tag:
    """A quantity of a run over its steps; `column` is its place in a reading, None: a statistic."""

    label: str
    name: str
    unit: str
    decimals: int
    column: int | None = None
    low: float | None = None
    high: float | None = None
    trip_low: float | None = None
    trip_high: float | None = None

    @property
    def is_statistic(self) -> bool:
        """Whether a detector said it, rather than the plant."""
        return self.column is None

    def as_json(self) -> dict[str, object]:
        """Return what a chart needs to know of it."""
        return {
            "label": self.label,
            "name": self.name,
            "unit": self.unit,
            "decimals": self.decimals,
            "column": self.column,
            "low": self.low,
            "high": self.high,
            "trips": [edge for edge in (self.trip_low, self.trip_high) if edge is not None],
        }


@dataclass(frozen=True)
class TagGroup:
    """Tags that are looked for together."""

    title: str
    tags: tuple[Tag, ...]


def _of(label: str) -> Tag:
    trend = TRENDS.get(label) or trend_of(label)
    return Tag(
        label, trend.name, trend.unit, trend.decimals, trend.column,
        trend.low, trend.high, trend.trip_low, trend.trip_high,
    )  # fmt: skip


STATISTICS = (
    Tag("T2", "Hotelling's T² of the PCA model", "", 2),
    Tag("T2.LIMIT", "Limit of T²", "", 2),
    Tag("SPE", "Squared prediction error of the PCA model", "", 2),
    Tag("SPE.LIMIT", "Limit of SPE", "", 2),
    Tag("RATIO", "Detector in charge, as a multiple of its limit", "× limit", 2),
)
_IN_GROUPS = {trend.label for group in GROUPS for trend in group.trends}
#: All tags, in the groups of the dashboard, the compositions and the statistics.
TAG_GROUPS: tuple[TagGroup, ...] = (
    *(TagGroup(one.title, tuple(_of(trend.label) for trend in one.trends)) for one in GROUPS),
    TagGroup(
        "Compositions", tuple(_of(label) for label in LABELS[:N_XMEAS] if label not in _IN_GROUPS)
    ),
    TagGroup("Detector", STATISTICS),
)
TAGS: dict[str, Tag] = {tag.label: tag for group in TAG_GROUPS for tag in group.tags}

_LOOSE = re.compile(r"^(XMEAS|XMV)[\s_(\[]*0*(\d{1,2})[\s)\]]*$", re.IGNORECASE)


def tag_named(text: str) -> Tag | None:
    """Return the tag that somebody wrote, `xmeas 7` as well as `XMEAS(7)`; None for none."""
    written = text.strip()
    found = TAGS.get(written) or TAGS.get(written.upper().replace("²", "2"))
    if found is None and (match := _LOOSE.match(written)):
        found = TAGS.get(f"{match[1].upper()}({match[2]})")
    return found
