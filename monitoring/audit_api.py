"""The audit trail over HTTP: who did what, and taking it back."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import undoing
from accounts.bodies import body_of
from accounts.description import component, described, query_of
from accounts.errors import MayNot, NoSuchThing
from accounts.json_schema import INTEGER, MOMENT, STRING, array, nullable, of_model, record, said
from accounts.models import AuditEntry
from monitoring.audit_forms import AuditForm
from monitoring.views.audit_context import WHOLE, may_see
from simulation.form_fields import WholeNumberField, in_words
from simulation.models import Plant

MAY_NOT = "The role may not see this part of the audit trail."
DEFAULT_LIMIT, MAX_LIMIT, MAX_ID = 100, 1000, 2**31 - 1
ENTRY = component(
    "AuditEntry",
    record(
        "One act: who, what, from what, to what, when and from where.",
        {
            "id": INTEGER,
            "at": MOMENT,
            "username": said(nullable(STRING), "As it was then; null for none."),
            **of_model(AuditEntry, "channel"),
            "address": said(nullable(STRING), "Null for nobody's, or without the permission."),
            **of_model(AuditEntry, "action", "subject_type", "subject_id", "subject"),
            "before": {"description": "What was; null: nothing."},
            "after": {"description": "What is since; null: nothing."},
            **of_model(AuditEntry, "comment"),
            "undoes": said(nullable(INTEGER), "The entry that this act took back."),
        },
    ),
)
ENTRIES = component(
    "AuditEntries",
    record(
        "Entries of the audit trail, newest first.",
        {
            "entries": array(ENTRY),
            "more": {"type": "boolean", "description": "Whether there are older ones."},
        },
    ),
)
DONE = component(
    "Undone",
    record(
        "What taking an act back did.",
        {"message": said(STRING, "In words."), "entry": ENTRY},
    ),
)
ENTRY_EXAMPLE = {
    "id": 41,
    "at": "2026-01-05T07:59:58+00:00",
    "username": "operator",
    "channel": "page",
    "address": "192.0.2.7",
    "action": "plant-speed",
    "subject_type": "plant",
    "subject_id": "1",
    "subject": "TEP 1",
    "before": {"interval_seconds": 1.0, "preset": "demo"},
    "after": {"interval_seconds": 3.6, "preset": None},
    "comment": "",
    "undoes": None,
}
ENTRY_IN_PATH = OpenApiParameter(
    "id",
    {"type": "integer", "minimum": 1, "maximum": MAX_ID},
    OpenApiParameter.PATH,
    description="The number of the entry.",
    examples=[OpenApiExample("an entry", value=41)],
)


class TrailForm(AuditForm):
    """The filters, and how much."""

    before_id = WholeNumberField(
        required=False,
        help_text=_("Only entries older than this one."),
        min_value=1,
        max_value=MAX_ID,
        error_messages=in_words(_("before_id must be the number of an entry.")),
    )
    limit = WholeNumberField(
        required=False,
        help_text=format_lazy(
            _("How many at most; {default_limit} if not given."), default_limit=DEFAULT_LIMIT
        ),
        min_value=1,
        max_value=MAX_LIMIT,
        error_messages=in_words(
            format_lazy(
                _("limit must be a whole number from 1 to {max_limit}."), max_limit=MAX_LIMIT
            )
        ),
    )


@described(
    "Audit trail",
    ENTRIES,
    summary="Give the audit trail, newest first.",
    description="All of it with the permission to view audit entries; one plant's (`plant`), "
    "without addresses, for whoever may operate plants.",
    parameters=query_of(TrailForm),
    example={"entries": [ENTRY_EXAMPLE], "more": False},
    refuses={403: MAY_NOT},
)
@api_view(["GET"])
def trail(request: Request) -> Response:
    """Give the audit trail, of one plant or whole."""
    form = _valid(TrailForm(request.query_params))
    values = form.cleaned_data
    _must_see(request, values["plant"])
    found = form.narrow(AuditEntry.objects.all())
    if values["before_id"]:
        found = found.filter(pk__lt=values["before_id"])
    limit = values["limit"] or DEFAULT_LIMIT
    rows = list(found.order_by("-pk")[: limit + 1])
    entries = [_shown(entry, request) for entry in rows[:limit]]
    return Response({"entries": entries, "more": len(rows) > limit})


@described(
    "Audit trail",
    DONE,
    methods=["POST"],
    summary="Take an act back.",
    description="Itself an act, with an entry that names the one it took back. It needs the "
    "permission of the act.",
    parameters=[ENTRY_IN_PATH],
    example={
        "message": "Back to 180× real time, a sample every 1 s.",
        "entry": {**ENTRY_EXAMPLE, "id": 42, "undoes": 41},
    },
    refuses={403: MAY_NOT, 409: "It cannot be taken back, or not any more; the error says why."},
)
@api_view(["POST"])
def undo(request: Request, pk: int) -> Response:
    """Take an act back."""
    body_of(request, ())
    entry = AuditEntry.objects.filter(pk=pk).first() if pk <= MAX_ID else None
    if entry is None:
        raise NoSuchThing(f"There is no entry {pk}.", "GET /api/audit lists them.")
    is_plants = entry.subject_type == "plant" and entry.subject_id.isdecimal()
    _must_see(request, int(entry.subject_id) if is_plants else None)
    message = undoing.undo(entry, by=request.user)
    made = AuditEntry.objects.get(undoes=entry)
    return Response({"message": message, "entry": _shown(made, request)})


def _valid(form: TrailForm) -> TrailForm:
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form


def _must_see(request: Request, plant: int | None) -> None:
    """Raise MayNot for a part of the trail that is not the caller's to see."""
    found = None if plant is None else Plant.objects.filter(pk=plant).first()
    if not may_see(request.user, found):
        raise MayNot(
            "Your account may not see this part of the audit trail.",
            "Operators see the trail of one plant (plant=ID), engineers all of it.",
        )


def _shown(entry: AuditEntry, request: Request) -> dict[str, Any]:
    row = entry.as_json()
    return row if request.user.has_perm(WHOLE) else {**row, "address": None}
