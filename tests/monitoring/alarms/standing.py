"""Standing alarms for pages to show, made through the engine."""

from django.utils import timezone

from monitoring.alarms.board import open_board
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition, AlarmOccurrence
from simulation.models import Plant


def raise_alarms(plant: Plant, *codes: str, value: float = 1.0) -> list[AlarmOccurrence]:
    """Let the conditions of some definitions hold, one moment after another."""
    for code in codes:
        definition = AlarmDefinition.objects.get(code=code)
        with open_board(plant.pk) as board:
            moment = Moment(
                board.plant.current_run, board.plant.step or 1, timezone.now(), value,
                definition.limit,
            )  # fmt: skip
            board.hold(definition, moment)
    found = AlarmOccurrence.objects.filter(plant=plant, closed_at__isnull=True)
    by_code = {one.definition.code: one for one in found.select_related("definition", "plant")}
    return [by_code[code] for code in codes]


def give_return(plant: Plant, code: str) -> None:
    """Let a condition hold no longer."""
    definition = AlarmDefinition.objects.get(code=code)
    with open_board(plant.pk) as board:
        board.give_return(definition, Moment.of(board.plant))


def many_definitions(count: int, **fields) -> list[str]:
    """Store definitions of a system's alarm, which nothing judges by itself; return their codes."""
    made = AlarmDefinition.objects.bulk_create(
        AlarmDefinition(
            **{
                "code": f"storm-{number}", "name": f"Storm {number}", "source": "system",
                "kind": "failed", "priority": "low", **fields,
            }
        )
        for number in range(count)
    )  # fmt: skip
    return [one.code for one in made]
