"""The form of what is sent to a plant from outside, and of what the API answers to it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from accounts.description import component
from accounts.json_schema import (
    INTEGER,
    MOMENT,
    NUMBER,
    STRING,
    Schema,
    array,
    nullable,
    of_model,
    record,
    said,
)
from simulation.ingest.bodies import MAX_ROWS
from simulation.ingest.ingest_row import MAX_KEY_LENGTH, MAX_STEP
from simulation.models import Plant, PlantEvent
from simulation.schemas import BASE_CASE
from simulation.tep.variables import LABELS

_KEY: Schema = {"type": "string", "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]*$"}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    _KEY,
    OpenApiParameter.HEADER,
    description="Names the call's row, so that sending it twice stores it once; a batch's rows "
    "are named by it and their place.",
    examples=[OpenApiExample("a key", value="historian-2026-01-05T08:00")],
)

VALUES = component(
    "RowValues",
    {
        "type": "object",
        "additionalProperties": nullable(NUMBER),
        "description": "Values by name: labels such as XMEAS(7) and XMV(10), or the names of the "
        "earlier system, such as A Feed. GET /api/plants/{id}/ingest tells which are required; "
        "further known ones are kept, null counts as not given.",
    },
)
_SAID_OF_ROW: dict[str, Schema] = {
    "step": {
        **nullable({**INTEGER, "minimum": 1, "maximum": MAX_STEP}),
        "description": "The sample's number in the run; the next one if not given.",
    },
    "time": said(nullable(MOMENT), "When the sender took it, with the offset from UTC."),
    "key": said(nullable(_KEY), "Names the row, so that sending it twice stores it once."),
}
_RUN: dict[str, Schema] = {
    "run": {
        **nullable({**INTEGER, "minimum": 1, "maximum": MAX_STEP}),
        "description": "The run that is meant; another one than the present is a conflict.",
    }
}


def _forms_of_row(more: dict[str, Schema]) -> list[Schema]:
    """Return the three forms of a row, with what may be said beside it."""
    beside = {**_SAID_OF_ROW, **more}
    enveloped = [
        {
            **record(f"Values under the name {name}.", {name: VALUES, **beside}, optional=beside),
            "additionalProperties": False,
        }
        for name in ("values", "data_point")
    ]
    bare = {
        **record("Values by their names.", beside, optional=beside),
        "additionalProperties": nullable(NUMBER),
    }
    return [*enveloped, bare]


ROW = component("Row", {"oneOf": _forms_of_row({}), "description": "One sample, in three forms."})
BATCH = {
    **record(
        "Rows in order.",
        {"rows": {**array(ROW, "Rows in order."), "minItems": 1, "maxItems": MAX_ROWS}, **_RUN},
        optional=_RUN,
    ),
    "additionalProperties": False,
}
BODY = {"oneOf": [*_forms_of_row(_RUN), BATCH]}
_EXAMPLE_ROW = dict(zip(LABELS[:22], BASE_CASE[:22], strict=True))
BODY_EXAMPLES: dict[str, Any] = {
    "row": {"values": _EXAMPLE_ROW, "step": 7, "time": "2026-01-05T08:00:00Z"},
    "bare": _EXAMPLE_ROW,
    "batch": {"rows": [{"values": _EXAMPLE_ROW, "key": "08:00"}], "run": 1},
}

RECEIPT = component(
    "Receipt",
    record(
        "What was stored.",
        {
            "accepted": said(INTEGER, "Rows stored by this call."),
            "duplicate": said(INTEGER, "Rows that were stored already, with the same values."),
            "bad": said(INTEGER, "Accepted rows whose values cannot be: stored, never scored."),
            "last_step": said(INTEGER, "The plant's last step."),
            "aggregating": {
                "anyOf": [
                    record("Readings that wait for a point.", {"have": INTEGER, "need": INTEGER}),
                    {"type": "null"},
                ],
                "description": "How many good readings of how many wait for a scored point.",
            },
        },
    ),
)
RECEIPT_EXAMPLE = {"accepted": 1, "duplicate": 0, "bad": 0, "last_step": 7, "aggregating": None}
_ROW_NUMBER = said(INTEGER, "The row's place in the batch, from 0 on.")
_FIELDS: Schema = {
    "type": "object",
    "additionalProperties": array(STRING),
    "description": "What is wrong with which field.",
}
_SENTENCES: dict[str, Schema] = {
    "error": said(STRING, "What is wrong."),
    "hint": said(STRING, "What to do about it."),
}
REFUSED = component(
    "RowsRefused",
    record(
        "Rows that cannot be stored, with everything that is wrong with them.",
        {
            **_SENTENCES,
            "fields": _FIELDS,
            "rows": array(record("One row.", {"row": _ROW_NUMBER, "fields": _FIELDS})),
        },
        optional=["fields"],
    ),
)
CONFLICT = component(
    "RowsConflict",
    record(
        "Rows that contradict what is stored, or that are not taken now.",
        {
            **_SENTENCES,
            "rows": array(record("One row.", {"row": _ROW_NUMBER, "error": STRING})),
        },
        optional=["rows"],
    ),
)
COUNT = component(
    "IngestCount",
    record(
        "Rows of one outcome.",
        {
            "count": INTEGER,
            "last_at": nullable(MOMENT),
            "last_detail": said(STRING, "What the newest refusal said."),
        },
    ),
)
FEED_STATUS = component(
    "FeedStatus",
    record(
        "What a sender needs to know.",
        {
            "plant": INTEGER,
            "name": STRING,
            **of_model(Plant, "source", "state"),
            "run": said(nullable(INTEGER), "The present run."),
            "last_step": INTEGER,
            "required": array(STRING, "What each row must hold."),
            "counts": {
                "type": "object",
                "additionalProperties": COUNT,
                "description": "Rows by outcome.",
            },
            "limits": record(
                "What is taken.", {"rows": INTEGER, "bytes": INTEGER, "posts_per_second": INTEGER}
            ),
        },
    ),
)
FEED_STATUS_EXAMPLE = {
    "plant": 2,
    "name": "Unit 3",
    "source": "outside",
    "state": "running",
    "run": 1,
    "last_step": 7,
    "required": list(LABELS[:22]),
    "counts": {"accepted": {"count": 7, "last_at": "2026-01-05T08:00:00+00:00", "last_detail": ""}},
    "limits": {"rows": MAX_ROWS, "bytes": 1048576, "posts_per_second": 30},
}
EVENT = component(
    "Event",
    record(
        "What happened to a plant or its stream.",
        {
            "id": INTEGER,
            **of_model(PlantEvent, "kind", "text"),
            "run": nullable(INTEGER),
            **of_model(PlantEvent, "step"),
            "time": MOMENT,
        },
    ),
)
EVENTS = component(
    "Events", record("Events, newest first.", {"plant": INTEGER, "events": array(EVENT)})
)
EVENTS_EXAMPLE = {
    "plant": 2,
    "events": [
        {
            "id": 1,
            "kind": "gap",
            "text": "Steps 3 to 5 were not sent (3 missing).",
            "run": 1,
            "step": 6,
            "time": "2026-01-05T08:00:00+00:00",
        }
    ],
}
