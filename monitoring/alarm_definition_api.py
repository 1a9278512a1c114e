"""What begins an alarm over HTTP: the definitions, and which of them are in service."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import described
from accounts.errors import NoSuchThing
from accounts.json_schema import of_form
from accounts.permissions import may
from monitoring import alarm_definition_schemas as schemas
from monitoring.alarm_api import CODE_IN_PATH
from monitoring.alarm_forms import CommentForm, DefinitionForm, OutOfServiceForm
from monitoring.alarms import service
from monitoring.api import sent
from monitoring.models import AlarmDefinition

MANAGE = may("monitoring.manage_alarms")


def _definition(code: str) -> AlarmDefinition:
    found = AlarmDefinition.objects.filter(code=code).first()
    if found is None:
        raise NoSuchThing(
            f"There is no alarm definition {code}.", "GET /api/alarm-definitions lists them."
        )
    return found


@described(
    "Alarms",
    schemas.DEFINITIONS,
    example={"definitions": [schemas.DEFINITION_EXAMPLE]},
)
@api_view(["GET"])
def definitions(request: Request) -> Response:
    """Give every alarm definition, and which of them cannot work."""
    found = AlarmDefinition.objects.order_by("code")
    return Response({"definitions": [one.as_json() for one in found]})


@described(
    "Alarms",
    schemas.DEFINITION,
    methods=["GET"],
    summary="Give one alarm definition.",
    parameters=[CODE_IN_PATH],
    example=schemas.DEFINITION_EXAMPLE,
)
@described(
    "Alarms",
    schemas.DEFINITION,
    methods=["POST"],
    summary="Change a definition, used from the next reading on.",
    parameters=[CODE_IN_PATH],
    body={**of_form(DefinitionForm, required=()), "minProperties": 1},
    examples={"limit": {"limit": 2760, "deadband": 5}},
    example=schemas.DEFINITION_EXAMPLE,
)
@api_view(["GET", "POST"])
@permission_classes([MANAGE])
def definition(request: Request, code: str) -> Response:
    """Give one alarm definition, or change it."""
    one = _definition(code)
    if request.method == "POST":
        values = sent(request, DefinitionForm).given()
        if not values:
            raise ValidationError(gettext("Give what is to be changed."), code="required")
        one = service.change(one, values, by=request.user)
    return Response(one.as_json())


@described(
    "Alarms",
    schemas.DEFINITION,
    methods=["POST"],
    parameters=[CODE_IN_PATH],
    body=of_form(OutOfServiceForm),
    examples={"two days": {"why": "The transmitter is being replaced.", "hours": 48}},
    example=schemas.DEFINITION_EXAMPLE,
    refuses={409: "It is out of service already."},
)
@api_view(["POST"])
@permission_classes([MANAGE])
def out_of_service(request: Request, code: str) -> Response:
    """Take a definition out of service, on every plant that it holds for."""
    one = _definition(code)
    return Response(sent(request, OutOfServiceForm).apply(one, request.user).as_json())


@described(
    "Alarms",
    schemas.DEFINITION,
    methods=["POST"],
    parameters=[CODE_IN_PATH],
    body=of_form(CommentForm, required=()),
    examples={"comment": {"comment": "The transmitter is new."}, "none": {}},
    example=schemas.DEFINITION_EXAMPLE,
    refuses={409: "It is in service, or it cannot work."},
)
@api_view(["POST"])
@permission_classes([MANAGE])
def in_service(request: Request, code: str) -> Response:
    """Return a definition to service."""
    one = _definition(code)
    comment = sent(request, CommentForm).cleaned_data["comment"]
    return Response(service.put_back(one, by=request.user, comment=comment).as_json())
