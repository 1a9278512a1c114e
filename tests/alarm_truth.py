"""What a run's alarms must be: its readings held against each limit alone, from begin to end.

Stated on its own, not by `monitoring.alarms.holding`: one limit after the other, no cursor, no
memory between transactions.
"""

from collections import Counter

from monitoring.alarms.definitions import definitions_of
from monitoring.alarms.limits import Kind
from monitoring.alarms.references import references_of, setpoint_hands
from monitoring.models import Alarm, AlarmJournalEntry, AlarmOccurrence, LimitCursor
from simulation.models import Plant, Reading, Run
from simulation.tep.variables import index_of

BEGUN, OVER = AlarmJournalEntry.Kind.ACTIVATED, AlarmJournalEntry.Kind.RETURNED


def transitions(run: Run) -> Counter[tuple[str, str, int]]:
    """Which limit was passed, or returned, at which step; for the definitions as they are now."""
    readings = list(Reading.objects.filter(run=run).order_by("step"))
    good = [reading for reading in readings if not reading.quality]
    hands, found = setpoint_hands(run.pk), Counter()
    for one in definitions_of(run.plant):
        if not (one.in_service and one.is_by_reading):
            continue
        limit, judged, references = one.as_limit(), good, None
        if limit.kind is Kind.BAD_IN_A_ROW:
            judged = readings
            values = [float(bool(reading.quality)) for reading in readings]
        else:
            values = [float(reading.values[index_of(one.tag)]) for reading in good]
        if limit.kind is Kind.DEVIATION:
            if one.reference is None and not run.plant.is_simulated:
                continue
            references = references_of(one, [reading.step for reading in good], hands)
        for change in limit.evaluate((), values, references)[1]:
            kind = BEGUN if change.active else OVER
            found[one.code, kind.value, judged[change.place].step] += 1
    return found


def contradictions(plant: Plant) -> list[str]:
    """What is wrong with the alarms of a plant that has had one run and stands still."""
    run, wrong = plant.run, []
    cursor = LimitCursor.objects.filter(plant=plant).first()
    if cursor is None or (cursor.run_id, cursor.step) != (run.pk, plant.step):
        wrong.append(f"the limits have read to {cursor}, the plant is at step {plant.step}")
    entries = AlarmJournalEntry.objects.filter(run=run, kind__in=[BEGUN, OVER])
    by_reading = [e for e in entries if e.definition.is_by_reading]
    told = Counter((entry.code, entry.kind, entry.step) for entry in by_reading)
    for what, much in ((transitions(run) - told, "missing"), (told - transitions(run), "too many")):
        wrong += [f"{much} in the journal: {key}" for key in sorted(what)]
    wrong += _of_occurrences(plant) + _of_claims(run)
    return wrong


def _of_occurrences(plant: Plant) -> list[str]:
    wrong = []
    lives = AlarmOccurrence.objects.filter(plant=plant).select_related("definition")
    standing = Counter(one.definition.code for one in lives if one.is_standing)
    wrong += [f"{code} stands {count} times" for code, count in standing.items() if count > 1]
    for one in lives:
        passed = list(one.journal.filter(kind__in=[BEGUN, OVER]).order_by("pk"))
        begun = [entry.step for entry in passed if entry.kind == BEGUN]
        if len(begun) != one.activations:
            wrong.append(f"{one} began {one.activations} times, the journal says {len(begun)}")
        elif (begun[0], begun[-1]) != (one.activated_step, one.last_activated_step):
            wrong.append(f"{one} began at other steps than the journal says")
        if bool(passed) and one.is_active != (passed[-1].kind == BEGUN):
            wrong.append(f"{one} is active: {one.is_active}; the journal ends otherwise")
    lonely = AlarmJournalEntry.objects.filter(plant=plant, kind=BEGUN, occurrence=None).count()
    return wrong + ([f"{lonely} activations belong to no alarm"] if lonely else [])


def _of_claims(run: Run) -> list[str]:
    wrong = []
    for claim in Alarm.objects.filter(run=run):
        kinds = Counter(claim.journal.values_list("kind", flat=True))
        begun, over = kinds[BEGUN.value], kinds[OVER.value]
        if claim.occurrence_id is None or begun != 1 or over != int(claim.cleared_step is not None):
            wrong.append(f"the claim {claim} began {begun} and ended {over} times in the journal")
    return wrong
