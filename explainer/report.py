"""One alarm as a PDF: what the detector claims, what the readings show, what explainers make of it.

Made from readings, analyses, alarms and explanations alone: what was injected is not in it, so that
it can be handed on like the claims themselves. Nothing is fetched, and texts of models are text.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from textwrap import wrap
from typing import Any

import numpy as np
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from explainer.answers import Cause
from explainer.models import Explanation
from explainer.report_chart import chart
from explainer.report_text import BOLD, FONT, ITALIC, glyphs, inert, showable
from monitoring.models import Alarm
from monitoring.tag_window import normal_of, trend_named
from simulation.fields import Vector
from simulation.models import Reading
from simulation.models.reading import hours_at
from simulation.tep.variables import LABELS

#: Steps that the trends show before the onset and after the alarm, and before it at most.
BEFORE, AFTER, MOST_BEFORE = 60, 60, 1000
TRENDS_SHOWN, CONTRIBUTIONS_SHOWN = 6, 10
#: Explanations told in full, the newest first; an alarm that stands long may have more.
MOST_EXPLANATIONS = 30
CLAIMS = (
    "Explanations are claims, and may be wrong. "
    "This report holds nothing of what was injected into the plant."
)
#: More than the longest story of a structured answer.
LONGEST_LINE = 4500
#: A line's length of letters without a space.
_ENDLESS = re.compile(r"\S{80}(?=\S)")
_MUTED, _EDGE, _HEAD = (colors.HexColor(one) for one in ("#4b5962", "#c3cacf", "#eef2f3"))
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=8.5, leading=11.5, spaceAfter=4)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=7.5, leading=9.5, spaceAfter=0)
_NUMBER = ParagraphStyle("number", parent=_CELL, alignment=TA_RIGHT)
_HINT = ParagraphStyle("hint", parent=_BODY, fontName=ITALIC, fontSize=7.5, textColor=_MUTED)
_TITLE = ParagraphStyle("title", parent=_BODY, fontName=BOLD, fontSize=16, leading=20)
_SECTION = ParagraphStyle(
    "section", parent=_BODY, fontName=BOLD, fontSize=11, leading=14, spaceBefore=9, keepWithNext=1
)
_PART = ParagraphStyle("part", parent=_BODY, fontName=BOLD, spaceBefore=3, keepWithNext=1)


class Rows:
    """The readings around an alarm that are still stored, read once for all trends."""

    def __init__(self, alarm: Alarm) -> None:
        began = alarm.onset_step
        if alarm.onset_estimate_step is not None:
            began = min(began, alarm.onset_estimate_step)
        start = max(1, began - BEFORE, alarm.raised_step - MOST_BEFORE)
        stored = Reading.objects.filter(
            run_id=alarm.run_id, step__gte=start, step__lte=alarm.raised_step + AFTER
        ).order_by("step")
        rows = list(stored.values_list("step", "quality", "values"))
        self.steps = np.array([step for step, _, _ in rows], dtype=int)
        self.values = np.array(
            [np.where(quality == "", row, np.nan) for _, quality, row in rows]
        ).reshape(len(rows), len(LABELS))
        self.span = start, max(alarm.raised_step, rows[-1][0] if rows else 0)
        self.point = self._mean(alarm.analysis.first_step, alarm.analysis.step)

    @property
    def missing(self) -> int:
        """How many steps up to the last shown are not stored."""
        return self.span[1] - self.span[0] + 1 - len(self.steps)

    def _mean(self, first: int, last: int) -> Vector | None:
        """Return the mean of the good readings of some steps, None without one."""
        inside = self.values[(self.steps >= first) & (self.steps <= last)]
        good = inside[~np.isnan(inside).all(axis=1)]
        return good.mean(axis=0) if len(good) else None


def report_of(alarm: Alarm, made_at: datetime) -> bytes:
    """Return the PDF of an alarm as it stands now."""
    glyphs()
    rows = Rows(alarm)
    explanations = list(
        alarm.explanations.filter(status=Explanation.Status.DONE)
        .select_related("run")
        .defer("prompt", "draft")
        .order_by("-created_at", "-pk")[:MOST_EXPLANATIONS]
    )
    story = [
        *_facts(alarm),
        *_ranking(alarm),
        *_contributions(alarm, rows, explanations),
        *_trends(alarm, rows),
        *_explanations(explanations),
    ]
    file = BytesIO()
    title = showable(f"Alarm {alarm.pk} of {alarm.run.plant.name}")
    document = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=15 * mm, rightMargin=15 * mm, topMargin=15 * mm,
        bottomMargin=20 * mm, title=title, author="TEP Live", subject=CLAIMS, lang="en-GB",
    )  # fmt: skip
    footer = _footer(title, made_at)
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return file.getvalue()


def _footer(title: str, made_at: datetime) -> Callable[[Canvas, Any], None]:
    when = f"{made_at:%Y-%m-%d %H:%M:%S} UTC"

    def draw(canvas: Canvas, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(FONT, 7)
        canvas.setFillColor(_MUTED)
        canvas.drawString(15 * mm, 13 * mm, f"{title[:70]}, made {when}")
        canvas.drawRightString(A4[0] - 15 * mm, 13 * mm, f"Page {canvas.getPageNumber()}")
        canvas.drawString(15 * mm, 9 * mm, CLAIMS)
        canvas.restoreState()

    return draw


def _facts(alarm: Alarm) -> list[Flowable]:
    analysis, run = alarm.analysis, alarm.run
    estimate = alarm.onset_estimate_step
    if alarm.cleared_step is not None:
        cleared = f"{alarm.cleared_hours:.2f} h (step {alarm.cleared_step})"
    else:
        cleared = "not yet" if alarm.is_standing else "not before its run ended"
    change = f" ({alarm.kind_of_change})" if alarm.kind_of_change else ""
    facts = {
        "Plant, run": f"{run.plant.name}, run {run.number}",
        "State": alarm.state,
        "Onset": f"{alarm.onset_hours:.2f} h of process time (step {alarm.onset_step})",
        "Raised": f"{alarm.raised_hours:.2f} h (step {alarm.raised_step}), "
        f"{alarm.raised_at:%Y-%m-%d %H:%M:%S} UTC",
        "Cleared": cleared,
        "Fault began, estimated": f"{hours_at(estimate):.2f} h (step {estimate})"
        if estimate is not None
        else "",
        "Severity": f"{alarm.severity}, peak {alarm.peak_ratio:.1f} × limit",
        "Fired": f"{alarm.member}{change}" if alarm.member else "",
        "Rule": alarm.rule,
        "Detector": str(analysis.detector_model),
        "T² when raised": f"{analysis.t2:.1f} (limit {analysis.t2_limit:.1f})",
        "SPE when raised": f"{analysis.spe:.1f} (limit {analysis.spe_limit:.1f})",
    }
    table = Table(
        [[_cell(name), _cell(words)] for name, words in facts.items() if words],
        colWidths=[42 * mm, 138 * mm],
    )
    table.setStyle(TableStyle([("TOPPADDING", (0, 0), (-1, -1), 1), *_thin(1)]))
    return [
        Paragraph(inert(f"Alarm {alarm.pk} of {run.plant.name}"), _TITLE),
        Spacer(1, 4),
        Paragraph("What the detector claims", _SECTION),
        table,
    ]


def _ranking(alarm: Alarm) -> list[Flowable]:
    title = Paragraph("Diagnosis: which known cause it looks like", _SECTION)
    found = list(alarm.diagnoses.select_related("model").defer("model__parameters").order_by("age"))
    if not found:
        return [title, Paragraph("The classifier has said nothing of this alarm.", _BODY)]
    rows = [
        [_cell(words) for words in ("After the alarm", "Most probable", "then", "then", "Fits")]
    ]
    for one in found:
        causes = [
            _cell(f"{cause['label']} {cause['percent']:.0f} %\n{cause['description']}")
            for cause in one.causes
        ]
        causes += [_cell("")] * (3 - len(causes))
        fits = "no known cause" if one.is_unknown else "yes"
        rows.append(
            [
                _cell(f"{one.age} samples ({one.hours:.2f} h)"),
                *causes,
                _cell(f"{fits}\n(novelty {one.novelty:.2f})"),
            ]
        )
    widths = [32 * mm, 42 * mm, 42 * mm, 40 * mm, 24 * mm]
    return [
        title,
        _table(rows, widths),
        Paragraph(inert(f"{found[0].model}, trained on simulated runs."), _HINT),
    ]


def _contributions(alarm: Alarm, rows: Rows, explanations: list[Explanation]) -> list[Flowable]:
    title = Paragraph("Leading contributions when the alarm was raised", _SECTION)
    ranked = alarm.analysis.top_contributions(CONTRIBUTIONS_SHOWN)
    if not ranked:
        return [title, Paragraph("None were stored with this alarm.", _BODY)]
    told = _values_told(alarm, explanations)
    names = ("Tag", "Variable", "Contribution", "Value", "Normal mean", "sd", "z", "Unit")
    table = [[_cell(name, _NUMBER if 2 <= i <= 6 else _CELL) for i, name in enumerate(names)]]
    for part in ranked:
        trend = trend_named(part["tag"])
        if trend is None:
            continue
        normal = normal_of(alarm.analysis.detector_model, part["tag"])
        value = told.get(part["tag"])
        if rows.point is not None:
            value = float(rows.point[trend.column])
            value = value if np.isfinite(value) else None
        places = trend.decimals
        z = (value - normal[0]) / normal[1] if value is not None and normal else None
        figures = [
            f"{part['contribution']:.1f}",
            "not stored" if value is None else f"{value:z.{places}f}",
            f"{normal[0]:.{places}f}" if normal else "",
            f"{normal[1]:.{places + 1}f}" if normal else "",
            "" if z is None else f"{z:+.1f}",
        ]
        line = [_cell(trend.label), _cell(trend.name), *(_cell(one, _NUMBER) for one in figures)]
        table.append([*line, _cell(trend.unit)])
    widths = [width * mm for width in (20, 55, 22, 20, 21, 15, 12, 15)]
    statistic = ranked[0]["statistic"].replace("T2", "T²")
    return [title, _table(table, widths), Paragraph(inert(f"To {statistic}."), _HINT)]


def _values_told(alarm: Alarm, explanations: list[Explanation]) -> dict[str, float]:
    """Return the values that an explanation of the raising point was told, by tag."""
    for one in explanations:
        if one.step == alarm.analysis.step:
            return {
                tag["tag"]: float(tag["value"])
                for tag in one.evidence.get("tags", [])
                if "value" in tag
            }
    return {}


def _trends(alarm: Alarm, rows: Rows) -> list[Flowable]:
    found: list[Flowable] = [Paragraph("The leading tags around the alarm", _SECTION)]
    first, last = rows.span
    if not len(rows.steps):
        words = (
            f"No reading of steps {first} to {last} is stored any more: old readings are deleted "
            "to save space. What stands here rests on what was kept with the alarm."
        )
        return [*found, Paragraph(words, _BODY)]
    charts = []
    for part in alarm.analysis.top_contributions(TRENDS_SHOWN):
        trend = trend_named(part["tag"])
        if trend is not None:
            drawn = chart(
                rows.steps,
                rows.values[:, trend.column],
                label=f"{trend.label} {trend.name}",
                unit=trend.unit,
                normal=normal_of(alarm.analysis.detector_model, trend.label),
                span=rows.span,
                onset=alarm.onset_step,
                raised=alarm.raised_step,
            )
            charts.append(drawn)
    if charts:
        pairs = [[*charts[i : i + 2], ""][:2] for i in range(0, len(charts), 2)]
        found.append(Table(pairs, colWidths=[90 * mm] * 2, style=TableStyle(_thin(0))))
    words = (
        "Grey: normal mean ± 3 sd. Dashed: onset. Red: alarm raised. "
        "A break in the line is a reading that is missing or of bad quality."
    )
    if rows.missing > 0:
        words += (
            f" {rows.missing} of the steps {first} to {last} are not stored: they were deleted to "
            "save space, or never came."
        )
    return [*found, Paragraph(words, _HINT)]


def _explanations(explanations: list[Explanation]) -> list[Flowable]:
    found: list[Flowable] = [Paragraph("Explanations", _SECTION)]
    if not explanations:
        found.append(Paragraph("None has been finished.", _BODY))
    for one in explanations:
        found += _explanation(one)
    if len(explanations) == MOST_EXPLANATIONS:
        found.append(Paragraph(f"The newest {MOST_EXPLANATIONS} are told here at most.", _HINT))
    found.append(
        Paragraph("A character that this font lacks is written as its code, as [U+4E2D].", _HINT)
    )
    return found


def _explanation(one: Explanation) -> list[Flowable]:
    how = [f"step {one.step} ({one.hours:.2f} h)", f"model {one.model or 'not known'}"]
    if one.prompt_version:
        how.append(f"prompt {one.prompt_version}")
    if one.is_late:
        how.append("late: a later question had been answered before")
    found: list[Flowable] = [
        Paragraph(inert(f"By {one.provider_title or one.provider}"), _PART),
        Paragraph(inert(", ".join(how)), _HINT),
        *(_answer(one) if one.causes and one.is_remote else _text(one.text)),
    ]
    if one.citations:
        words = f"{one.supported} of {len(one.citations)} citations supported by the readings"
        rows = [[_cell(name) for name in ("Cited", "Verdict", "The readings say")]]
        for cited in one.citations:
            rows.append([_cell(cited[name]) for name in ("words", "verdict", "found")])
        widths = [78 * mm, 30 * mm, 72 * mm]
        found += [Paragraph(words, _PART), _table(rows, widths)]
    if one.numbers:
        loose = ", ".join(str(number["words"]) for number in one.numbers)
        found += _paragraphs([f"Numbers in the text that no evidence holds: {loose}."])
    return [*found, Spacer(1, 6)]


def _answer(one: Explanation) -> Iterable[Flowable]:
    """Return a structured answer: summary, causes with story, checks, actions, what is open."""
    yield from _paragraphs([one.answer.get("summary", "")])
    for rank, cause in enumerate(one.causes, start=1):
        confidence = cause.get("confidence")
        sure = f", probability {100 * confidence:.0f} %" if confidence is not None else ""
        title = Cause(cause=cause.get("cause", ""), confidence=None, story="", citations=[]).title
        yield Paragraph(inert(f"{rank}. {title}{sure}"), _PART)
        yield from _paragraphs([cause.get("story", "")])
    for title, name in (("Check first", "checks"), ("Do now", "actions")):
        items = one.answer.get(name) or []
        if items:
            yield Paragraph(title, _PART)
            yield from _paragraphs(f"– {item}" for item in items)
    if one.answer.get("not_explained"):
        yield Paragraph("What this cannot tell", _PART)
        yield from _paragraphs([one.answer["not_explained"]])


def _text(markdown: str) -> Iterable[Flowable]:
    """Return a Markdown text: headings as such, tables as lines, without the marks of bold."""
    for line in showable(markdown).splitlines():
        heading = line.lstrip("#")
        if heading != line and heading.startswith(" "):
            yield from _paragraphs([heading], _PART)
        elif line.startswith("|") and line.rstrip().endswith("|"):
            if set(line) - set("|-: "):
                cells = line.strip().strip("|").split("|")
                yield from _paragraphs([" · ".join(cell.strip() for cell in cells)])
        else:
            yield from _paragraphs([line.replace("**", "")])


def _paragraphs(texts: Iterable[object], style: ParagraphStyle = _BODY) -> list[Flowable]:
    """Return each line of each text as a paragraph, so that pages can break between them.

    The time reportlab takes grows with the square of a paragraph's escapes and of a word's length,
    so a line without an end becomes several, and a word longer than a line is broken.
    """
    lines = (line for text in texts for line in showable(text).splitlines())
    broken = (_ENDLESS.sub(r"\g<0> ", line) for line in lines)
    pieces = (piece for line in broken for piece in wrap(line, LONGEST_LINE))
    return [Paragraph(inert(piece), style) for piece in pieces]


def _cell(words: object, style: ParagraphStyle = _CELL) -> Paragraph:
    return Paragraph(inert(words), style)


def _thin(above: int) -> list[tuple[Any, ...]]:
    return [
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), above),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]


def _table(rows: list[list[Paragraph]], widths: list[float]) -> Table:
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.4, _EDGE), ("BACKGROUND", (0, 0), (-1, 0), _HEAD)]
    return Table(rows, colWidths=widths, repeatRows=1, style=TableStyle([*_thin(3), *lines]))
