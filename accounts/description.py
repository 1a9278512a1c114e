"""The OpenAPI description of the API: each view says beside its code what it takes and answers.

What holds for every call (errors, security, who may) is read off the view itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework.permissions import SAFE_METHODS

from accounts.json_schema import STRING, Schema, array, of_form, record, said
from accounts.roles import VIEWER, role_needed

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
#: The named objects of the description, filled by `component` as the applications are imported.
COMPONENTS: dict[str, Schema] = {}
EVERYBODY = "nobody needs to log in"

MEANINGS = {
    400: "A value, a key or the JSON itself cannot be used; an unknown key is an error, too.",
    401: "No token, or one that is unknown, revoked, or of an inactive user.",
    403: "The role lacks the permission that `error` names, or the CSRF token is missing.",
    404: "What the address names does not exist.",
    406: "Another format than JSON was asked for.",
    413: "The body is too large.",
    415: "The body is of another kind than JSON or form fields.",
    503: "The database is out of reach; `Retry-After` says when to come back.",
}


def component(name: str, schema: Schema) -> Schema:
    """Give a schema a name in the description. Returns the reference to it."""
    if COMPONENTS.setdefault(name, schema) is not schema:
        raise ValueError(f"The description has a component {name} already.")
    return {"$ref": f"#/components/schemas/{name}"}


ERROR = component(
    "Error",
    {
        **record(
            "The form of every error.",
            {
                "error": said(STRING, "What is wrong."),
                "hint": said(STRING, "What to do about it."),
                "fields": {
                    "type": "object",
                    "additionalProperties": array(STRING),
                    "description": "For values that cannot be used: what is wrong with which; "
                    "`body` stands for the body as a whole.",
                },
            },
            optional=["fields"],
        ),
        "examples": [
            {
                "error": "There is no IDV(21).",
                "hint": "IDVs are 1 to 20.",
                "fields": {"idv": ["There is no IDV(21)."]},
            }
        ],
    },
)
#: A plant in an address.
PLANT = OpenApiParameter(
    "id",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.PATH,
    description="The plant's number; GET /api/status lists the plants.",
    examples=[OpenApiExample("plant 1", value=1)],
)


def query_of(form: type[forms.BaseForm], *names: str) -> list[OpenApiParameter]:
    """Return the query's parameters that a form reads: those named, or all."""
    schema = of_form(form)
    return [
        OpenApiParameter(
            name,
            {key: value for key, value in properties.items() if key != "description"},
            OpenApiParameter.QUERY,
            required=name in schema.get("required", ()),
            description=properties.get("description", ""),
        )
        for name, properties in schema["properties"].items()
        if not names or name in names
    ]


def described(
    tag: str,
    answer: Schema,
    *,
    methods: Sequence[str] | None = None,
    summary: str | None = None,
    description: str | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    body: Schema | None = None,
    example: Any = None,
    examples: Mapping[str, Any] | None = None,
    answers: Mapping[int, tuple[str, Schema]] | None = None,
    refuses: Mapping[int, str] | None = None,
    status: int = 200,
    forms_too: bool = True,
    media_type: str = JSON,
) -> Any:
    """Describe a view, or some `methods` of it; the docstring's first line is the summary.

    `answer` is the schema of the success, `example` one of it; `body` the schema of what is sent
    and `examples` some of that by name; `answers` further ones by status; `refuses` errors by
    status besides those that `CallSchema` reads off the view. A body may come as a form's fields,
    unless `forms_too` is false.
    """
    kinds = [JSON, FORM] if forms_too else [JSON]
    responses: dict[Any, Any] = {
        (status, media_type): OpenApiResponse(
            answer,
            description="Done." if methods and "GET" not in methods else "What was asked for.",
            examples=[] if example is None else [OpenApiExample("answer", value=example)],
        )
    }
    for code, (words, schema) in (answers or {}).items():
        responses[code, JSON] = OpenApiResponse(schema, description=words)
    for code, words in (refuses or {}).items():
        responses[code, JSON] = OpenApiResponse(ERROR, description=words)
    return extend_schema(
        methods=methods,
        tags=[tag],
        summary=summary,
        description=description,
        parameters=list(parameters),
        request=None if body is None else dict.fromkeys(kinds, body),
        responses=responses,
        examples=[
            OpenApiExample(name, value=value, request_only=True, media_type=JSON)
            for name, value in (examples or {}).items()
        ],
    )


class CallSchema(AutoSchema):
    """Describes a call: adds to what the view says what follows from the view."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Schema | None:
        """Return the operation with role and errors; None for one that is left out."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        operation["x-role"] = self._role()
        answers = operation["responses"]
        kind = self.view.renderer_classes[0].media_type
        content = {kind: {"schema": ERROR if kind == JSON else said(STRING, "Cause and remedy.")}}
        for code in self._errors(operation):
            answers.setdefault(str(code), {"description": MEANINGS[code], "content": content})
        operation["responses"] = dict(sorted(answers.items()))
        return operation

    def get_operation_id(self) -> str:
        """Return the name of the view with the method."""
        return f"{type(self.view).__name__}_{self.method.lower()}"

    def get_summary(self) -> str | None:
        """Return the first sentence of the description."""
        return super().get_summary() or self.get_description().split("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]
        """Return what the view says of itself."""
        return str(super().get_description() or "")

    def _role(self) -> str:
        if not self.view.authentication_classes:
            return EVERYBODY
        permissions = [
            needed
            for kind in self.view.permission_classes
            if (needed := getattr(kind, "needed", None))
        ]
        changes = self.method not in SAFE_METHODS
        return role_needed(permissions[0]) if permissions and changes else VIEWER

    def _errors(self, operation: Schema) -> list[int]:
        codes = [406, 503]
        if self.view.authentication_classes:
            codes.append(401)
            if self.method not in SAFE_METHODS:
                codes.append(403)
        if "{" in self.path:
            codes.append(404)
        if self.method == "POST":
            codes += [400, 413, 415]
        elif any(p["in"] == "query" for p in operation.get("parameters", ())):
            codes.append(400)
        return codes


class BearerScheme(OpenApiAuthenticationExtension):
    """How a program shows who it is."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of `manage.py token USERNAME`; it may do what its user may.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """How a browser shows who uses it."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        """Return the security scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser's login at /accounts/login/; calls that change something "
            "need the header X-CSRFToken besides.",
        }


def add_components(result: Schema, **kwargs: Any) -> Schema:
    """Put the named objects into the description (a postprocessing hook)."""
    result["components"]["schemas"] = dict(sorted(COMPONENTS.items()))
    return result


def order_methods(result: Schema, **kwargs: Any) -> Schema:
    """Give the methods of each address one order: they come out of sets (a postprocessing hook)."""
    result["paths"] = {path: dict(sorted(item.items())) for path, item in result["paths"].items()}
    return result
