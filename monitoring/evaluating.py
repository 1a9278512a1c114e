"""Judging detectors on fresh simulated runs: the evidence that the product shows of itself."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from monitoring.detectors import InnovationBank, evaluation
from monitoring.diagnosis import AGES
from monitoring.fitting import ONSET, ONSET_HOURS, POINT_HOURS, Progress
from monitoring.scoring import Judge, Judgement, named_columns
from simulation.dataset.course import simulate_runs
from simulation.dataset.plan import NORMAL, Plan, RunPlan
from simulation.fields import Vector
from simulation.tep.variables import IDV, N_IDV, index_of

HOURS = 48.0
#: Faults that many published figures leave out, because hardly any method sees them.
HARD = (3, 9, 15)


@dataclass(frozen=True)
class EvaluationPlan:
    """How many fresh runs a detector is judged on."""

    runs: int = 16
    normal_runs: int = 42
    seed: int = 47_000

    @property
    def simulations(self) -> int:
        """Runs that are simulated."""
        return self.normal_runs + self.fault_simulations

    @property
    def fault_simulations(self) -> int:
        """Runs with a fault among them."""
        return N_IDV * self.runs

    @property
    def fault_seed(self) -> int:
        """Seed of the runs with a fault, another than that of the normal ones."""
        return self.seed + 1


def fault_runs(fault: int, count: int, seed: int, hours: float = HOURS) -> list[Vector]:
    """Return `count` fresh runs (n, 53) of a fault from 8 h on, up to a trip; 0 is normal."""
    plan, runs = _planned(fault, count, seed, hours)
    return [course.rows for course in simulate_runs(plan, runs)]


def _planned(fault: int, count: int, seed: int, hours: float) -> tuple[Plan, list[RunPlan]]:
    plan = Plan((fault,), count, hours, ONSET_HOURS, seed=seed)
    return plan, [plan.run(fault, n + 1) for n in range(count)]


def evaluate(
    judges: dict[str, Judge],
    plan: EvaluationPlan,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, dict[str, Any]]:
    """Return, by name of a judge, its figures on fresh runs that all judges are shown alike."""
    done = 0
    normal = fault_runs(0, plan.normal_runs, plan.seed)
    done += plan.normal_runs
    progress("normal operation", done, plan.simulations)
    found: dict[str, dict[str, Any]] = {
        name: {"normal": _normal(judge, normal), "faults": {}} for name, judge in judges.items()
    }
    for fault in range(1, N_IDV + 1):
        runs = fault_runs(fault, plan.runs, plan.fault_seed)
        for name, judge in judges.items():
            columns = [index_of(label) for label in judge.labels]
            judged = [judge.judge(run[:, columns], ONSET, named_columns(run)) for run in runs]
            found[name]["faults"][str(fault)] = _of_fault(fault, judged)
        done += plan.runs
        progress(IDV[fault - 1].label, done, plan.simulations)
    for figures in found.values():
        figures["summary"] = _summary(figures["faults"])
    return found


def ceilings(
    bank: InnovationBank,
    alpha: float,
    plan: EvaluationPlan,
    progress: Progress = lambda what, done, of: None,
) -> dict[str, float]:
    """Return, by fault, the FDR that an observer reaches who knows each run's effect beforehand.

    On the very runs that `evaluate` shows its judges. A run and its twin without the fault, of the
    same seed, have the same noise: the difference of their innovations is the effect and nothing
    else. An observer who knows it needs its energy, added up since the onset and in units of the
    innovations' covariance, to reach z²(1 - alpha) for detecting it in half of the cases (a matched
    filter is the best test there is: Neyman & Pearson). From then on every sample counts as
    detected.
    """
    from scipy import special

    needed = float(special.ndtri(1.0 - alpha)) ** 2
    columns = [index_of(label) for label in bank.labels]
    found = {}
    for fault in range(1, N_IDV + 1):
        of, runs = _planned(fault, plan.runs, plan.fault_seed, HOURS)
        twins = [replace(run, fault=NORMAL) for run in runs]
        rates = []
        for faulty, normal in zip(simulate_runs(of, runs), simulate_runs(of, twins), strict=True):
            n = len(faulty.rows)
            with_it, without = faulty.rows[:, columns], normal.rows[:n, columns]
            effect = (bank.whitened(with_it) - bank.whitened(without))[ONSET:]
            energy = np.cumsum((effect**2).sum(axis=1))
            rates.append(float(np.mean(energy >= needed)))
        found[str(fault)] = float(np.mean(rates))
        progress(f"ceiling of {IDV[fault - 1].label}", fault * plan.runs, plan.fault_simulations)
    return found


def _normal(judge: Judge, runs: list[Vector]) -> dict[str, Any]:
    columns = [index_of(label) for label in judge.labels]
    exceeds = [judge.detector.exceeds(run[:, columns], judge.rule.alpha) for run in runs]
    settled = [one[judge.detector.warm_up :] for one in exceeds]
    rule = judge.rule
    return {
        "hours": sum(len(run) for run in runs) * POINT_HOURS,
        "far": float(np.mean(np.concatenate(settled))),
        "alarms_per_1000_h": evaluation.false_alarms_per_1000h(
            exceeds, rule.consecutive, POINT_HOURS, rule.among
        ),
    }


def _of_fault(fault: int, judged: list[Judgement]) -> dict[str, Any]:
    rates = [one.fdr for one in judged if one.fdr is not None]
    delays = [one.delay for one in judged if one.delay is not None]
    by_age = {}
    for age in AGES:
        here = [one.causes[age].ranking for one in judged if age in one.causes]
        if here:
            by_age[str(age)] = {
                "events": len(here),
                "top1": sum(ranking[0][0] == fault for ranking in here) / len(here),
                "top3": sum(fault in [idv for idv, _ in ranking[:3]] for ranking in here)
                / len(here),
            }
    return {
        "runs": len(judged),
        "fdr": float(np.mean(rates)) if rates else None,
        "found": len(delays),
        "median_delay": float(np.median(delays)) if delays else None,
        "delays": [one.delay for one in judged],
        "causes": by_age,
    }


def _summary(faults: dict[str, dict[str, Any]]) -> dict[str, Any]:
    rates = {int(fault): figures["fdr"] for fault, figures in faults.items()}
    every = [delay for figures in faults.values() for delay in figures["delays"]]
    delay = np.median([np.inf if one is None else one for one in every])
    by_age: dict[str, Any] = {}
    for age in map(str, AGES):
        here = [f["causes"][age] for f in faults.values() if age in f["causes"]]
        events = sum(one["events"] for one in here)
        if events:
            by_age[age] = {
                name: sum(one[name] * one["events"] for one in here) / events
                for name in ("top1", "top3")
            }
    return {
        "mean_fdr": float(np.mean(list(rates.values()))),
        "mean_fdr_without_3_9_15": float(
            np.mean([rate for fault, rate in rates.items() if fault not in HARD])
        ),
        "faults_found": sum(f["found"] > f["runs"] / 2 for f in faults.values()),
        # Over all runs of all faults; a fault that is missed counts as never.
        "median_delay": float(delay) if np.isfinite(delay) else None,
        "causes": by_age,
    }
