"""How acts on a plant are taken back, and which cannot be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry
from accounts.undoing import CannotUndo, Looked, Way, register, register_reason
from simulation import by_hand
from simulation.models import Hand, Injection, Plant, PlantError, SpeedPreset
from simulation.models.actor import Actor
from simulation.models.reading import hours_at
from simulation.models.speed_preset import speed_words

OPERATE, INJECT = "simulation.operate_plant", "simulation.inject_fault"
MOVED_ON = _("It has been changed again since.")


@dataclass
class Facts:
    """A plant as it is, with what is in force or planned."""

    plant: Plant
    injections: dict[int, Injection]
    hands: dict[int, Hand]

    @classmethod
    def of(cls, plant: Plant) -> "Facts":
        """Look them up: two queries."""
        run, after = plant.current_run, plant.step + 1
        if run is None:
            return cls(plant, {}, {})
        return cls(
            plant,
            {one.pk: one for one in run.injections.open_after(after)},
            {one.pk: one for one in run.hands.open_after(after)},
        )

    def run_refusal(self, number: int | None) -> str:
        """Return why nothing of a run can be changed any more; empty if it can."""
        run = self.plant.current_run
        if run is None or run.number != number:
            return gettext("Run %(number)s has ended, and its readings stay.") % {"number": number}
        try:
            self.plant.run_to_change(gettext("nothing is taken back"))
        except PlantError as error:
            return str(error)
        return ""


Check = Callable[[AuditEntry, Facts], str]
Act = Callable[[AuditEntry, Facts, Actor], str]


def way(permission: str, check: Check, act: Act) -> Way:
    """Return a way that looks at the plant before it says or does anything."""

    def refusal(entry: AuditEntry, looked: Looked) -> str:
        key = ("plant", entry.subject_id)
        if key not in looked:
            plant = _plant(entry)
            looked[key] = Facts.of(plant) if plant is not None else None
        facts = looked[key]
        return gettext("The plant is gone.") if facts is None else check(entry, facts)

    def carry_out(entry: AuditEntry, by: Actor) -> str:
        Plant.objects.select_for_update().filter(pk=entry.subject_id).first()
        plant = _plant(entry)
        if plant is None:
            raise CannotUndo(gettext("The plant is gone."))
        facts = Facts.of(plant)
        why = check(entry, facts)
        if why:
            raise CannotUndo(why)
        try:
            return act(entry, facts, by)
        except PlantError as error:
            raise CannotUndo(str(error), error.hint) from error

    return Way(permission, refusal, carry_out)


def _plant(entry: AuditEntry) -> Plant | None:
    found = Plant.objects.select_related("current_run", "speed_preset")
    return found.filter(pk=int(entry.subject_id)).first() if entry.subject_id.isdecimal() else None


# -- running and speed --------------------------------------------------------------------------


def _still(entry: AuditEntry, facts: Facts) -> str:
    """Refuse unless the plant is as a pause or a resume left it, and was paused or running."""
    plant, run = facts.plant, facts.plant.current_run
    if run is None or run.number != entry.after["run"] or run.number != entry.before["run"]:
        return gettext("A run has begun since, and its readings stay. Stop ends it.")
    if plant.state != entry.after["state"]:
        return str(MOVED_ON)
    if entry.before["state"] not in {Plant.State.RUNNING, Plant.State.PAUSED}:
        words = gettext("It was %(state)s before, which nobody can bring back.")
        return words % {"state": Plant.State(entry.before["state"]).label}
    return ""


def _run_again(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    if entry.before["state"] == Plant.State.RUNNING:
        facts.plant.resume(by=by)
        return gettext("The plant is running again.")
    facts.plant.pause(by=by)
    return gettext("The plant is paused again.")


def _speed_stands(entry: AuditEntry, facts: Facts) -> str:
    preset = facts.plant.speed_preset
    now = {
        "interval_seconds": facts.plant.interval_seconds,
        "preset": preset.slug if preset else None,
    }
    return "" if now == entry.after else gettext("The speed has been changed again since.")


def _speed_back(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    seconds, slug = entry.before["interval_seconds"], entry.before["preset"]
    preset = SpeedPreset.objects.filter(slug=slug, interval_seconds=seconds).first()
    if preset is not None:
        facts.plant.set_speed(preset=preset, by=by)
    else:
        facts.plant.set_speed(interval_seconds=seconds, by=by)
    return gettext("Back to %(speed)s.") % {"speed": speed_words(seconds)}


# -- faults -------------------------------------------------------------------------------------


def _injected(entry: AuditEntry, facts: Facts) -> list[int]:
    """Return the keys of the injected rows that nobody has ended since."""
    return [
        one["id"]
        for one in entry.after["faults"]
        if one["id"] in facts.injections and facts.injections[one["id"]].end_step == one["end_step"]
    ]


def _faults_stand(entry: AuditEntry, facts: Facts) -> str:
    why = facts.run_refusal(entry.after["run"])
    if not why and not _injected(entry, facts):
        return gettext("These faults have ended or were cleared.")
    return why


def _clear(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    count = facts.plant.clear(by=by, only=_injected(entry, facts))
    words = ngettext("%(count)s fault cleared.", "%(count)s faults cleared.", count)
    return f"{words % {'count': count}} {gettext('What they did so far stays.')}"


def _to_set_again(entry: AuditEntry, facts: Facts) -> list[dict[str, Any]]:
    """Return the cleared faults as they would go on from the next step."""
    first = facts.plant.step + 1
    again = [one | {"start_step": max(one["start_step"], first)} for one in entry.before["faults"]]
    return [one for one in again if one["end_step"] is None or one["end_step"] > one["start_step"]]


def _faults_are_off(entry: AuditEntry, facts: Facts) -> str:
    why = facts.run_refusal(entry.after["run"])
    if why:
        return why
    again = {one["idv"] for one in _to_set_again(entry, facts)}
    if not again:
        return gettext("By now they would have ended by themselves.")
    for injection in facts.injections.values():
        if injection.idv in again:
            return gettext("%(fault)s has been set again since.") % {
                "fault": f"IDV({injection.idv})"
            }
    return ""


def _inject_again(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    again = _to_set_again(entry, facts)
    facts.plant.set_again(again, by=by)
    labels = ", ".join(f"IDV({one['idv']})" for one in again)
    return gettext("%(faults)s injected again, as it was, from now on.") % {"faults": labels}


# -- hands --------------------------------------------------------------------------------------


def _taken(entry: AuditEntry, facts: Facts) -> Hand | None:
    then = entry.after["hands"][0]
    hand = facts.hands.get(then["id"])
    return hand if hand is not None and hand.end_step == then["end_step"] else None


def _hand_stands(entry: AuditEntry, facts: Facts) -> str:
    why = facts.run_refusal(entry.after["run"])
    return why or ("" if _taken(entry, facts) else str(MOVED_ON))


def _hand_back(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    hand = _taken(entry, facts)
    if hand is None:
        raise CannotUndo(str(MOVED_ON))
    return by_hand.undo_take(facts.plant, hand, entry.before, by=by)


def _nothing_is_held(entry: AuditEntry, facts: Facts) -> str:
    why = facts.run_refusal(entry.after["run"])
    if why:
        return why
    again = by_hand.to_hold_again(facts.plant, entry.before["hands"])
    first = facts.plant.step + 1
    for hand in facts.hands.values():
        for one in again:
            is_same = (hand.kind, hand.number) == (one["kind"], one["number"])
            # What is held now may be there still, and gives way when a planned one begins.
            if is_same and (hand.start_step > first or one["start_step"] == first):
                return str(MOVED_ON)
    return "" if again else gettext("By now it would have been given back by itself.")


def _hold_again(entry: AuditEntry, facts: Facts, by: Actor) -> str:
    again = by_hand.to_hold_again(facts.plant, entry.before["hands"])
    made = [by_hand.take(facts.plant, by=by, **one) for one in again]
    words = "; ".join(_by_hand_words(hand, facts.plant) for hand in made)
    return f"{words[0].upper()}{words[1:]}."


def _by_hand_words(hand: Hand, plant: Plant) -> str:
    """Say where a hand holds what, and from when on if it begins later."""
    values = {"what": hand.label, "target": hand.target}
    if hand.start_step <= plant.step + 1:
        return gettext("%(what)s is by hand again %(target)s") % values
    values["hours"] = f"{hours_at(hand.start_step):.2f}"
    return gettext("%(what)s will be by hand again %(target)s from %(hours)s h") % values


ENDED = _("A run has ended, and cannot go on; its readings stay.")
WAYS = {
    "plant-start": way(OPERATE, _still, _run_again),
    "plant-pause": way(OPERATE, _still, _run_again),
    "plant-resume": way(OPERATE, _still, _run_again),
    "plant-speed": way(OPERATE, _speed_stands, _speed_back),
    "fault-inject": way(INJECT, _faults_stand, _clear),
    "fault-clear": way(INJECT, _faults_are_off, _inject_again),
    "hand-take": way(OPERATE, _hand_stands, _hand_back),
    "hand-give-back": way(OPERATE, _nothing_is_held, _hold_again),
}
REASONS = {
    "plant-stop": ENDED,
    "plant-reset": ENDED,
    "plant-emergency-reset": ENDED,
    "branch-create": _("A branch is deleted under What if."),
    "branch-delete": _("What the branch stored is gone; a new one can be made."),
}


def register_all() -> None:
    """Tell the trail about them."""
    for action, how in WAYS.items():
        register(action, how)
    for action, reason in REASONS.items():
        register_reason(action, reason)
