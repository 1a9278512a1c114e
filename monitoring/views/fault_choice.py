"""Which fault a user chose last on a plant: the form goes on showing it after it was injected.

Kept in the session, so that it works without JavaScript and is nobody else's. Times and magnitude
are not kept: they lie folded away, and would silently be those of the next injection.
"""

from django.forms import Form
from django.http import HttpRequest

from simulation.models import Plant

_KEY = "faults_chosen"


def keep_fault_chosen(request: HttpRequest, plant: Plant, form: Form) -> None:
    """Remember what a valid injection form named: the preset, or the IDVs of a planned fault."""
    chosen = dict(request.session.get(_KEY, {}))
    mine = dict(chosen.get(str(plant.pk), {}))
    if form.cleaned_data["preset"] is not None:
        mine["preset"] = form.cleaned_data["preset"].slug
    elif "idvs" in form.data:  # not one of the switches, which shows its state itself
        mine["idvs"] = ",".join(str(idv) for idv in form.cleaned_data["idvs"])
    else:
        return
    request.session[_KEY] = {**chosen, str(plant.pk): mine}


def fault_chosen(request: HttpRequest, plant: Plant) -> dict[str, str]:
    """Return `preset` and `idvs` as they were chosen last on the plant, where they were."""
    return dict(request.session.get(_KEY, {}).get(str(plant.pk), {}))
