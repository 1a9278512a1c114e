"""What is asked before something ends: what will happen, what stays, what cannot be taken back."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import hidden_truth
from monitoring.views.asking import Question
from simulation.models import Plant


def stop_question(request: HttpRequest, plant: Plant) -> Question:
    """Say what a stop does to the plant as it is."""
    then = _("No sample is taken any more until somebody starts it; that begins a new run.")
    return _question(request, plant, _("Stop %(plant)s?"), _("Yes, stop it"), then)


def reset_question(request: HttpRequest, plant: Plant, seed: int | None) -> Question:
    """Say what a reset does to the plant as it is; without a seed a fresh one is drawn."""
    then = [_("A new, empty run begins, whose rows are numbered from 1 on.")]
    if plant.is_simulated:
        then = [_("A new run begins from the base case, with a fresh seed of its noise.")]
        if seed is not None:
            then = [_("A new run begins from the base case, with seed %d of its noise.") % seed]
    goes_on = plant.state in {Plant.State.RUNNING, Plant.State.TRIPPED}
    then.append(
        _("The plant runs at once.") if goes_on else _("It stays still until somebody starts it.")
    )
    return _question(request, plant, _("Reset %(plant)s?"), _("Yes, reset it"), " ".join(then))


def emergency_question(request: HttpRequest, plant: Plant) -> Question:
    """Say what an emergency reset does to the plant as it is."""
    then = _("It begins a new run from the base case, which runs at once at the present speed.")
    title = _("Emergency reset of %(plant)s?")
    return _question(request, plant, title, _("Yes, reset now"), then)


def branch_question(branch: Plant) -> Question:
    """Say what goes with a branch that is deleted."""
    return Question(
        _("Delete %(plant)s?") % {"plant": branch.name},
        (
            _("It goes with all that it stored: its readings, its alarms, its comparison."),
            _("The plant that it was made of stays as it is, and a new branch can be made."),
        ),
        _("Yes, delete it"),
    )


def _question(request: HttpRequest, plant: Plant, title: str, yes: str, then: str) -> Question:
    """Put together what ends, what stays, and what comes `then`."""
    run, lines = plant.current_run, []
    if run is not None and run.ended_at is None:
        ends = _("Run %(run)d ends at %(hours).2f h; its readings, alarms and explanations stay.")
        lines.append(ends % {"run": run.number, "hours": plant.sim_hours})
        if plant.is_simulated:
            lines.append(_what_is_cleared(request, plant))
    warning = _("This cannot be undone: a run that has ended does not go on.") if lines else ""
    return Question(title % {"plant": plant.name}, (*lines, then), yes, warning)


def _what_is_cleared(request: HttpRequest, plant: Plant) -> str:
    """Say what is cleared and given back; not how many faults where the session hides them."""
    held = len(plant.hands)
    if hidden_truth.is_hidden(request):
        return (
            _(
                "It clears all faults and gives back what is by hand (%d held), planned ones "
                "included."
            )
            % held
        )
    return _(
        "It clears all faults (%(faults)d in force) and gives back what is by hand (%(held)d "
        "held), planned ones included."
    ) % {"faults": len(plant.active_faults), "held": held}
