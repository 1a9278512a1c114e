"""The API's description of itself."""

from functools import cache

from drf_spectacular.generators import SchemaGenerator
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import described
from accounts.json_schema import STRING, Schema, record


@cache
def description() -> Schema:
    """Return the OpenAPI 3.1 description, made once per process: it follows from the code alone."""
    made: Schema = SchemaGenerator().get_schema(request=None, public=True)
    return made


@described(
    "Description",
    record(
        "An OpenAPI 3.1 document.",
        {
            "openapi": STRING,
            "info": {"type": "object"},
            "paths": {"type": "object"},
            "components": {"type": "object"},
        },
    ),
)
@api_view(["GET"])
def schema(request: Request) -> Response:
    """Give this description, for programs that make clients, tests or pages of it."""
    return Response(description())
