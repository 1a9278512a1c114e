"""Valves and set points taken over by hand, and given back to their loops."""

from typing import Any

from django.utils.translation import gettext

from accounts import audit
from simulation.models import Hand, Plant, PlantError, PlantEvent
from simulation.models.actor import Actor, actor_of
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
    ramp_steps: int = 0,
) -> Hand:
    """Hold XMV(number) at a position (%), or the set point of a loop at a value (its unit).

    With `ramp_steps` it goes there in so many equal steps, one a sample. Without a value: where it
    is now, which moves nothing. From the next step on, or as the times
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
                    gettext("Where it will be by then is not known."),
                    gettext("Name a value for a later start."),
                )
            if ramp_steps:
                raise PlantError(
                    gettext("A ramp needs a value to go to."),
                    gettext("Name one, or leave the ramp out."),
                )
            value = value_now(plant, kind, number)
        if end is not None and end < first + ramp_steps:
            raise PlantError(
                gettext("The hand would end before its ramp is through."),
                gettext("Give a later end, or a shorter ramp."),
            )
        value = _checked(kind, number, value)
        if kind == VALVE and number == AGITATOR and end is not None:
            raise PlantError(
                gettext("XMV(12), the agitator, has no loop to go back to."),
                gettext("Leave the end out, or set it to another value later."),
            )
        others = run.hands.filter(kind=kind, number=number).open_after(first)
        later = others.filter(start_step__gt=first)
        if end is not None:
            later = later.filter(start_step__lt=end)
        clash = later.first()
        if clash is not None:
            raise PlantError(
                gettext("It is planned already: %(clash)s.") % {"clash": clash},
                gettext("Give it back first, or choose another time."),
            )
        now = value_now(plant, kind, number) if plant.tep_state else None
        before: dict[str, Any] = {"value": now, "hand": None}
        for other in others.filter(start_step__lte=first):
            if end is not None and (other.end_step is None or other.end_step > end):
                raise PlantError(
                    gettext("It is held already: %(other)s.") % {"other": other},
                    gettext("Give it back first, or leave the end out."),
                )
            before["hand"] = other.as_act()
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
            from_value=now if first == plant.step + 1 else None,
            ramp_steps=ramp_steps,
            start_step=first,
            end_step=end,
            made_by=actor_of(by),
        )
        audit.record("hand-take", plant, by=by, before=before, after=_act(run.number, [hand]))
        who = f" by {by.get_username()}" if by is not None and by.get_username() else ""
        until = "" if end is None else f" until step {end}"
        _note(plant, f"{hand.label} by hand {hand.target}", first, until + who)
        return hand


def give_back(
    plant: Plant,
    kind: str,
    number: int | str,
    *,
    by: Actor | None = None,
    only: int | None = None,
) -> int:
    """End the hand in force and cancel planned ones; the loop goes on without a bump.

    With `only` just the hand of that key; if it is a planned one, the hand that it would have
    replaced goes on. Returns how many ended. Raises PlantError for something that is nothing to
    hold.
    """
    number = _number_of(kind, number)
    with plant.changing():
        if plant.current_run is None:
            return 0
        found = list(
            plant.current_run.hands.filter(kind=kind, number=number).open_after(plant.step + 1)
        )
        found = [hand for hand in found if only in {None, hand.pk}]
        if found:
            plant.run_to_change("nothing is given back")
        is_planned = all(hand.start_step > plant.step + 1 for hand in found)
        if found and kind == VALVE and number == AGITATOR and not is_planned:
            raise PlantError(
                gettext("XMV(12), the agitator, has no loop to go back to."),
                gettext("Set it to another value, 50 % in the base case."),
            )
        before = [hand.as_act() for hand in found]
        goes_on = None
        if found and is_planned and only is not None:
            goes_on = _replaced_by(plant, found[0])
        for hand in found:
            hand.end_step = max(hand.start_step, plant.step + 1)
            hand.save(update_fields=["end_step"])
        if found:
            number_of_run = plant.current_run.number
            audit.record(
                "hand-give-back",
                plant,
                by=by,
                before={"run": number_of_run, "hands": before},
                after=_act(number_of_run, found),
            )
            who = f" by {by.get_username()}" if by is not None and by.get_username() else ""
            if is_planned:
                stays = ""
                if goes_on is not None:
                    goes_on.save(update_fields=["end_step"])
                    stays = f"; it stays by hand {goes_on.target}"
                text = f"{found[0].label}: what was planned by hand is cancelled{who}{stays}."
                PlantEvent.note(plant, PlantEvent.Kind.BY_HAND, text)
            else:
                _note(plant, f"{found[0].label} automatic again", plant.step + 1, who)
        return len(found)


def undo_take(plant: Plant, hand: Hand, before: dict[str, Any], *, by: Actor | None = None) -> str:
    """Take a hand back: hold as before it was taken, or give back. Says what was done.

    `before` is what the audit trail kept of the moment: the value, and the hand that it replaced.
    """
    former, first = before["hand"], max(hand.start_step, plant.step + 1)
    what = f"{hand.label[0].upper()}{hand.label[1:]}"
    with plant.changing():
        goes_on = former is not None and (former["end_step"] is None or former["end_step"] > first)
        is_planned = hand.start_step > plant.step + 1
        if is_planned or (not goes_on and (hand.kind, hand.number) != (VALVE, AGITATOR)):
            give_back(plant, hand.kind, hand.number, by=by, only=hand.pk)
            return gettext("%(what)s is as it was before.") % {"what": what}
        back: dict[str, Any] = {"start_step": first}
        value = before["value"]
        if goes_on:
            value, back["end_step"] = former["value"], former["end_step"]
            left = former["start_step"] + former["ramp_steps"] - first
            back["ramp_steps"] = max(0, left)
        hand.end_step = first
        hand.save(update_fields=["end_step"])
        take(plant, hand.kind, hand.number, value, by=by, **back)
        return gettext("%(what)s is at %(value)s %(unit)s again.") % {
            "what": what,
            "value": f"{value:.5g}",
            "unit": hand.unit,
        }


def to_hold_again(plant: Plant, ended: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `take` needs to hold again what was given back, as it would be by now."""
    again = []
    for one in ended:
        first = max(one["start_step"], plant.step + 1)
        if one["end_step"] is None or one["end_step"] > first:
            names = ("kind", "number", "value", "end_step")
            left = max(0, one["start_step"] + one["ramp_steps"] - first)
            again.append({name: one[name] for name in names})
            again[-1] |= {"start_step": first, "ramp_steps": left}
    return again


