"""What a trend page shows, as a value: read from an address, and written into one. Pure.

A view is shared by its address; nothing of it lives anywhere else. Whatever an address says that
cannot be, is told in words beside what is wrong, and the rest is shown.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from monitoring.trends.scale import BadScale, Scale, read_scale
from monitoring.trends.tags import Tag, tag_named

MOST_CHARTS, MOST_TRACES_A_CHART, MOST_TRACES, MOST_SOURCES = 12, 8, 48, 4
PROCESS, WALL = "process", "wall"
START, INJECTION, ALARM, TRIP = "start", "injection", "alarm", "trip"
#: What two runs can be laid over each other at, in words.
ALIGNMENTS = {
    START: "the start of each run",
    INJECTION: "the first injection of each run",
    ALARM: "the first alarm of each run",
    TRIP: "the trip of each run",
}
#: How much is shown, in seconds of the axis chosen; None: everything.
SPANS: dict[str, dict[str, float | None]] = {
    PROCESS: {"1h": 3600, "4h": 4 * 3600, "12h": 12 * 3600, "48h": 48 * 3600, "7d": 7 * 86400,
              "28d": 28 * 86400, "all": None},
    WALL: {"30s": 30, "2min": 120, "10min": 600, "1h": 3600, "8h": 8 * 3600, "24h": 86400,
           "7d": 7 * 86400, "28d": 28 * 86400, "all": None},
}  # fmt: skip
FIRST_SPAN = {PROCESS: "12h", WALL: "10min"}
#: Where tags from the list go: into a chart each, or all into one; else the number of a chart.
EACH, ONE = "each", "one"
#: What is drawn besides the lines, each of which can be left out.
LAYERS = {
    "operator": _("alarms by priority"),
    "alarms": _("detector's alarms"),
    "injections": _("injected faults"),
    "limits": _("limits"),
    "normal": _("normal band"),
}
#: What each of them looks like.
SIGNS = {
    "operator": _(
        "Strip above the lines: an alarm of the tags shown, or of none, from raised to returned; "
        "1 critical, 2 high, 3 medium, 4 low; filled until it was acknowledged, empty then."
    ),
    "alarms": _("Ground behind the lines: the detector's alarm from its onset on, red: it stands."),
    "injections": _("Violet strip below the lines: an injected fault."),
    "limits": _(
        "Line across: red a trip limit, grey a detector's limit or, of a tag that has its chart "
        "for itself, an alarm limit as it is set now (HH, H, L, LL)."
    ),
    "normal": _("Light ground: the normal mean and three standard deviations on either side."),
}
_PLACE = re.compile(r"^(\d{1,9})(?:\.(\d{1,9}))?$")
_KNOWN = {"plant", "run", "chart", "axis", "span", "from", "to", "overlay", "align",
          "difference", "hide", "plain", "add", "into"}  # fmt: skip
#: The parameter of a chart's scale: y1 is of the first chart.
_KNOWN |= {f"y{number}" for number in range(1, MOST_CHARTS + 1)}


@dataclass(frozen=True, order=True)
class Place:
    """A run of a plant; `run` None is the run that the plant is in."""

    plant: int
    run: int | None = None

    def __str__(self) -> str:
        return str(self.plant) if self.run is None else f"{self.plant}.{self.run}"


@dataclass(frozen=True)
class Trace:
    """A tag; `place` None is the run of the view."""

    tag: Tag
    place: Place | None = None

    def __str__(self) -> str:
        return self.tag.label if self.place is None else f"{self.tag.label}@{self.place}"


@dataclass(frozen=True)
class View:
    """Charts of traces over a span of a run, following the newest sample unless `ends` are set."""

    place: Place | None = None
    charts: tuple[tuple[Trace, ...], ...] = ()
    axis: str = PROCESS
    span: str = FIRST_SPAN[PROCESS]
    ends: tuple[float, float] | None = None
    """From and to: hours of process time, or seconds since 1970 on the axis of wall time."""
    overlay: Place | None = None
    align: str = START
    difference: bool = False
    hidden: frozenset[str] = frozenset()
    scales: tuple[Scale | None, ...] = ()
    """Of the first charts, what was set by hand; None, and of the others: by what is shown."""
    scales_refused: Mapping[int, str] = field(default_factory=dict, compare=False)
    """What was typed and is no scale, by the chart's number, the first being 1."""
    errors: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What was wrong with the address, by the name of the parameter."""

    @property
    def traces(self) -> list[Trace]:
        """All traces, chart by chart."""
        return [trace for chart in self.charts for trace in chart]

    @property
    def follows(self) -> bool:
        """Whether the newest sample is always in sight."""
        return self.ends is None

    @property
    def seconds(self) -> float | None:
        """How much is shown, in seconds; None: everything."""
        return SPANS[self.axis].get(self.span)

    def query(self) -> str:
        """Return the view as the query of an address."""
        pairs: list[tuple[str, str]] = []
        if self.place is not None:
            pairs.append(("plant", str(self.place.plant)))
            if self.place.run is not None:
                pairs.append(("run", str(self.place.run)))
        pairs += [("chart", ",".join(map(str, chart))) for chart in self.charts]
        if self.axis != PROCESS:
            pairs.append(("axis", self.axis))
        if self.ends is not None:
            pairs += [
                (name, self._written(end))
                for name, end in zip(("from", "to"), self.ends, strict=True)
            ]
        elif self.span != FIRST_SPAN[self.axis]:
            pairs.append(("span", self.span))
        if self.overlay is not None:
            pairs += [("overlay", str(self.overlay)), ("align", self.align)]
            if self.difference:
                pairs.append(("difference", "1"))
        pairs += [(f"y{n}", str(one)) for n, one in enumerate(self.scales, 1) if one is not None]
        if self.hidden:
            pairs.append(("hide", ",".join(sorted(self.hidden))))
        return urlencode(pairs, safe="(),@:")

    def _written(self, end: float) -> str:
        if self.axis == PROCESS:
            return f"{end:.6f}".rstrip("0").rstrip(".")
        return (
            datetime.fromtimestamp(end, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )

    def without(self, number: int) -> "View":
        """Return the view without the chart of a number, the first being 0."""
        return replace(
            self,
            charts=self.charts[:number] + self.charts[number + 1 :],
            scales=self.scales[:number] + self.scales[number + 1 :],
        )

    def scale_of(self, number: int) -> Scale | None:
        """Return what was set by hand for a chart, the first being 0."""
        return self.scales[number] if number < len(self.scales) else None

    def showing(self, tag: Tag) -> "View":
        """Return the view with one chart more."""
        return replace(self, charts=(*self.charts, (Trace(tag),)))


def read_view(query: Mapping[str, Sequence[str]]) -> View:
    """Return the view of a query; what cannot be is left out, and said in its `errors`."""
    return _Reader(query).view()


def _too_many(number: int, count: int) -> str:
    return (
        f"Chart {number} has {count} traces; the first {MOST_TRACES_A_CHART} are shown, because "
        "more cannot be told apart. Give it another chart."
    )


class _Reader:
    def __init__(self, query: Mapping[str, Sequence[str]]) -> None:
        self.query, self.errors = query, dict[str, str]()
        self.rows: list[int] = []
        """Of each chart, the number of its row in the form: a row may be empty."""
        self.refused: dict[int, str] = {}

    def view(self) -> View:
        axis = self._one_of("axis", (PROCESS, WALL), PROCESS)
        view = View(
            place=self._place(),
            charts=self._charts(),
            axis=axis,
            span=self._one_of("span", tuple(SPANS[axis]), FIRST_SPAN[axis]),
            ends=self._ends(axis),
            overlay=self._overlay(axis),
            align=self._one_of("align", tuple(ALIGNMENTS), START),
            hidden=self._hidden(),
            errors=self.errors,
        )
        view = replace(view, scales=self._scales(len(view.charts)), scales_refused=self.refused)
        wants_difference = self._text("difference") in {"1", "on", "true"}
        if wants_difference and view.overlay is None and "overlay" not in self.errors:
            self.errors["difference"] = "A difference needs another run to be laid over this one."
        unknown = sorted(set(self.query) - _KNOWN)
        if unknown:
            self.errors["address"] = (
                f"The address says «{unknown[0][:40]}», which means nothing here; it was left out."
            )
        return replace(view, difference=wants_difference and view.overlay is not None)

    def _text(self, name: str) -> str:
        found = self.query.get(name)
        return found[-1].strip() if found else ""

    def _one_of(self, name: str, choices: tuple[str, ...], usual: str) -> str:
        text = self._text(name)
        if text and text not in choices:
            self.errors[name] = f"«{text[:40]}» is none of {', '.join(choices)}."
        return text if text in choices else usual

    def _place(self) -> Place | None:
        plant, run = self._whole("plant"), self._whole("run")
        if run is not None and plant is None and "plant" not in self.errors:
            self.errors["run"] = "A run needs its plant: plant=1&run=2."
        return None if plant is None else Place(plant, run)

    def _whole(self, name: str) -> int | None:
        text = self._text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            self.errors[name] = f"«{text[:40]}» is no whole number."
            return None
        return int(text)

    def _charts(self) -> tuple[tuple[Trace, ...], ...]:
        wrong, charts = [], []
        for number, text in enumerate(self.query.get("chart", ()), 1):
            traces: list[Trace] = []
            for part in filter(None, (part.strip() for part in text[:2000].split(","))):
                name, _, at = part.partition("@")
                tag, match = tag_named(name), _PLACE.match(at)
                if tag is None or (at and not match):
                    wrong.append(
                        f"Chart {number}: there is no tag «{part[:40]}». Tags are XMEAS(1) to "
                        "XMEAS(41), XMV(1) to XMV(12), T2, SPE and RATIO; of another plant: "
                        "XMEAS(7)@2, of one of its runs: XMEAS(7)@2.5."
                    )
                    continue
                place = Place(int(match[1]), int(match[2]) if match[2] else None) if match else None
                if Trace(tag, place) not in traces:
                    traces.append(Trace(tag, place))
            if len(traces) > MOST_TRACES_A_CHART:
                wrong.append(_too_many(number, len(traces)))
            if traces:
                charts.append(tuple(traces[:MOST_TRACES_A_CHART]))
                self.rows.append(number)
        self._add(charts, wrong)
        kept = self._bounded(charts, wrong)
        if wrong:
            more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
            self.errors["chart"] = wrong[0] + more
        return kept

    def _add(self, charts: list[tuple[Trace, ...]], wrong: list[str]) -> None:
        """Put what was picked from the list into a chart each, into one, or into one there is."""
        added: list[Trace] = []
        for text in self.query.get("add", ()):
            tag = tag_named(text)
            if tag is not None:
                added.append(Trace(tag))
            elif text.strip():
                wrong.append(f"There is no tag «{text[:40]}» to add.")
        into = self._text("into") or EACH
        number = int(into) if into.isascii() and into.isdecimal() and len(into) < 3 else 0
        if not added:
            return
        if 1 <= number <= len(charts):
            chart = charts[number - 1]
            chart += tuple(one for one in added if one not in chart)
            if len(chart) > MOST_TRACES_A_CHART:
                wrong.append(_too_many(number, len(chart)))
            charts[number - 1] = chart[:MOST_TRACES_A_CHART]
        elif into == ONE:
            if len(added) > MOST_TRACES_A_CHART:
                wrong.append(_too_many(len(charts) + 1, len(added)))
            charts.append(tuple(added[:MOST_TRACES_A_CHART]))
        else:
            charts.extend((one,) for one in added)

    @staticmethod
    def _bounded(
        charts: list[tuple[Trace, ...]], wrong: list[str]
    ) -> tuple[tuple[Trace, ...], ...]:
        kept: list[tuple[Trace, ...]] = []
        places: set[Place] = set()
        for chart in charts:
            count = sum(map(len, kept)) + len(chart)
            asked = places | {one.place for one in chart if one.place is not None}
            if len(kept) == MOST_CHARTS or count > MOST_TRACES or len(asked) >= MOST_SOURCES:
                wrong.append(
                    f"At most {MOST_CHARTS} charts, {MOST_TRACES} traces and {MOST_SOURCES} runs "
                    f"are shown at once: {len(charts)} charts were asked for."
                )
                break
            kept.append(chart)
            places = asked
        return tuple(kept)

    def _scales(self, count: int) -> tuple[Scale | None, ...]:
        found: list[Scale | None] = []
        for number, row in enumerate(self.rows[:count], 1):
            text = self._text(f"y{row}")
            found.append(None)
            if text:
                try:
                    found[-1] = read_scale(text)
                except BadScale as error:
                    self.errors[f"y{number}"] = str(error)
                    self.refused[number] = text[:60]
        while found and found[-1] is None:
            found.pop()
        return tuple(found)

    def _overlay(self, axis: str) -> Place | None:
        text = self._text("overlay")
        if not text:
            return None
        match = _PLACE.match(text)
        if not match:
            self.errors["overlay"] = (
                f"«{text[:40]}» names no run: write plant.run, like 1.4 for run 4 of plant 1."
            )
            return None
        if axis == WALL:
            self.errors["overlay"] = (
                "Runs are laid over each other by process time: choose process time for the axis."
            )
            return None
        return Place(int(match[1]), int(match[2]) if match[2] else None)

    def _ends(self, axis: str) -> tuple[float, float] | None:
        found = [self._end(name, axis) for name in ("from", "to")]
        if any(name in self.errors for name in ("from", "to")):
            return None
        first, last = found
        if first is None and last is None:
            return None
        if first is None or last is None:
            self.errors["to" if last is None else "from"] = "From and to belong together."
            return None
        if first >= last:
            self.errors["to"] = "«to» must be later than «from»."
            return None
        return first, last

    def _end(self, name: str, axis: str) -> float | None:
        text = self._text(name)
        if not text:
            return None
        try:
            if axis == WALL:
                moment = datetime.fromisoformat(text)
                value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            else:
                value = float(text)
        except (ValueError, OverflowError):
            value = math.nan
        if not math.isfinite(value) or abs(value) > 1e11:
            like = "2026-03-01T06:30:00Z" if axis == WALL else "12.5"
            self.errors[name] = (
                f"«{text[:40]}» is no {'time' if axis == WALL else 'hour'} like {like}."
            )
            return None
        return max(0.0, value)

    def _hidden(self) -> frozenset[str]:
        given = ",".join(self.query.get("hide", ()))
        asked = {part.strip() for part in given.split(",")} - {""}
        wrong = sorted(asked - set(LAYERS))
        if wrong:
            self.errors["hide"] = f"«{wrong[0][:40]}» is none of {', '.join(LAYERS)}."
        return frozenset(asked & set(LAYERS))
