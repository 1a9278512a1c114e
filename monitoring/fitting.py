"""Fitting detectors on normal operation, simulated or recorded, and the card of their figures.

Three kinds of runs, all with different seeds: those a model is fitted on, those its limits come
from, and fresh ones for the figures on the card.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.detectors import DETECTORS, Detector, evaluation
from monitoring.detectors.decimation import block_means
from monitoring.models import AnalysisPreset, DetectorModel
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.watched import VARIABLE_SETS, WATCHED_LABELS
from simulation import VERSION, tep
from simulation.fields import Vector
from simulation.models import Run
from simulation.tep.variables import IDV, index_of

POINT_HOURS = tep.SAMPLE_SECONDS / 3600
#: When the fault of a simulated run begins, and the samples before it.
ONSET_HOURS = 8.0
ONSET = round(ONSET_HOURS / POINT_HOURS)
DEFAULT_KIND = "robust"
#: Sets that a fit without a choice makes a version for: all plants find one.
DEFAULT_SETS = (33, 22)

Progress = Callable[[str, int, int], None]
"""Is told what is simulated, how many runs are done, and of how many."""


@dataclass(frozen=True)
class FitPlan:
    """How much normal operation a fit is given, and for which sets of variables."""

    kind: str = DEFAULT_KIND
    runs: int = 40
    limit_runs: int = 80
    hours: float = 48.0
    seed: int = 20_000
    sets: tuple[int, ...] = DEFAULT_SETS
    faults: tuple[int, ...] = field(default=tuple(range(1, 21)))
    """IDVs of which one run each gives the detection figures of the card."""

    @property
    def evaluation_runs(self) -> int:
        """Fresh normal runs for the false alarm figures of the card."""
        return max(2, self.limit_runs // 2)

    @property
    def simulations(self) -> int:
        """All runs that the fit simulates."""
        return self.runs + self.limit_runs + self.evaluation_runs + len(self.faults)


@dataclass(frozen=True)
class Material:
    """The runs of a fit, all variables in their columns, with the seeds they came from."""

    fit: list[Vector]
    limits: list[Vector]
    normal: list[Vector]
    faulty: dict[int, Vector]
    told: dict[str, Any]


def fit_detector(
    plan: FitPlan,
    progress: Progress = lambda what, done, of: None,
    *,
    activate: bool = True,
    shadows: Sequence[str] = (),
) -> DetectorModel:
    """Simulate, fit, calibrate, evaluate and store a detector as a new version, the active one.

    On the same runs a version is made for each of the plan's sets of variables; the one for most
    is returned. `shadows` are further kinds, fitted on the same runs and put into the shadow. A set
    that has no PCA model for T² and SPE yet is given one. `progress(what, done, of)` is called
    after each simulated run. Raises ValueError for a plan that gives too little data; then nothing
    is stored.
    """
    material = simulate(plan, progress)
    with transaction.atomic():
        made = [
            store(plan.kind, VARIABLE_SETS[size], material, activate=activate) for size in plan.sets
        ]
        for kind in shadows:
            for size in plan.sets:
                model = store(kind, VARIABLE_SETS[size], material, activate=False)
                put_in_shadow(model)
        for size in plan.sets:
            if DetectorModel.companion(size) is None:
                store("pca", VARIABLE_SETS[size], material, activate=False)
    return max(made, key=lambda model: model.variables)


def simulate(plan: FitPlan, progress: Progress = lambda what, done, of: None) -> Material:
    """Return the runs of a plan; `progress` is called after each."""
    seeds = _seeds(plan)
    done = 0

    def rows(what: str, jobs: list[tuple[int, dict[int, float] | None]]) -> list[Vector]:
        nonlocal done
        found = []
        # The simulator releases the GIL, so two threads use two cores.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for run in pool.map(lambda job: _rows(job[0], plan.hours, job[1]), jobs):
                found.append(run)
                done += 1
                progress(what, done, plan.simulations)
        return found

    tep.warm_up()
    fit_seeds = [next(seeds) for _ in range(plan.runs)]
    limit_seeds = [next(seeds) for _ in range(plan.limit_runs)]
    fresh_seeds = [next(seeds) for _ in range(plan.evaluation_runs)]
    fit = rows("normal runs to fit", [(seed, None) for seed in fit_seeds])
    limits = rows("normal runs for limits", [(seed, None) for seed in limit_seeds])
    normal = rows("fresh normal runs", [(seed, None) for seed in fresh_seeds])
    faulty = rows("faults", [(next(seeds), {idv: ONSET_HOURS}) for idv in plan.faults])
    told = {
        "fit": {"runs": plan.runs, "hours_each": plan.hours, "seeds": fit_seeds},
        "limits": {"runs": plan.limit_runs, "hours_each": plan.hours, "seeds": limit_seeds},
        "rng": Run.Rng.MODERN.value,
    }
    return Material(fit, limits, normal, dict(zip(plan.faults, faulty, strict=True)), told)


def store(
    kind: str, labels: tuple[str, ...], material: Material, *, activate: bool
) -> DetectorModel:
    """Fit one kind on some variables of the material, and store it with its card."""

    def cut(runs: list[Vector]) -> list[Vector]:
        columns = [index_of(label) for label in labels]
        return [run[:, columns] for run in runs]

    detector = new_detector(kind, labels)
    detector.fit(cut(material.fit)).calibrate(cut(material.limits))
    limits = detector.limits(DEFAULT_ALPHA)
    card = {
        "version": VERSION,
        "detector": detector.title,
        "variables": in_words(labels),
        "n_components": int(getattr(detector, "n_components_", 0)),
        **material.told,
        "alpha": DEFAULT_ALPHA,
        "limits_at_alpha": dict(zip(detector.statistics, map(float, limits), strict=True)),
        "false_alarms": false_alarms(detector, cut(material.normal)),
        "detection": _detection(
            detector, {idv: cut([rows])[0] for idv, rows in material.faulty.items()}
        ),
    }
    if "T2" in detector.statistics and "SPE" in detector.statistics:
        card |= {"t2_limit": float(limits[0]), "spe_limit": float(limits[1])}
    return DetectorModel.store(detector, kind, card, activate=activate)


def put_in_shadow(model: DetectorModel) -> None:
    """Let a version watch in the shadow, in place of an older one of its kind and variables."""
    older = DetectorModel.objects.filter(kind=model.kind, variables=model.variables)
    older.update(in_shadow=False)
    DetectorModel.objects.filter(pk=model.pk).update(in_shadow=True)
    model.in_shadow = True


def in_words(labels: Sequence[str]) -> str:
    """Return a set of variables as its card names it."""
    n_xmeas = sum(label.startswith("XMEAS") for label in labels)
    n_xmv = len(labels) - n_xmeas
    return f"{len(labels)}: XMEAS 1-{n_xmeas}{f', XMV 1-{n_xmv}' if n_xmv else ''}"


def new_detector(kind: str, labels: tuple[str, ...] = WATCHED_LABELS) -> Detector:
    """Return an unfitted detector of a kind in the registry, for some variables."""
    build: Callable[..., Detector] = DETECTORS[kind]
    return build(labels=labels)


def _seeds(plan: FitPlan) -> Iterator[int]:
    """Yield different seeds of the simulator, always the same ones for the same plan."""
    source = np.random.default_rng(plan.seed)
    seen: set[int] = set()
    while True:
        seed = tep.fresh_seed(source)
        if seed not in seen:
            seen.add(seed)
            yield seed


def _rows(seed: int, hours: float, idv: dict[int, float] | None) -> Vector:
    """Return all columns, up to a trip: what follows it is the same row for ever."""
    rows, shutdown_step = tep.simulate_rows(seed, hours, idv, rng=Run.Rng.MODERN.value)
    end = None if shutdown_step < 0 else shutdown_step // tep.SAMPLE_SECONDS + 1
    return rows[:end]


def exceeds_of(
    detector: Detector, rows: Vector, alpha: float = DEFAULT_ALPHA, decimation: int = 1
) -> Any:
    """Return which points of a run exceed; a dynamic detector's point is its last reading."""
    if not detector.dynamic:
        return detector.exceeds(block_means(rows, decimation), alpha, decimation)
    return detector.exceeds(rows, alpha)[decimation - 1 :: decimation]


