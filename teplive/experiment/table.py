"""The experiment's outcome: by explainer and age, and by fault, with 95 % intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from simulation.tep.variables import IDV
from teplive.experiment.cases import AGES
from teplive.experiment.record import Record
from teplive.leaderboard.scores import Share


@dataclass(frozen=True)
class Row:
    """What one explainer (of one model) was worth at one age of the alarms."""

    provider: str
    model: str
    age: int
    answers: Sequence[dict[str, Any]]

    @property
    def top1(self) -> Share:
        """Alarms of which it named the right cause first."""
        return Share(sum(one["right"] for one in self.answers), len(self.answers))

    @property
    def top3(self) -> Share:
        """Alarms of which the right cause was among its first three."""
        return Share(sum(one["among_three"] for one in self.answers), len(self.answers))

    @property
    def supported(self) -> Share:
        """Citations that the readings support."""
        return Share(
            sum(one["supported"] for one in self.answers),
            sum(one["cited"] for one in self.answers),
        )

    @property
    def brier(self) -> float | None:
        """Mean squared error of the probability of the first cause; None where none is stated."""
        errors = [
            (one["probability"] - one["right"]) ** 2
            for one in self.answers
            if one["probability"] is not None
        ]
        return sum(errors) / len(errors) if errors else None

    @property
    def loose(self) -> float | None:
        """Numbers in a text that no evidence holds, for each answer; None without a text."""
        texts = [one for one in self.answers if one["text"]]
        return sum(one["loose"] for one in texts) / len(texts) if texts else None

    @property
    def failures(self) -> int:
        """Answers that were of no usable form; they count as wrong."""
        return sum(bool(one["failure"]) for one in self.answers)

    @property
    def seconds(self) -> float:
        """Median time of an answer, s."""
        return median(one["seconds"] for one in self.answers)

    @property
    def tokens(self) -> int:
        """Tokens sent and written in all."""
        return sum((one["tokens_in"] or 0) + (one["tokens_out"] or 0) for one in self.answers)

    @property
    def cost(self) -> float | None:
        """Cost of all answers, USD; None where an answer's is not known, or nothing is paid."""
        costs = [one["cost"] for one in self.answers]
        return sum(costs) if costs and None not in costs else None

    @property
    def cost_per_right(self) -> float | None:
        """Cost for each right answer, USD; None without one."""
        return self.cost / self.top1.hits if self.cost is not None and self.top1.hits else None

    def as_json(self) -> dict[str, Any]:
        """Return it as the document tells it: shares with their count and interval."""
        by_fault: dict[str, Any] = {}
        for fault in sorted({one["fault"] for one in self.answers}):
            here = [one["right"] for one in self.answers if one["fault"] == fault]
            by_fault[str(fault)] = _share(Share(sum(here), len(here)))
        return {
            "provider": self.provider,
            "model": self.model,
            "age": self.age,
            "answers": len(self.answers),
            "failures": self.failures,
            "top1": _share(self.top1),
            "top3": _share(self.top3),
            "brier": self.brier,
            "supported": _share(self.supported),
            "loose_numbers_per_answer": self.loose,
            "median_seconds": self.seconds,
            "tokens": self.tokens,
            "cost_usd": self.cost,
            "cost_per_right_usd": self.cost_per_right,
            "top1_by_fault": by_fault,
        }


def rows_of(
    record: Record, faults: Sequence[int], runs: int, providers: Sequence[str]
) -> list[Row]:
    """Return the rows that these faults, runs and providers have answers for."""
    grouped: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for one in record.answers.values():
        if one["fault"] in faults and one["run"] <= runs and one["provider"] in providers:
            key = (one["provider"], one["model"], one["age"])
            grouped.setdefault(key, []).append(one)
    order = {name: place for place, name in enumerate(providers)}
    keys = sorted(grouped, key=lambda key: (key[2], order[key[0]], key[1]))
    return [Row(*key, grouped[key]) for key in keys]


def alarms_of(record: Record, fault: int, runs: int) -> Share:
    """Return in how many of a fault's runs an alarm was raised."""
    found = [ages for (idv, run), ages in record.alarms.items() if idv == fault and run <= runs]
    return Share(sum(bool(ages) for ages in found), len(found))


def document(
    record: Record, faults: Sequence[int], runs: int, rows: Sequence[Row], stopped: dict[str, str]
) -> dict[str, Any]:
    """Return the outcome for programs."""
    return {
        "experiment": record.head,
        "runs": runs,
        "alarms_by_fault": {str(f): _share(alarms_of(record, f, runs)) for f in faults},
        "explainers": [row.as_json() for row in rows],
        "stopped": stopped,
    }


def lines(record: Record, faults: Sequence[int], runs: int, rows: Sequence[Row]) -> Iterator[str]:
    """Yield the outcome for readers."""
    found = [alarms_of(record, fault, runs) for fault in faults]
    hits, of = sum(one.hits for one in found), sum(one.of for one in found)
    yield (
        f"{record.head['detector']}, seed {record.head['seed']}: an alarm in {hits} of {of} runs; "
        f"{of - hits} missed, which no explainer is asked about"
    )
    for age in AGES:
        here = [row for row in rows if row.age == age]
        if not here:
            continue
        yield ""
        yield f"{age} samples after the alarm" if age else "at the alarm"
        yield (
            f"{'explainer':<32} {'n':>4} {'top-1 %':>16} {'top-3 %':>16} {'Brier':>6} "
            f"{'supported':>11} {'loose':>6} {'s':>8} {'tokens':>8} {'USD':>8} {'USD/right':>9}"
        )
        for row in here:
            cited = f"{row.supported.hits}/{row.supported.of}" if row.supported.of else "-"
            yield (
                f"{f'{row.provider} ({row.model})'[:32]:<32} {len(row.answers):>4} "
                f"{_percent(row.top1):>16} {_percent(row.top3):>16} {_number(row.brier, 3):>6} "
                f"{cited:>11} {_number(row.loose, 1):>6} {row.seconds:>8.3f} "
                f"{row.tokens or '-':>8} {_number(row.cost, 4):>8} "
                f"{_number(row.cost_per_right, 4):>9}"
            )
            if row.failures:
                yield f"  of these, {row.failures} answers had no usable form and count as wrong"
    yield ""
    yield "right cause first, by fault, at each age: " + ", ".join(str(age) for age in AGES)
    names = list(dict.fromkeys((row.provider, row.model) for row in rows))
    yield f"{'fault':<8} {'alarms':>7} " + " ".join(f"{name[:20]:>20}" for name, _ in names)
    for fault, share in zip(faults, found, strict=True):
        cells = []
        for name in names:
            parts = []
            for row in rows:
                if (row.provider, row.model) == name:
                    right = [one["right"] for one in row.answers if one["fault"] == fault]
                    parts.append(f"{sum(right)}/{len(right)}" if right else "-")
            cells.append(f"{'  '.join(parts):>20}")
        alarms = f"{share.hits}/{share.of}"
        yield f"{IDV[fault - 1].label:<8} {alarms:>7} " + " ".join(cells)


def _share(share: Share) -> dict[str, Any]:
    return {
        "hits": share.hits,
        "of": share.of,
        "value": share.value,
        "interval": list(share.interval) if share.interval else None,
    }


def _percent(share: Share) -> str:
    if share.value is None or share.interval is None:
        return "-"
    low, high = share.interval
    return f"{100 * share.value:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
