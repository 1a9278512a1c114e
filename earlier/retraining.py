"""`/retrain`: a new fit in the background."""

from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from earlier import tasks
from earlier.calls import call
from earlier.errors import Unusable
from earlier.forms import FitForm
from earlier.models import Retraining
from earlier.values import cleaned, values_of
from monitoring.fitting import FitPlan
from simulation.models import Plant, PlantError

WHERE = "GET /retrain tells how far it is, /metrics.json too; the admin lists the detectors."


class NotQueued(APIException):
    """The broker does not answer."""

    status_code = 503
    wait = 5
    hint = "GET /healthz tells what is wrong with the broker; ask again when it is back."


@call("GET", "POST", permission="monitoring.add_detectormodel")
def retrain(request: Request, plant: Plant) -> Response:
    """Begin a fit and answer at once; GET tells where the newest one stands.

    Plants go on with the present detector meanwhile, and with their own alpha after it.
    """
    if request.method == "GET":
        newest = Retraining.newest_as_json()
        return Response(newest or {"status": "none", "message": "None was asked for yet."})
    values = values_of(request, "training_file", *FitForm.base_fields)
    if values.pop("training_file", None):
        raise Unusable(
            "A detector cannot be fitted from a file here: nothing was started.",
            "Leave training_file out: the fit is made on simulated normal operation.",
        )
    given = {name: value for name, value in cleaned(FitForm(values)).items() if value is not None}
    made = _enter(replace(FitPlan(), **given), request.user.get_username())
    if not tasks.queue_retraining(made.pk):
        made.delete()
        raise NotQueued("The broker does not answer, so nothing was started.")
    return Response(
        {
            "status": "started",
            "message": f"A fit on {made.plan.simulations} simulated runs was queued. {WHERE}",
            "training_file": None,
            "n_components": None,
            "t2_threshold": None,
            "retraining": made.as_json(),
        },
        status=202,
    )


def _enter(plan: FitPlan, by: str) -> Retraining:
    """Store the request. Raises PlantError while another one is open."""
    Retraining.give_up_lost()
    try:
        with transaction.atomic():
            return Retraining.objects.create(
                runs=plan.runs, limit_runs=plan.limit_runs, hours=plan.hours, asked_by=by
            )
    except IntegrityError:
        raise PlantError(gettext("A fit is under way already."), WHERE) from None
