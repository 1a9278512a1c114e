"""The experiment itself: every run, every moment, every contestant that has not answered yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from simulation import VERSION as SIMULATOR
from simulation.tep.variables import IDV
from teplive.experiment.cases import AGES, HOURS, Moment, Observer, runs_of
from teplive.experiment.contestants import Contestant, Interrupted, Stopped
from teplive.experiment.judging import judged
from teplive.experiment.record import Record

SEED = 83_000
#: The lookup is learnt from other runs than those that are scored.
LOOKUP_SEED_AFTER = 500

Progress = Callable[[str, int], None]
"""Is told what is under way, and how many runs have just been done."""


@dataclass
class Experiment:
    """Faults, runs of each, and who is asked; `stopped` names who is asked no more, and why."""

    observer: Observer
    faults: Sequence[int]
    runs: int
    seed: int
    record: Record
    contestants: Sequence[Contestant]
    stopped: dict[str, str] = field(default_factory=dict)

    def run(self, progress: Progress) -> None:
        """Ask whoever has not answered yet. What was answered stays, however this ends."""
        for fault in self.faults:
            label = IDV[fault - 1].label
            progress(label, 0)
            numbers = range(1, self.runs + 1)
            left = [n for n in numbers if not self.record.is_whole(fault, n, self._asked())]
            progress(label, self.runs - len(left))
            for number, rows in runs_of(fault, left, self.seed):
                moments = self.observer.moments(rows, number)
                ages = [moment.age for moment in moments]
                if self.record.alarms.get((fault, number)) != ages:
                    self.record.add({"fault": fault, "run": number, "ages": ages})
                for moment in moments:
                    self._ask_all(moment, fault, progress)
                progress(label, 1)

    def _asked(self) -> list[str]:
        return [one.name for one in self.contestants if one.name not in self.stopped]

    def _ask_all(self, moment: Moment, fault: int, progress: Progress) -> None:
        for contestant in self.contestants:
            name, record = contestant.name, self.record
            key = (fault, moment.case.run, moment.age, name)
            if name in self.stopped or key in record.answers:
                continue
            progress(f"{IDV[fault - 1].label} {name}", 0)
            try:
                reply = contestant.ask(moment, record.spent(name))
            except Stopped as why:
                self.stopped[name] = str(why)
                self._lose(name, why.cost)
                continue
            except Interrupted as stop:
                self._lose(name, stop.cost)
                raise
            record.add(judged(moment, fault, name, reply))

    def _lose(self, name: str, cost: Decimal) -> None:
        """Keep what an answer may have cost that never came."""
        if cost:
            self.record.add({"lost": name, "cost": float(cost)})


def head_of(observer: Observer, seed: int) -> dict[str, object]:
    """Return what a file must agree in, so that its results can be added to."""
    return {
        "seed": seed,
        "detector": str(observer.model),
        "classic": str(observer.classic),
        "diagnosis": str(observer.diagnosis) if observer.diagnosis else None,
        "alpha": observer.alpha,
        "consecutive": observer.consecutive,
        "hours": HOURS,
        "at": list(AGES),
        "simulator": SIMULATOR,
    }
