"""The newest analysis as JSON, in the shape that clients of the earlier system read."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.description import described
from accounts.errors import NoSuchThing
from explainer import schemas
from explainer.models import Explanation
from simulation.models import Plant

NONE = {"status": "none"}


class LastAnalysis(APIView):
    """`GET /last_analysis`, of all plants or of `?plant=ID`."""

    @described(
        "Explanations",
        schemas.LAST_ANALYSIS,
        parameters=[schemas.PLANT_IN_QUERY],
        example=schemas.LAST_ANALYSIS_EXAMPLE,
        refuses={404: "There is no such plant."},
    )
    def get(self, request: Request) -> Response:
        """Return the newest finished explanation with its siblings, or {"status": "none"}."""
        found = Explanation.objects.select_related("run__plant").filter(
            status=Explanation.Status.DONE
        )
        text = request.query_params.get("plant")
        if text:
            found = found.filter(run__plant=_plant(text))
        newest = found.order_by("-created_at", "-pk").first()
        return Response(NONE if newest is None else _as_earlier(newest))


def _plant(text: str) -> Plant:
    plant = None
    if text.isascii() and text.isdecimal() and len(text) < 18:
        plant = Plant.objects.filter(pk=int(text)).first()
    if plant is None:
        raise NoSuchThing(f"There is no plant {text[:20]}.", "GET /api/status lists the plants.")
    return plant


def _as_earlier(newest: Explanation) -> dict[str, Any]:
    group = Explanation.objects.filter(request_key__startswith=f"{newest.group_key}:")
    members = list(group.order_by("pk"))
    done = [member for member in members if member.status == Explanation.Status.DONE]
    return {
        "status": "ok",
        "timestamp": newest.created_at.isoformat(),
        "id": int(newest.created_at.timestamp() * 1000),
        "plant": newest.run.plant.name,
        "plant_id": newest.run.plant_id,
        "run": newest.run.number,
        "step": newest.step,
        "alarm": newest.alarm_id,
        "feature_analysis": _features(newest.evidence),
        "llm_analyses": {_key(member): member.as_json() for member in members},
        "performance_summary": {
            _key(member): {
                "response_time": member.seconds,
                "word_count": len(member.text.split()),
            }
            for member in done
        },
    }


def _key(explanation: Explanation) -> str:
    return explanation.model or explanation.provider


def _features(evidence: dict[str, Any]) -> str:
    """Return the leading tags as text, a line each."""
    return "\n".join(
        f"{tag['tag']} {tag['name']}: {tag['value']:.5g} {tag['unit']} "
        f"(normal {tag['normal_mean']:.5g}, z {tag['z']:+.1f}, {tag['trend']['words']})"
        for tag in evidence.get("tags", [])
    )
