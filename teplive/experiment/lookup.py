"""The simplest baseline: which tags usually lead in each fault. Learns nothing else."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from explainer.case import Case
from simulation.tep.variables import N_IDV
from teplive.experiment.cases import Observer, runs_of

#: Leading tags that are compared.
LEADING = 6
#: Runs of each fault that the table is learnt from.
RUNS = 4

Usual = dict[int, dict[str, float]]
"""By fault: each tag's share of the learnt moments in which it was among the leading ones."""


def learn(observer: Observer, seed: int, progress: Callable[[int], None]) -> Usual:
    """Learn from runs of every fault; one that raised no alarm has no entry."""
    found: Usual = {}
    for fault in range(1, N_IDV + 1):
        counts: Counter[str] = Counter()
        moments = 0
        for number, rows in runs_of(fault, range(1, RUNS + 1), seed):
            for moment in observer.moments(rows, number):
                moments += 1
                counts.update(leading_tags(moment.case))
        if moments:
            found[fault] = {tag: count / moments for tag, count in counts.items()}
        progress(fault)
    return found


def leading_tags(case: Case) -> list[str]:
    """Return the tags of the largest contributions."""
    return [str(part["tag"]) for part in case.ranked[:LEADING]]


def ranked_by(usual: Mapping[int, Mapping[str, float]], tags: Sequence[str]) -> list[int]:
    """Rank faults by how much their usual leading tags overlap with these; the lower number wins.

    The overlap is the mean over the tags of their share in the fault's learnt moments.
    """
    overlap = {fault: sum(of.get(tag, 0.0) for tag in tags) for fault, of in usual.items()}
    return sorted((fault for fault, value in overlap.items() if value), key=lambda f: -overlap[f])
