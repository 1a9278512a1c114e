"""Valves and set points taken over by hand, and given back to their loops."""

from simulation.models import Hand, Plant, PlantError, PlantEvent
from simulation.models.plant import Actor, actor_of
from simulation.tep import loops
from simulation.tep.variables import N_XMV

VALVE, SETPOINT = Hand.Kind.VALVE, Hand.Kind.SETPOINT
AGITATOR = 12


def take(
    plant: Plant,
    kind: str,
    number: int | str,
    value: float | None,
    *,
    by: Actor | None = None,
    start_after_hours: float = 0.0,
    end_after_hours: float | None = None,
    start_step: int | None = None,
    end_step: int | None = None,
) -> Hand:
    """Hold XMV(number) at a position (%), or the set point of a loop at a value (its unit).

    Without a value: where it is now, which moves nothing. From the next step on, or as the times
    say (see `Plant.inject`). A hand that holds the same
    thing ends where the new one begins; one that is planned for later in that time is refused.
    Raises PlantError for what cannot be.
    """
    number = _number_of(kind, number)
    with plant.changing():
        run = plant.run_to_change("nothing can be held by hand")
        first, end = plant.span_of(
            start_after_hours, end_after_hours, start_step, end_step, what="The hand"
        )
        if value is None:
            if first != plant.step + 1:
                raise PlantError(
                    "Where it will be by then is not known.", "Name a value for a later start."
                )
            value = value_now(plant, kind, number)
        value = _checked(kind, number, value)
        if kind == VALVE and number == AGITATOR and end is not None:
            raise PlantError(
                "XMV(12), the agitator, has no loop to go back to.",
                "Leave the end out, or set it to another value later.",
            )
        others = run.hands.filter(kind=kind, number=number).open_after(first)
        later = others.filter(start_step__gt=first)
        if end is not None:
            later = later.filter(start_step__lt=end)
        clash = later.first()
        if clash is not None:
            raise PlantError(
                f"It is planned already: {clash}.", "Give it back first, or choose another time."
            )
        for other in others.filter(start_step__lte=first):
            if end is not None and (other.end_step is None or other.end_step > end):
                raise PlantError(
                    f"It is held already: {other}.", "Give it back first, or leave the end out."
                )
            if other.start_step == first:
                other.delete()
            else:
                other.end_step = first
                other.save(update_fields=["end_step"])
        hand = Hand.objects.create(
            run=run,
            kind=kind,
            number=number,
            value=value,
            start_step=first,
            end_step=end,
            made_by=actor_of(by),
        )
        who = f" by {by.get_username()}" if by is not None and by.get_username() else ""
        until = "" if end is None else f" until step {end}"
        _note(plant, f"{hand.label} by hand at {hand.value:g} {hand.unit}", first, until + who)
        return hand


def give_back(plant: Plant, kind: str, number: int | str, *, by: Actor | None = None) -> int:
    """End the hand in force and cancel planned ones; the loop goes on without a bump.

    Returns how many ended. Raises PlantError for something that is nothing to hold.
    """
    number = _number_of(kind, number)
    with plant.changing():
        if plant.current_run is None:
            return 0
        found = list(
            plant.current_run.hands.filter(kind=kind, number=number).open_after(plant.step + 1)
        )
        if found:
            plant.run_to_change("nothing is given back")
        if found and kind == VALVE and number == AGITATOR:
            raise PlantError(
                "XMV(12), the agitator, has no loop to go back to.",
                "Set it to another value, 50 % in the base case.",
            )
        for hand in found:
            hand.end_step = max(hand.start_step, plant.step + 1)
            hand.save(update_fields=["end_step"])
        if found:
            who = f" by {by.get_username()}" if by is not None and by.get_username() else ""
            _note(plant, f"{found[0].label} automatic again", plant.step + 1, who)
        return len(found)


def value_now(plant: Plant, kind: str, number: int) -> float:
    """Return a valve's position (%), or a loop's set point, as the plant has it now."""
    state = plant.load_state()
    return float(state.xmv[number - 1] if kind == VALVE else state.setpoints[number - 1])


def _number_of(kind: str, number: int | str) -> int:
    """Return the number of what is to be held. Raises PlantError."""
    try:
        if kind == SETPOINT:
            return loops.loop_number(number)
        whole = int(number)
        if not 1 <= whole <= N_XMV:
            raise ValueError(f"there is no XMV({whole}); valves are XMV(1) to XMV({N_XMV})")
        return whole
    except ValueError as error:
        raise PlantError(_sentence(error), "Nothing was changed.") from error


def _checked(kind: str, number: int, value: float) -> float:
    """Return a value that can be held. Raises PlantError."""
    try:
        if kind == VALVE:
            return loops.check_valve_position(value, f"XMV({number})")
        found = loops.check_setpoint(value, f"the set point of loop {number}")
        low, high = loops.setpoint_range(number)
        if not low <= found <= high:
            raise ValueError(
                f"the set point of loop {number} is {low:g} to {high:g}, not {found:g}"
            )
        return found
    except ValueError as error:
        raise PlantError(_sentence(error), "Nothing was changed.") from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."


def _note(plant: Plant, what: str, step: int, rest: str) -> None:
    PlantEvent.note(plant, PlantEvent.Kind.BY_HAND, f"{what} from step {step} on{rest}.")
