"""What a user takes over by hand, and gives back."""

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from monitoring.views.asking import Question, ask, is_confirmed
from monitoring.views.controls import carry_out
from monitoring.views.dashboard import find_plant
from monitoring.views.hands_context import Row, rows_of
from monitoring.views.schedule_context import FAULT, HAND
from simulation import by_hand
from simulation.cancelling import cancel_planned
from simulation.hand_forms import HandForm, SetpointForm, ValveForm
from simulation.models import Plant
from simulation.models.reading import hours_at
from simulation.tep import SAMPLE_SECONDS

FORMS: dict[str, type[HandForm]] = {by_hand.VALVE: ValveForm, by_hand.SETPOINT: SetpointForm}


def form_class_of(kind: str) -> type[HandForm]:
    """Return the form that takes over something of a kind. Raises Http404."""
    if kind not in FORMS:
        raise Http404("nothing of that kind is held by hand")
    return FORMS[kind]


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def take(request: HttpRequest, pk: int, kind: str, number: int) -> HttpResponse:
    """Take a valve or a set point over by hand."""
    plant = find_plant(pk)
    form = form_class_of(kind)(request.POST, auto_id=f"{kind}-{number}-%s", label_suffix="")
    question = question_before(request, plant, number, form)
    if question is not None:
        return ask(request, plant, question, form.fields)
    return carry_out(
        request, plant, "hand_form", form, lambda: hold(plant, number, form, request.user)
    )


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def give_back(request: HttpRequest, pk: int, kind: str, number: int) -> HttpResponse:
    """Give a valve or a set point back to its loop."""
    plant = find_plant(pk)
    form = form_class_of(kind)({}, auto_id=f"{kind}-{number}-%s", label_suffix="")

    def act() -> str:
        count = by_hand.give_back(plant, kind, number, by=request.user)
        return "It is automatic again." if count else "It was automatic already."

    return carry_out(request, plant, "hand_form", form, act)


@require_POST
def cancel(request: HttpRequest, pk: int, kind: str, row: int) -> HttpResponse:
    """Cancel a fault or a hand that is planned for later; one that has begun stays as it is."""
    permission = {FAULT: "simulation.inject_fault", HAND: "simulation.operate_plant"}.get(kind)
    if permission is None:
        raise Http404("nothing of that kind is planned")
    if not request.user.has_perm(permission):
        raise PermissionDenied("Your account may not cancel it.")
    plant = find_plant(pk)

    def act() -> str:
        return cancel_words(cancel_planned(plant, kind, row, by=request.user))

    return carry_out(request, plant, "hand_form", Form({}), act)


def cancel_words(count: int) -> str:
    """Say what became of what was to be cancelled."""
    return gettext("It is cancelled.") if count else gettext("It is not planned any more.")


def question_before(
    request: HttpRequest, plant: Plant, number: int, form: HandForm
) -> Question | None:
    """Return what is to be asked before a hand is taken; None if it was, or nothing can be."""
    what = (form.kind, number)
    row = next((one for one in rows_of(plant) if (one.kind, one.number) == what), None)
    if row is None or not form.is_valid() or is_confirmed(request):
        return None
    return question_of(row, form)


def hold(plant: Plant, number: int, form: HandForm, user: User | AnonymousUser) -> str:
    """Take it over and return what has been done, in words. Raises PlantError."""
    hand = form.apply(plant, number, user)
    told = {"label": hand.label[0].upper() + hand.label[1:], "target": hand.target}
    if hand.start_step > plant.step + 1:
        told["hours"] = f"{hours_at(hand.start_step):.2f}"
        return gettext("%(label)s will be by hand %(target)s from %(hours)s h.") % told
    return gettext("%(label)s is by hand %(target)s from the next step on.") % told


def question_of(row: Row, form: HandForm) -> Question:
    """Say what holding it means: from where to where, the limits, and what its loop will do."""
    wanted = form.cleaned_data[form.value_name]
    value = row.now if wanted is None else wanted
    lines = [_way_words(row, form), when_words(form), row.limits_words, row.consequence]
    if form.is_for_later:
        until_then = gettext("Until then it stays as it is: %(words)s.")
        lines.insert(2, until_then % {"words": row.words})
    warning = ""
    if row.usual is not None and value is not None and not row.usual[0] <= value <= row.usual[1]:
        warning = gettext(
            "%(value).5g %(unit)s is outside the usual range, %(low)g to %(high)g %(unit)s."
        ) % {"value": value, "unit": row.unit, "low": row.usual[0], "high": row.usual[1]}
    title = gettext("Hold %(label)s by hand?")
    if row.kind == by_hand.SETPOINT:
        title = gettext("Hold the set point of %(label)s by hand?")
    return Question(title % {"label": row.label}, tuple(lines), gettext("Yes, hold it"), warning)


def _way_words(row: Row, form: HandForm) -> str:
    """Say from where to where it goes, and how fast."""
    wanted, steps = form.cleaned_data[form.value_name], form.ramp_steps
    told = {"name": row.name, "now": row.now, "value": wanted, "unit": row.unit}
    if wanted is None:
        return gettext("%(name)s: where it is, %(now).5g %(unit)s: nothing moves.") % told
    told["how"] = gettext("at once, with one sample")
    if steps:
        how = gettext("over %(minutes)d min, in %(steps)d equal steps")
        told["how"] = how % {"minutes": steps * SAMPLE_SECONDS // 60, "steps": steps}
    words = gettext("%(name)s: from %(now).5g to %(value).5g %(unit)s, %(how)s.")
    if form.is_for_later:
        words = gettext(
            "%(name)s: from where it is by then (%(now).5g %(unit)s now) to %(value).5g %(unit)s, "
            "%(how)s."
        )
    return words % told


def when_words(form: HandForm) -> str:
    """Say from when to when, in process hours from now."""
    after, until = (form.cleaned_data[n] for n in ("start_after_hours", "end_after_hours"))
    told = {"after": after, "until": until}
    if after and until:
        words = gettext("Begins in %(after)g process hours, ends in %(until)g process hours.")
    elif after:
        words = gettext("Begins in %(after)g process hours, holds until it is given back.")
    elif until:
        words = gettext("Begins with the next sample, ends in %(until)g process hours.")
    else:
        words = gettext("Begins with the next sample, holds until it is given back.")
    return words % told
