"""Fitting a detector on simulated normal operation, and the card of its figures.

Three kinds of runs, all with different seeds: those the model is fitted on, those its limits come
from, and fresh ones for the figures on the card.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from monitoring.detectors import DETECTORS, Detector, evaluation
from monitoring.detectors.decimation import block_means
from monitoring.models import AnalysisPreset, DetectorModel
from monitoring.models.detector_settings import DEFAULT_ALPHA
from monitoring.watched import VARIABLE_SETS, WATCHED, WATCHED_LABELS
from simulation import VERSION, tep
from simulation.fields import Vector
from simulation.models import Run
from simulation.tep.variables import IDV

#: Faults whose detection delay is told on the card: those that a static detector can see.
CARD_IDVS = (1, 2, 4, 5, 6, 7, 8, 14)
ONSET_HOURS = 8.0
POINT_HOURS = tep.SAMPLE_SECONDS / 3600

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FitPlan:
    """How much normal operation a fit is given."""

    kind: str = "pca"
    runs: int = 5
    limit_runs: int = 20
    hours: float = 48.0
    seed: int = 20_000

    @property
    def evaluation_runs(self) -> int:
        """Fresh normal runs for the false alarm figures of the card."""
        return max(2, self.limit_runs // 2)

    @property
    def simulations(self) -> int:
        """All runs that the fit simulates."""
        return self.runs + self.limit_runs + self.evaluation_runs + len(CARD_IDVS)


def fit_detector(plan: FitPlan, progress: Progress = lambda what, done, of: None) -> DetectorModel:
    """Simulate, fit, calibrate, evaluate and store a detector as the new active version.

    On the same runs a version for each smaller set of variables is made, for the plants that know
    no more; the one for all variables is returned. `progress(what, done, of)` is called after each
    simulated run. Raises ValueError for a plan that gives too little data.
    """
    seeds = _seeds(plan)
    done = 0

    def simulate(what: str, jobs: list[tuple[int, dict[int, float] | None]]) -> list[Vector]:
        nonlocal done
        rows = []
        # The simulator releases the GIL, so two threads use two cores.
        with ThreadPoolExecutor(max_workers=2) as pool:
            for run in pool.map(lambda job: _watched_rows(job[0], plan.hours, job[1]), jobs):
                rows.append(run)
                done += 1
                progress(what, done, plan.simulations)
        return rows

    tep.warm_up()
    fit_seeds = [next(seeds) for _ in range(plan.runs)]
    limit_seeds = [next(seeds) for _ in range(plan.limit_runs)]
    fresh_seeds = [next(seeds) for _ in range(plan.evaluation_runs)]
    fit_runs = simulate("normal runs to fit", [(seed, None) for seed in fit_seeds])
    limit_runs = simulate("normal runs for limits", [(seed, None) for seed in limit_seeds])
    normal = simulate("fresh normal runs", [(seed, None) for seed in fresh_seeds])
    faulty = simulate("faults", [(next(seeds), {idv: ONSET_HOURS}) for idv in CARD_IDVS])

    def fit(labels: tuple[str, ...]) -> DetectorModel:
        def cut(runs: list[Vector]) -> list[Vector]:
            return [run[:, [WATCHED_LABELS.index(label) for label in labels]] for run in runs]

        detector = new_detector(plan.kind, labels).fit(cut(fit_runs)).calibrate(cut(limit_runs))
        card = {
            "version": VERSION,
            "detector": plan.kind.upper(),
            "variables": f"{len(labels)}: XMEAS 1-22{', XMV 1-11' if len(labels) > 22 else ''}",
            "n_components": int(getattr(detector, "n_components_", 0)),
            "fit": {"runs": plan.runs, "hours_each": plan.hours, "seeds": fit_seeds},
            "limits": {"runs": plan.limit_runs, "hours_each": plan.hours, "seeds": limit_seeds},
            "rng": Run.Rng.MODERN.value,
            "alpha": DEFAULT_ALPHA,
            "t2_limit": detector.limits(DEFAULT_ALPHA).t2_limit,
            "spe_limit": detector.limits(DEFAULT_ALPHA).spe_limit,
            "false_alarms": _false_alarms(detector, cut(normal), plan.hours),
            "detection": _detection(detector, dict(zip(CARD_IDVS, cut(faulty), strict=True))),
        }
        return DetectorModel.store(detector, plan.kind, card)

    with transaction.atomic():
        made = {size: fit(labels) for size, labels in VARIABLE_SETS.items()}
    return made[len(WATCHED_LABELS)]


def new_detector(kind: str, labels: tuple[str, ...] = WATCHED_LABELS) -> Detector:
    """Return an unfitted detector of a kind in the registry, for all or some watched variables."""
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


def _watched_rows(seed: int, hours: float, idv: dict[int, float] | None) -> Vector:
    """Return the watched columns, up to a trip: what follows it is the same row for ever."""
    rows, shutdown_step = tep.simulate_rows(seed, hours, idv, rng=Run.Rng.MODERN.value)
    end = None if shutdown_step < 0 else shutdown_step // tep.SAMPLE_SECONDS + 1
    return rows[:end, WATCHED]


def _exceeds(detector: Detector, rows: Vector, decimation: int) -> Any:
    points = block_means(rows, decimation)
    return detector.score(points).exceed(detector.limits(DEFAULT_ALPHA, decimation))


def _false_alarms(detector: Detector, runs: list[Vector], hours: float) -> dict[str, Any]:
    """Measure, on fresh normal runs, how often the presets' rules would alarm for nothing."""
    scores = [detector.score(run) for run in runs]
    limits = detector.limits(DEFAULT_ALPHA)
    presets = {}
    for preset in AnalysisPreset.objects.all():
        exceeds = [_exceeds(detector, run, preset.decimation) for run in runs]
        presets[preset.name] = evaluation.false_alarms_per_1000h(
            exceeds, preset.consecutive, POINT_HOURS * preset.decimation
        )
    return {
        "hours": len(runs) * hours,
        "far_t2": float(np.mean(np.concatenate([s.t2 for s in scores]) > limits.t2_limit)),
        "far_spe": float(np.mean(np.concatenate([s.spe for s in scores]) > limits.spe_limit)),
        "far_either": float(np.mean(np.concatenate([s.exceed(limits) for s in scores]))),
        "events_per_1000_h": presets,
    }


def _detection(detector: Detector, runs: dict[int, Vector]) -> dict[str, Any]:
    """Measure FDR, and the delay in 3-minute samples under the Demo rule, for some faults."""
    demo = AnalysisPreset.objects.filter(slug="demo").first()
    k = demo.consecutive if demo else 3
    onset = round(ONSET_HOURS / POINT_HOURS)
    figures = {}
    for idv, rows in runs.items():
        exceeds = _exceeds(detector, rows, 1)
        figures[IDV[idv - 1].label] = {
            "fdr": evaluation.fdr(exceeds, onset),
            "delay_samples": evaluation.detection_delay(exceeds, onset, k),
        }
    return figures
