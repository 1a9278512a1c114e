"""`/config/...`: the detector's settings under their earlier names."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.errors import NotHere
from earlier.values import cleaned, renamed, values_of
from monitoring.forms import DetectorSettingsForm
from monitoring.models import DetectorSettings
from monitoring.status import status_of
from simulation.models import Plant
from simulation.tep import SAMPLE_SECONDS

TUNE = "monitoring.tune_detector"
#: Earlier name -> ours.
SETTINGS = {
    "pca_window_size": "window",
    "fault_trigger_consecutive_step": "consecutive",
    "decimation_N": "decimation",
    "llm_min_interval_seconds": "min_explanation_seconds",
}
#: Settings of what this detector does not do, and why.
NOT_APPLICABLE = dict.fromkeys(
    ("feature_shift_jaccard_threshold", "feature_shift_min_interval_seconds"),
    "An alarm is explained once; a change of the leading tags asks for no further explanation.",
)


def change(plant: Plant, theirs: dict[str, Any], names: dict[str, str]) -> DetectorSettings:
    """Set some of the plant's detector settings by their earlier names. Raises ValidationError."""
    data = {names[name]: value for name, value in theirs.items()}
    form = DetectorSettingsForm(data, instance=DetectorSettings.of(plant), partial=True)
    try:
        cleaned(form)
    except ValidationError as error:
        raise renamed(error, {ours: their for their, ours in names.items()}) from None
    return form.save()


@call("POST", permission=TUNE)
def runtime(request: Request, plant: Plant) -> Response:
    """Change settings at run time; they count from the next scored point on."""
    values = values_of(request, *SETTINGS, *NOT_APPLICABLE, "preset")
    values.pop("preset", None)  # the panel's label for a set of these values
    passed_over = {name: NOT_APPLICABLE[name] for name in values if name in NOT_APPLICABLE}
    wanted = {name: value for name, value in values.items() if name in SETTINGS}
    if not wanted:
        if passed_over:
            raise NotHere(
                f"{', '.join(passed_over)} set nothing here.", next(iter(passed_over.values()))
            )
        raise ValidationError(f"Give some of {', '.join(SETTINGS)}.", code="required")
    stored = change(plant, wanted, SETTINGS)
    return Response(
        {
            "status": "ok",
            "updated": {name: getattr(stored, SETTINGS[name]) for name in wanted},
            "not_applicable": passed_over,
        }
    )


@call("POST", permission=TUNE)
def alpha(request: Request, plant: Plant) -> Response:
    """Set the false alarm rate from which the limits follow."""
    values = values_of(request, "anomaly_threshold")
    if "anomaly_threshold" not in values:
        raise ValidationError(
            {"anomaly_threshold": "anomaly_threshold is missing: a rate such as 0.01."}
        )
    stored = change(plant, values, {"anomaly_threshold": "alpha"})
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
