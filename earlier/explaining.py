"""`/preview/top6` and `/explain`: what the present point says, without and with asking."""

import time
from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.errors import Unusable
from earlier.names import earlier_name
from earlier.values import values_of
from explainer import tasks
from explainer.asking import explain_by_hand
from explainer.earlier_form import as_earlier, features_in_words
from explainer.evidence import NoEvidence, build_evidence
from explainer.models import Explanation
from monitoring.models import Alarm, Analysis
from simulation.models import Plant

TOP = 6
#: The embedded explainer takes milliseconds; what is not there by then is fetched by its id.
WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.1
UNFINISHED = {Explanation.Status.WAITING, Explanation.Status.RUNNING}


@call("GET")
def preview(request: Request, plant: Plant) -> Response:
    """Give the six leading tags of the newest point; no model is asked."""
    newest = Analysis.objects.filter(run=plant.current_run).order_by("-step").first()
    if newest is None:
        return Response({"status": "empty", "text": "Nothing has been scored yet.", "features": []})
    alarm = Alarm.objects.filter(run=newest.run, cleared_step__isnull=True).first()
    try:
        evidence = build_evidence(newest, alarm)
    except NoEvidence as error:
        said = {"error": str(error), "hint": "Wait for the next scored point."}
        return Response({"status": "error", "text": str(error), "features": [], **said}, status=409)
    tags = evidence["tags"][:TOP]
    return Response(
        {
            "status": "ok",
            "text": features_in_words({"tags": tags}),
            "features": [
                {
                    "name": earlier_name(tag["tag"]),
                    "tag": tag["tag"],
                    "value": tag["value"],
                    "unit": tag["unit"],
                    "normal_mean": tag["normal_mean"],
                    "z": tag["z"],
                    "contribution": tag["contribution"],
                }
                for tag in tags
            ],
            "run": evidence["run"],
            "step": evidence["step"],
            "statistic": evidence["statistics"]["leading"],
        }
    )


@call("POST", permission="explainer.request_explanation")
def explain(request: Request, plant: Plant) -> Response:
    """Have the present point explained. 200 when all have answered, 202 while a model writes."""
    if isinstance(request.data, Mapping) and request.data.get("data"):
        raise Unusable(
            "Values sent along cannot be explained: an explanation here names a stored point, so "
            "that every number in it can be checked.",
            "Send the rows to /ingest, then POST /explain without data.",
        )
    values_of(request, "data", "id", "file")
    user = cast(User, request.user)
    made = explain_by_hand(plant, user)
    tasks.hint_runs(one.pk for one in made if one.is_due)
    keys = [one.pk for one in made]
    ends_at = time.monotonic() + WAIT_SECONDS
    while True:
        members = list(
            Explanation.objects.filter(pk__in=keys).select_related("run__plant").order_by("pk")
        )
        waiting = [one for one in members if one.status in UNFINISHED]
        if not waiting or time.monotonic() >= ends_at:
            break
        time.sleep(LOOK_SECONDS)
    answer: dict[str, Any] = as_earlier(members[0], members)
    if not waiting:
        return Response(answer)
    where = f"GET /analysis/item/{answer['id']} gives the rest when it is written."
    return Response({**answer, "status": "waiting", "message": where}, status=202)