def false_alarms(detector: Detector, runs: list[Vector]) -> dict[str, Any]:
    """Measure, on fresh normal runs, how often the presets' rules would alarm for nothing."""
    scores = np.concatenate([detector.score(run)[detector.warm_up :] for run in runs])
    limits = detector.limits(DEFAULT_ALPHA)
    presets = {}
    for preset in AnalysisPreset.objects.all():
        exceeds = [exceeds_of(detector, run, decimation=preset.decimation) for run in runs]
        presets[preset.name] = evaluation.false_alarms_per_1000h(
            exceeds, preset.consecutive, POINT_HOURS * preset.decimation, preset.among
        )
    by_statistic = (scores > limits).mean(axis=0)
    told = {
        "hours": sum(len(run) for run in runs) * POINT_HOURS,
        "nominal": DEFAULT_ALPHA,
        "far_either": float(np.mean(detector.exceed(scores, limits))),
        "far_by_statistic": dict(zip(detector.statistics, map(float, by_statistic), strict=True)),
        "events_per_1000_h": presets,
    }
    for name, key in (("T2", "far_t2"), ("SPE", "far_spe")):
        if name in detector.statistics:
            told[key] = float(by_statistic[detector.statistics.index(name)])
    return told


def _detection(detector: Detector, runs: dict[int, Vector]) -> dict[str, Any]:
    """Measure FDR, and the delay in 3-minute samples under the Demo rule, for some faults."""
    demo = AnalysisPreset.objects.filter(slug="demo").first()
    k = demo.consecutive if demo else 3
    figures = {}
    for idv, rows in runs.items():
        exceeds = exceeds_of(detector, rows)
        figures[IDV[idv - 1].label] = {
            "fdr": evaluation.fdr(exceeds, ONSET),
            "delay_samples": evaluation.detection_delay(exceeds, ONSET, k),
        }
    return figures