def value_now(plant: Plant, kind: str, number: int) -> float:
    """Return a valve's position (%), or a loop's set point, as the plant has it now."""
    state = plant.load_state()
    return float(state.xmv[number - 1] if kind == VALVE else state.setpoints[number - 1])


def _replaced_by(plant: Plant, planned: Hand) -> Hand | None:
    """Return the hand that ends where a planned one begins, with the end that it had before.

    None if nothing was held then, or if it has been changed since. What it was before stands in
    the audit trail alone.
    """
    taken = audit.trail_of(plant).filter(action="hand-take", after__hands__0__id=planned.pk)
    former = next((one.before["hand"] for one in taken), None)
    if former is None:
        return None
    hand = planned.run.hands.filter(pk=former["id"], end_step=planned.start_step).first()
    if hand is not None:
        ends = [end for end in (former["end_step"], planned.end_step) if end is not None]
        hand.end_step = min(ends) if ends else None
    return hand


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
        raise PlantError(_sentence(error), gettext("Nothing was changed.")) from error


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
        raise PlantError(_sentence(error), gettext("Nothing was changed.")) from error


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[0].upper()}{text[1:]}."


def _act(run: int, hands: list[Hand]) -> dict[str, Any]:
    return {"run": run, "hands": [hand.as_act() for hand in hands]}


def _note(plant: Plant, what: str, step: int, rest: str) -> None:
    PlantEvent.note(plant, PlantEvent.Kind.BY_HAND, f"{what} from step {step} on{rest}.")
