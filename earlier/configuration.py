"""`/config/...`: the detector's settings under their earlier names."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from earlier.calls import call
from earlier.errors import NotHere
from earlier.values import cleaned, renamed, values_of
from explainer.models import AskingSettings
from monitoring.forms import DetectorSettingsForm
from monitoring.models import DetectorSettings
from monitoring.status import status_of
from simulation.models import Plant
from simulation.models.actor import Actor
from simulation.tep import SAMPLE_SECONDS

TUNE = "monitoring.tune_detector"
#: Earlier name -> ours.
SETTINGS = {
    "pca_window_size": "window",
    "fault_trigger_consecutive_step": "consecutive",
    "decimation_N": "decimation",
    "llm_min_interval_seconds": "min_explanation_seconds",
}
#: The same for what asks for another explanation of an alarm that stands.
ASKING = {
    "feature_shift_jaccard_threshold": "shift_jaccard",
    "feature_shift_min_interval_seconds": "shift_min_seconds",
}


class ShiftForm(forms.ModelForm):
    """When a shift of the leading tags asks again; a field left out stays as it is."""

    class Meta:
        model = AskingSettings
        fields = ("shift_jaccard", "shift_min_seconds")


def change_shifts(plant: Plant, theirs: dict[str, Any], by: Actor) -> AskingSettings:
    """Set when a shift asks again, by the earlier names. Raises ValidationError."""
    stored = AskingSettings.of(plant)
    before = {ours: getattr(stored, ours) for ours in ASKING.values()}
    values = before | {ASKING[name]: value for name, value in theirs.items()}
    form = ShiftForm(values, instance=stored)
    try:
        cleaned(form)
    except ValidationError as error:
        most = {"shift_jaccard": "1", "shift_min_seconds": "86400"}
        raise ValidationError(
            {
                their: f"{their} must be a number from 0 to {most[ours]}."
                for their, ours in ASKING.items()
                if ours in error.error_dict
            }
        ) from None
    with transaction.atomic():
        saved = form.save()
        after = {name: getattr(saved, name) for name in before}
        if after != before:
            audit.record("asking-settings", plant, by=by, before=before, after=after)
    return saved


def change(
    plant: Plant, theirs: dict[str, Any], names: dict[str, str], by: Actor
) -> DetectorSettings:
    """Set some of the plant's detector settings by their earlier names. Raises ValidationError."""
    data = {names[name]: value for name, value in theirs.items()}
    form = DetectorSettingsForm(data, instance=DetectorSettings.of(plant), partial=True)
    try:
        cleaned(form)
    except ValidationError as error:
        raise renamed(error, {ours: their for their, ours in names.items()}) from None
    return form.save(by=by)


@call("POST", permission=TUNE)
def runtime(request: Request, plant: Plant) -> Response:
    """Change settings at run time; they count from the next scored point on."""
    values = values_of(request, *SETTINGS, *ASKING, "preset")
    values.pop("preset", None)  # the panel's label for a set of these values
    wanted = {name: value for name, value in values.items() if name in SETTINGS}
    shifts = {name: value for name, value in values.items() if name in ASKING}
    if not values:
        raise ValidationError(
            gettext("Give some of %(names)s.") % {"names": ", ".join([*SETTINGS, *ASKING])},
            code="required",
        )
    updated: dict[str, Any] = {}
    with transaction.atomic():  # all of it or nothing
        if wanted:
            stored = change(plant, wanted, SETTINGS, request.user)
            updated |= {name: getattr(stored, SETTINGS[name]) for name in wanted}
        if shifts:
            asking = change_shifts(plant, shifts, request.user)
            updated |= {name: getattr(asking, ASKING[name]) for name in shifts}
    return Response({"status": "ok", "updated": updated})


@call("POST", permission=TUNE)
def alpha(request: Request, plant: Plant) -> Response:
    """Set the false alarm rate from which the limits follow."""
    values = values_of(request, "anomaly_threshold")
    if "anomaly_threshold" not in values:
        raise ValidationError(
            {"anomaly_threshold": "anomaly_threshold is missing: a rate such as 0.01."}
        )
    stored = change(plant, values, {"anomaly_threshold": "alpha"}, request.user)
    return Response(
        {
            "status": "ok",
            "alpha": stored.alpha,
            "t2_threshold": status_of(plant).as_json()["t2_threshold"],
        }
    )


@call("GET", "POST")
def baseline(request: Request, plant: Plant) -> Response:
    """Tell which detector is in use. There is no file to read again, so nothing changes."""
    values = values_of(request, "filename")
    if values.get("filename"):
        raise NotHere(
            "A baseline is not read from a file here, so nothing was loaded.",
            "POST /retrain fits a detector; the admin chooses among the fitted ones.",
        )
    model = DetectorSettings.of(plant).detector_in_use()
    if model is None:
        raise NotHere(
            "No detector has been fitted.", "POST /retrain, or run: manage.py fitdetector."
        )
    fit = model.card.get("fit", {})
    known = {"runs", "hours_each"} <= set(fit)
    return Response(
        {
            "status": "ok",
            "filename": None,
            "features": model.variables,
            "samples": (
                round(fit["runs"] * fit["hours_each"] * 3600 / SAMPLE_SECONDS) if known else None
            ),
            "message": f"{model} is in use; it was fitted at {model.created_at:%Y-%m-%d %H:%M} UTC "
            "on simulated normal operation.",
            "detector": str(model),
        }
    )
