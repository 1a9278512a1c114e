"""The newest analysis as JSON, in the shape that clients of the earlier system read."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.description import described
from accounts.errors import NoSuchThing
from explainer import schemas
from explainer.earlier_form import as_earlier
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
        return Response(NONE if newest is None else as_earlier(newest))


def _plant(text: str) -> Plant:
    plant = None
    if text.isascii() and text.isdecimal() and len(text) < 18:
        plant = Plant.objects.filter(pk=int(text)).first()
    if plant is None:
        raise NoSuchThing(f"There is no plant {text[:20]}.", "GET /api/status lists the plants.")
    return plant
