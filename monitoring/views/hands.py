"""What a user takes over by hand, and gives back."""

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from monitoring.views.controls import carry_out
from monitoring.views.dashboard import find_plant
from simulation import by_hand
from simulation.forms import HandForm, SetpointForm, ValveForm

FORMS: dict[str, type[HandForm]] = {by_hand.VALVE: ValveForm, by_hand.SETPOINT: SetpointForm}


def _form_class(kind: str) -> type[HandForm]:
    if kind not in FORMS:
        raise Http404("nothing of that kind is held by hand")
    return FORMS[kind]


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def take(request: HttpRequest, pk: int, kind: str, number: int) -> HttpResponse:
    """Take a valve or a set point over by hand."""
    plant = find_plant(pk)
    form = _form_class(kind)(request.POST, auto_id=f"{kind}-{number}-%s", label_suffix="")

    def act() -> str:
        hand = form.apply(plant, number, request.user)
        label = hand.label[0].upper() + hand.label[1:]
        return f"{label} is by hand at {hand.value:.5g} {hand.unit} from the next step on."

    return carry_out(request, plant, "hand_form", form, act)


@require_POST
@permission_required("simulation.operate_plant", raise_exception=True)
def give_back(request: HttpRequest, pk: int, kind: str, number: int) -> HttpResponse:
    """Give a valve or a set point back to its loop."""
    plant = find_plant(pk)
    form = _form_class(kind)({}, auto_id=f"{kind}-{number}-%s", label_suffix="")

    def act() -> str:
        count = by_hand.give_back(plant, kind, number, by=request.user)
        return "It is automatic again." if count else "It was automatic already."

    return carry_out(request, plant, "hand_form", form, act)
