"""Rows become readings: the only place where a plant that is fed from outside moves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from simulation.fields import Vector
from simulation.ingest.counting import Outcome
from simulation.ingest.ingest_row import IngestRow
from simulation.ingest.rows import required_labels
from simulation.models import IngestCount, Plant, PlantError, PlantEvent, Reading, Run
from simulation.models.reading import hours_at
from simulation.quality import IDENTICAL_ROWS, Sample, Watchdog
from simulation.signals import plant_sampled
from simulation.tep.variables import LABELS

#: Steps that a feed may leave out at once (500 h of process time); more is taken for a mistake.
MAX_SKIP = 10_000


class StepConflict(PlantError):
    """Rows that contradict what is stored; nothing of their batch was stored.

    `conflicts` tells by the 0-based place of the row in the batch what is wrong with it.
    """

    def __init__(self, conflicts: dict[int, str], hint: str) -> None:
        super().__init__(" ".join(list(conflicts.values())[:3]), hint)
        self.conflicts = conflicts


@dataclass(frozen=True)
class Receipt:
    """What became of the rows: `accepted` and `duplicates` add up to what was sent.

    `bad` counts the accepted rows whose values cannot be; `steps` are the steps at which the rows
    are stored, in the order sent; `last_step` is the plant's.
    """

    accepted: int
    duplicates: int
    bad: int
    last_step: int
    steps: tuple[int, ...]


def store_rows(plant: Plant, rows: Sequence[IngestRow], *, run: int | None = None) -> Receipt:
    """Store rows in ONE transaction, all or none; what is in the receipt is committed.

    A row with the step or the key of a stored one and the same values is a duplicate, which
    changes nothing. Other values, a step that was passed over, or a `run` (number) that is not the
    present one raise StepConflict. A plant that is not fed from outside, or not running, raises
    PlantError. `plant` itself is not changed; the outcomes are counted in every case.
    """
    try:
        return _store(plant.pk, rows, run)
    except StepConflict as error:
        said = next(iter(error.conflicts.values()))
        IngestCount.add(plant.pk, Outcome.CONFLICT, len(error.conflicts), said)
        if others := len(rows) - len(error.conflicts):
            IngestCount.add(plant.pk, Outcome.HELD_BACK, others)
        raise
    except PlantError as error:
        if not plant.is_simulated and rows:
            IngestCount.add(plant.pk, Outcome.NOT_RUNNING, len(rows), str(error))
        raise


@transaction.atomic
def _store(plant_id: int, rows: Sequence[IngestRow], run_number: int | None) -> Receipt:
    plant = (
        Plant.objects.select_for_update(of=("self",)).select_related("current_run").get(pk=plant_id)
    )
    run = _run_to_feed(plant)
    if run_number not in (None, run.number):
        said = f"The rows are for run {run_number} of {plant}, which is in run {run.number}."
        raise StepConflict(
            dict.fromkeys(range(len(rows)), said), "Begin again with the present run."
        )
    now = timezone.now()
    known = _Known(run, rows)
    watchdog = _watchdog(plant, run)
    episodes: list[PlantEvent] = []
    made: list[Reading] = []
    steps: list[int] = []
    skipped: list[int] = []
    conflicts: dict[int, str] = {}
    last = plant.step
    for place, row in enumerate(rows):
        found = known.same_as(row, last)
        if isinstance(found, str):
            conflicts[place] = found
            continue
        if found is None:
            step = last + 1 if row.step is None else row.step
            if step - last - 1 > MAX_SKIP and last:
                conflicts[place] = f"Step {step} is more than {MAX_SKIP} after the last, {last}."
                continue
            was_bad = watchdog.in_episode
            found = _reading(run, row, step, now)
            found.quality = watchdog.judge(step, row.values, row.time)
            if found.quality and not was_bad:
                episodes.append(_episode(plant, found))
            skipped += [last + 1, step - 1] if step > last + 1 else []
            last = step
            made.append(found)
            known.add(found)
        steps.append(found.step)
    if conflicts:
        raise StepConflict(
            conflicts, f"The last stored step of {plant} is {plant.step}; nothing was stored."
        )
    Reading.objects.bulk_create(made)
    bad = [reading for reading in made if reading.quality]
    if made:
        moved = Plant.objects.filter(pk=plant_id)
        moved.update(step=last, rows=plant.rows + len(made), sampled_at=now)
        plant.step = last
        PlantEvent.objects.bulk_create(episodes)
        if skipped:
            PlantEvent.note(plant, PlantEvent.Kind.GAP, _gap_in_words(skipped))
        IngestCount.add(plant_id, Outcome.ACCEPTED, len(made))
        if bad:
            IngestCount.add(plant_id, Outcome.BAD, len(bad), bad[-1].quality)
        transaction.on_commit(
            partial(plant_sampled.send, sender=Plant, plant_ids=[plant_id]), robust=True
        )
    duplicates = len(rows) - len(made)
    if duplicates:
        IngestCount.add(plant_id, Outcome.DUPLICATE, duplicates)
    return Receipt(len(made), duplicates, len(bad), last, tuple(steps))


def _run_to_feed(plant: Plant) -> Run:
    """Return the run that takes the rows. Raises PlantError."""
    if plant.is_simulated:
        raise PlantError(
            gettext("%(plant)s is simulated: it takes no rows from outside.") % {"plant": plant},
            gettext(
                "Make a plant that is fed from outside, in the admin or with "
                "manage.py feed --create."
            ),
        )
    if plant.state != Plant.State.RUNNING:
        why = f" {plant.state_reason}" if plant.state_reason else ""
        remedy = "Resume it" if plant.state == Plant.State.PAUSED else "Start it"
        raise PlantError(
            gettext("%(plant)s is %(state)s%(why)s, so rows are not stored.")
            % {"plant": plant, "state": plant.state, "why": why},
            gettext("%(remedy)s, then send again.") % {"remedy": remedy},
        )
    return plant.run


class _Known:
    """The stored readings that rows may repeat or contradict."""

    def __init__(self, run: Run, rows: Sequence[IngestRow]) -> None:
        stored = Reading.objects.filter(run=run)
        steps = [row.step for row in rows if row.step is not None]
        keys = [row.key for row in rows if row.key]
        self._by_step = {r.step: r for r in stored.filter(step__in=steps)} if steps else {}
        self._by_key = {r.ingest_key: r for r in stored.filter(ingest_key__in=keys)} if keys else {}

    def add(self, reading: Reading) -> None:
        """Note what an earlier row of the same batch becomes."""
        self._by_step[reading.step] = reading
        if reading.ingest_key:
            self._by_key[reading.ingest_key] = reading

    def same_as(self, row: IngestRow, last: int) -> Reading | str | None:
        """Return the stored reading that a row repeats, a conflict in words, or None: it is new."""
        found = self._by_key.get(row.key) if row.key else None
        if found is not None:
            if row.step not in (None, found.step):
                return f"The key {row.key} names step {found.step}, not step {row.step}."
            if difference := _difference(row.values, found.values):
                return f"The key {row.key} is stored at step {found.step} with {difference}."
            return found
        if row.step is None or row.step > last:
            return None
        found = self._by_step.get(row.step)
        if found is None:
            return f"Step {row.step} was passed over: step {last} is stored already."
        if difference := _difference(row.values, found.values):
            return f"Step {row.step} is stored with {difference}."
        return found


def _difference(sent: Vector, stored: Vector) -> str:
    """Return the first stored value that is not the one sent, in words; empty if all are equal."""
    differs = ~((sent == stored) | (np.isnan(sent) & np.isnan(stored)))
    columns = np.flatnonzero(differs)
    if not len(columns):
        return ""
    more = f" ({len(columns)} values differ)" if len(columns) > 1 else ""
    column = columns[0]
    return f"{LABELS[column]} = {stored[column]!s}, not {sent[column]!s}{more}"


def _reading(run: Run, row: IngestRow, step: int, now: datetime) -> Reading:
    return Reading(
        run=run,
        step=step,
        sim_hours=hours_at(step),
        sampled_at=now,
        source_time=row.time,
        values=row.values,
        ingest_key=row.key,
    )


def _watchdog(plant: Plant, run: Run) -> Watchdog:
    """Return the watchdog as the stored readings of the run left it."""
    stored = Reading.objects.filter(run=run).order_by("-step")
    newest = list(stored[: IDENTICAL_ROWS - 1])
    last_good = None
    if newest and not any(reading.is_good for reading in newest):
        last_good = stored.filter(quality="").first()
    required = [LABELS.index(label) for label in required_labels(plant.variables)]
    return Watchdog(
        required,
        [_sample(reading) for reading in reversed(newest)],
        _sample(last_good) if last_good else None,
    )


def _sample(reading: Reading) -> Sample:
    return Sample(reading.step, reading.values, reading.source_time, reading.is_good)


def _episode(plant: Plant, reading: Reading) -> PlantEvent:
    """Tell of the first of some bad readings in a row."""
    return PlantEvent(
        plant=plant,
        run=reading.run,
        step=reading.step,
        kind=PlantEvent.Kind.BAD_DATA,
        text=f"From step {reading.step}, readings that cannot be: {reading.quality}."[:300],
    )


def _gap_in_words(edges: list[int]) -> str:
    """Tell of the gaps of one batch, given as first and last skipped step, one after the other."""
    gaps = list(zip(edges[::2], edges[1::2], strict=True))
    count = sum(last - first + 1 for first, last in gaps)
    spans = [str(first) if first == last else f"{first} to {last}" for first, last in gaps]
    more = f" and {len(spans) - 5} more" if len(spans) > 5 else ""
    word = "Step" if count == 1 else "Steps"
    were = "was" if count == 1 else "were"
    return f"{word} {', '.join(spans[:5])}{more} {were} not sent ({count} missing)."


def outcomes_of(plant: Plant) -> Counter[str]:
    """Return the counts of a plant's rows by outcome."""
    return Counter(dict(plant.ingest_counts.values_list("outcome", "count")))
