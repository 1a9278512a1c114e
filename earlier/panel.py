"""The calls of the earlier control panel that command the simulator."""

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.forms import IdvForm, SpeedFactorForm, SpeedModeForm, XmvForm
from earlier.plant import must_be_simulated
from earlier.values import cleaned, values_of
from simulation import by_hand
from simulation.models import Plant, SpeedPreset
from simulation.models.plant import describe_idv
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import N_IDV

OPERATE, INJECT = "simulation.operate_plant", "simulation.inject_fault"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@call("POST", permission=OPERATE)
def speed(request: Request, plant: Plant) -> Response:
    """Set the interval: `demo` (the preset's, or `seconds`), or `real` (180 s)."""
    must_be_simulated(plant, "its speed")
    values = cleaned(SpeedModeForm(values_of(request, *SpeedModeForm.base_fields)))
    seconds = float(SAMPLE_SECONDS)
    if values["mode"] == "demo":
        preset = SpeedPreset.objects.filter(slug="demo").first()
        seconds = values["seconds"] or (preset.interval_seconds if preset else 1.0)
    _set_interval(request, plant, seconds)
    return Response({"success": True, "mode": values["mode"], "step_interval_seconds": seconds})


@call("POST", permission=OPERATE)
def factor(request: Request, plant: Plant) -> Response:
    """Set the interval by the factor to the plant's own speed."""
    must_be_simulated(plant, "its speed")
    values = cleaned(SpeedFactorForm(values_of(request, "speed_factor")))
    wanted = values["speed_factor"]
    seconds = SAMPLE_SECONDS / wanted
    _set_interval(request, plant, seconds)
    return Response(
        {
            "success": True,
            "speed_factor": wanted,
            "step_interval_seconds": seconds,
            "mode": f"fast_{wanted:g}x" if wanted >= 1 else f"slow_{wanted:g}x",
            "description": f"A 3-minute sample every {seconds:g} s.",
        }
    )


def _set_interval(request: Request, plant: Plant, seconds: float) -> None:
    """Set the interval, by a preset's name where it has one."""
    preset = SpeedPreset.objects.filter(interval_seconds=seconds).first()
    if preset is not None:
        plant.set_speed(preset=preset, by=request.user)
    else:
        plant.set_speed(interval_seconds=seconds, by=request.user)


@call("POST", permission=INJECT)
def set_idv(request: Request, plant: Plant) -> Response:
    """Switch a fault on or off from the next sample on; what is so already stays so."""
    must_be_simulated(plant, "a disturbance")
    given = values_of(request, "idv_num", "idv_number", "value")
    given.setdefault("idv_num", given.pop("idv_number", None))
    values = cleaned(IdvForm(given))
    number, on = values["idv_num"], values["value"]
    if not on:
        plant.clear([number], by=request.user)
    elif number not in plant.active_idvs:
        plant.inject([number], by=request.user)
    plant.refresh_from_db()
    active = plant.active_idvs
    return Response(
        {
            "success": True,
            "idv_num": number,
            "value": int(on),
            "current_idv_state": [int(n in active) for n in range(1, N_IDV + 1)],
            "active_faults": [f"IDV({n}): {describe_idv(n)}" for n in active],
        }
    )


@call("POST", permission=OPERATE)
def set_xmv(request: Request, plant: Plant) -> Response:
    """Take a valve over by hand, from the next sample on; its loop stands by."""
    must_be_simulated(plant, "a valve")
    values = cleaned(XmvForm(values_of(request, *XmvForm.base_fields)))
    number, value = values["xmv_num"], values["value"]
    by_hand.take(plant, by_hand.VALVE, number, value, by=request.user)
    plant.refresh_from_db()
    positions = [float(position) for position in plant.load_state().xmv]
    for hand in plant.hands:
        if hand.kind == by_hand.VALVE:
            positions[hand.number - 1] = hand.value
    return Response(
        {"success": True, "xmv_num": number, "value": value, "current_xmv_state": positions}
    )


@call("POST", permission=OPERATE)
def start(request: Request, plant: Plant) -> HttpResponseBase:
    """Let the plant run; after a stop a new run begins."""
    must_be_simulated(plant, "its simulator")
    values_of(request)
    plant.start(by=request.user)
    return _done(request, f"{plant} is running.")


@call("POST", permission=OPERATE)
def stop(request: Request, plant: Plant) -> HttpResponseBase:
    """End the run; its readings stay."""
    must_be_simulated(plant, "its simulator")
    values_of(request)
    plant.stop(by=request.user)
    return _done(request, f"{plant} is stopped. The next start begins a new run.")


@call("POST", permission=OPERATE)
def restart(request: Request, plant: Plant) -> HttpResponseBase:
    """Begin a new run from the base case without faults. There is one clock, so one loop."""
    must_be_simulated(plant, "its simulator")
    values_of(request)
    plant.reset(by=request.user)
    plant.start(by=request.user)
    return _done(request, f"{plant} runs from the base case, without faults.")


@call("POST", permission=OPERATE)
def stop_all(request: Request, plant: Plant) -> HttpResponseBase:
    """Stop the plant, simulated or fed. The server's processes are not this call's to stop."""
    values_of(request)
    plant.stop(by=request.user)
    return _done(request, f"{plant} is stopped; the server goes on. The next start begins a run.")


def _done(request: Request, message: str) -> HttpResponseBase:
    """Answer; a form in a browser gets the page back."""
    is_form = str(request.content_type or "").startswith(FORM_TYPES)
    if is_form and "text/html" in request.headers.get("Accept", ""):
        return HttpResponseRedirect("/")
    answer: dict[str, Any] = {"success": True, "message": message}
    return Response(answer)
