"""What the readings say at one analysed point: all that a provider is told, as plain numbers.

Made from readings, analyses, alarms and the detector alone. The truth (an `Injection`) is neither
read nor reachable from what is read here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explainer.case import Case, Timing
from explainer.citations import Citation, direction_of
from explainer.package import VERSION, Evidence
from explainer.trend import trend_of
from monitoring.diagnosing import diagnosis_at, model_for
from monitoring.diagnosis import Diagnosis
from monitoring.loops import area_of, loops_among, loops_of
from monitoring.models import Alarm, Analysis, DetectorSettings
from simulation.fields import Vector
from simulation.models import Reading
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import XMEAS, XMV, Xmeas, Xmv, index_of

TOP = 8
#: Causes of the classifier that are told.
RANKED = 5
#: Readings that the fault's profile rests on: one hour.
PROFILE_READINGS = 20
#: Windows that each leading tag is told over, beside that since the onset.
WINDOWS = (("last hour", 20), ("last three hours", 60))
#: Compositions that are told: those that changed most, against so many readings before the onset.
ANALYSERS, BEFORE = 4, 40
#: Of an alarm that stands for longer no composition from before the onset is told.
MOST_SINCE_ONSET = 1000
ANALYSED = tuple(x for x in XMEAS if x.number > 22)
SATURATED_BELOW, SATURATED_ABOVE = 1.0, 99.0

_VARIABLES: dict[str, Xmeas | Xmv] = {x.label: x for x in XMEAS} | {v.label: v for v in XMV}
_HOURS = SAMPLE_SECONDS / 3600


class NoEvidence(Exception):
    """The readings that an explanation needs are not there; the message says which."""


@dataclass(frozen=True)
class Profile:
    """How far each watched variable is from normal, and how restless it is.

    `mean_z`: mean distance from the normal mean in normal standard deviations since the onset
    (over the last hour at most). `spread_z`: standard deviation of that distance over the last
    hour, before and since the onset; empty where the run is younger than half an hour.
    """

    mean_z: dict[str, float]
    spread_z: dict[str, float]


def build_evidence(analysis: Analysis, alarm: Alarm | None = None) -> dict[str, Any]:
    """Return the evidence package of an analysed point. Raises NoEvidence."""
    return evidence_of(case_of(analysis, alarm))


def case_of(analysis: Analysis, alarm: Alarm | None = None) -> Case:
    """Return an analysed point of the database as a case. Raises NoEvidence."""
    settings = DetectorSettings.of(analysis.run.plant)
    model = analysis.detector_model
    first, rows = _readings(analysis, _looked_at(analysis, alarm, settings))
    return Case(
        plant=analysis.run.plant.name,
        run=analysis.run.number,
        step=analysis.step,
        first_step=analysis.first_step,
        rows=rows,
        rows_from=first,
        detector=model.detector,
        detector_name=str(model),
        card=model.card if isinstance(model.card, dict) else {},
        statistics=statistics_of(analysis),
        ranked=analysis.top_contributions(TOP),
        alarm=_timing(alarm),
        window=settings.window,
        decimation=settings.decimation,
        consecutive=settings.consecutive,
        diagnosis=_diagnosis(analysis, alarm),
    )


def _looked_at(analysis: Analysis, alarm: Alarm | None, settings: DetectorSettings) -> int:
    """Return how many readings up to a point its evidence looks at."""
    onset = analysis.first_step if alarm is None else min(alarm.onset_step, analysis.first_step)
    since = min(analysis.step - onset + 1, MOST_SINCE_ONSET)
    windows = max(count for _, count in WINDOWS)
    return max(settings.window * settings.decimation, windows, since + BEFORE)


def evidence_of(case: Case) -> dict[str, Any]:
    """Return the evidence package of a case: the same of the same case."""
    detector = case.detector
    labels = list(detector.labels)
    columns = [index_of(label) for label in labels]
    z = (case.rows[:, columns] - detector.mean_) / detector.sd_
    point = case.rows[-case.size :].mean(axis=0)
    positions = {label: i for i, label in enumerate(labels)}
    recent = case.rows[-case.window * case.decimation :]
    tags = [
        _tag(case, part, point, recent, detector.mean_, detector.sd_, positions[part["tag"]])
        for part in case.ranked[:TOP]
    ]
    profile = profile_of(z, labels, case.readings_since_onset)
    package = {
        "version": VERSION,
        "plant": case.plant,
        "run": case.run,
        "step": case.step,
        "first_step": case.first_step,
        "process_hours": hours_at(case.step),
        "alarm": _alarm(case.alarm),
        "statistics": {**case.statistics, "leading": case.ranked[0]["statistic"]},
        "rule": {
            "window_points": case.window,
            "consecutive": case.alarm.consecutive if case.alarm else case.consecutive,
            "readings_per_point": case.size,
            "sample_seconds": SAMPLE_SECONDS,
        },
        "tags": tags,
        "loops": [
            {"name": loop.name, "area": loop.area, "words": loop.words}
            for loop in loops_among(tag["tag"] for tag in tags)
        ],
        "saturated": _saturated(point),
        "analysers": _analysers(case, point),
        "profile": asdict(profile),
        "cited_as": [str(one) for one in _citable(case, profile, tags)],
        "detector": _detector(case),
        "diagnosis": case.diagnosis,
    }
    return Evidence.model_validate(package).model_dump(mode="json")


def _citable(case: Case, profile: Profile, tags: list[dict[str, Any]]) -> list[Citation]:
    """Return the means of the leading tags since the onset as citations."""
    count = max(1, min(case.readings_since_onset, PROFILE_READINGS))
    first = max(1, case.step - count + 1)
    return [Citation.of(tag["tag"], profile.mean_z[tag["tag"]], first, case.step) for tag in tags]


def profile_of(z: Vector, labels: list[str], n_since_onset: int) -> Profile:
    """Return the profile of standardised readings `z` (n, m), of which the last are faulty."""
    since = z[-max(1, min(n_since_onset, PROFILE_READINGS)) :]
    hour = z[-PROFILE_READINGS:]
    spread = hour.std(axis=0) if len(hour) >= PROFILE_READINGS // 2 else []
    return Profile(
        dict(zip(labels, map(float, since.mean(axis=0)), strict=True)),
        dict(zip(labels, map(float, spread), strict=False)),
    )


def _readings(analysis: Analysis, count: int) -> tuple[int, Vector]:
    """Return the last `count` readings up to the point, at least its own, and their first step."""
    size = analysis.step - analysis.first_step + 1
    found = Reading.objects.filter(
        run_id=analysis.run_id,
        step__gt=analysis.step - max(count, size),
        step__lte=analysis.step,
    ).order_by("step")
    rows = list(found.values_list("step", "values"))
    if len(rows) < size or rows[-1][0] != analysis.step:
        raise NoEvidence(
            f"The readings {analysis.first_step} to {analysis.step} of {analysis.run} are not all "
            "in the database, so there is nothing to explain. Were they deleted?"
        )
    return rows[0][0], np.array([values for _, values in rows])


def _timing(alarm: Alarm | None) -> Timing | None:
    if alarm is None:
        return None
    return Timing(
        alarm.pk,
        alarm.onset_step,
        alarm.raised_step,
        alarm.cleared_step,
        alarm.consecutive,
        alarm.peak_ratio,
        alarm.member,
        alarm.severity,
        alarm.onset_estimate_step,
    )


def _alarm(alarm: Timing | None) -> dict[str, Any] | None:
    if alarm is None:
        return None
    return {
        "id": alarm.id,
        "onset_step": alarm.onset_step,
        "onset_hours": hours_at(alarm.onset_step),
        "onset_estimate_step": alarm.onset_estimate_step,
        "raised_step": alarm.raised_step,
        "raised_hours": hours_at(alarm.raised_step),
        "cleared_step": alarm.cleared_step,
        "consecutive": alarm.consecutive,
        "peak_ratio": finite(alarm.peak_ratio),
        "severity": alarm.severity,
        "member": alarm.member,
    }


def statistics_of(analysis: Analysis) -> dict[str, Any]:
    """Return what the detector found at a point, stored or not, as evidence tells it."""
    return {
        "t2": finite(analysis.t2),
        "t2_limit": finite(analysis.t2_limit),
        "t2_ratio": finite(analysis.t2 / analysis.t2_limit),
        "spe": finite(analysis.spe),
        "spe_limit": finite(analysis.spe_limit),
        "spe_ratio": finite(analysis.spe / analysis.spe_limit),
        "detector": analysis.detector_model.detector.title,
        "member": analysis.member,
        "kind_of_change": analysis.kind_of_change,
        "ratio": finite(analysis.ratio),
        "exceeds": analysis.exceeds,
        "streak": analysis.streak,
    }


def _tag(
    case: Case,
    part: Mapping[str, Any],
    point: Vector,
    recent: Vector,
    mean: Vector,
    sd: Vector,
    position: int,
) -> dict[str, Any]:
    tag = part["tag"]
    column, variable = index_of(tag), _VARIABLES[tag]
    value, normal, spread = float(point[column]), float(mean[position]), float(sd[position])
    z = (value - normal) / spread
    return {
        "tag": tag,
        "name": variable.description,
        "unit": variable.unit,
        "area": area_of(tag),
        "is_manipulated": tag.startswith("XMV"),
        "loops": [loop.name for loop in loops_of(tag)],
        "contribution": finite(part["contribution"]),
        "value": finite(value),
        "normal_mean": finite(normal),
        "normal_sd": finite(spread),
        "z": finite(z),
        "direction": "high" if z > 1.0 else "low" if z < -1.0 else "near normal",
        "trend": trend_of(recent[:, column], _HOURS, spread),
        "windows": _windows(case, case.rows[:, column], normal, spread),
    }


def _windows(case: Case, values: Vector, mean: float, sd: float) -> list[dict[str, Any]]:
    """Return a tag over the stated windows, as far as the case holds readings."""
    found = []
    for words, count in (("since the onset", case.readings_since_onset), *WINDOWS):
        part = values[-count:]
        if words != "since the onset" and len(part) < count:
            continue  # a younger run has no such window
        z = (float(part.mean()) - mean) / sd
        trend = trend_of(part, _HOURS, sd)
        change = trend.get("change_in_sd")
        found.append(
            {
                "window": words,
                "first_step": case.step - len(part) + 1,
                "last_step": case.step,
                "mean_z": finite(z),
                "direction": direction_of(z),
                "trend": trend["words"],
                "change_in_sd": None if change is None else finite(change),
            }
        )
    return found


def _analysers(case: Case, point: Vector) -> list[dict[str, Any]]:
    """Return the compositions that changed most since before the onset.

    In standard deviations of the readings before; empty where too few are held.
    """
    onset_row = len(case.rows) - case.readings_since_onset
    before = case.rows[max(0, onset_row - BEFORE) : max(0, onset_row)]
    if len(before) < BEFORE // 2:
        return []
    found: list[dict[str, Any]] = []
    for variable in ANALYSED:
        column = index_of(variable.label)
        mean, sd = float(before[:, column].mean()), float(before[:, column].std())
        now = float(point[column])
        found.append(
            {
                "tag": variable.label,
                "name": variable.description,
                "unit": variable.unit,
                "before": finite(mean),
                "now": finite(now),
                "change_in_sd": finite((now - mean) / sd) if sd > 0.0 else 0.0,
            }
        )
    return sorted(found, key=lambda one: -abs(one["change_in_sd"]))[:ANALYSERS]


def _saturated(point: Vector) -> list[dict[str, Any]]:
    found = []
    for valve in XMV:
        value = float(point[index_of(valve.label)])
        if not SATURATED_BELOW <= value <= SATURATED_ABOVE:
            where = "closed" if value < SATURATED_BELOW else "fully open"
            found.append({"tag": valve.label, "name": valve.description, "value": finite(value),
                          "at": where})  # fmt: skip
    return found


def _diagnosis(analysis: Analysis, alarm: Alarm | None) -> dict[str, Any] | None:
    """Return what the trained classifier makes of the alarm at the point; None without one."""
    model = model_for(alarm) if alarm is not None else None
    if alarm is None or model is None:
        return None
    found = diagnosis_at(alarm, analysis.step, model)
    return None if found is None else told_diagnosis(found, str(model))


def told_diagnosis(found: Diagnosis, model: str) -> dict[str, Any]:
    """Return a diagnosis as evidence tells it."""
    return {
        "model": model,
        "ranking": [{"idv": idv, "probability": round(p, 4)} for idv, p in found.ranking[:RANKED]],
        "novelty": finite(found.novelty),
        "is_unknown": found.is_unknown,
    }


def _detector(case: Case) -> dict[str, Any]:
    card = case.card
    false_alarms = card.get("false_alarms")
    return {
        "name": case.detector_name,
        "variables": len(case.detector.labels),
        "n_components": card.get("n_components"),
        "alpha_of_card": card.get("alpha"),
        "false_alarm_rate": (
            false_alarms.get("far_either") if isinstance(false_alarms, dict) else None
        ),
    }


def finite(value: float, largest: float = 1e12) -> float:
    """Return a plain finite float: JSON has no infinity, and a page no use for one."""
    number = float(value)
    if np.isnan(number):
        return 0.0
    return float(np.clip(number, -largest, largest))
