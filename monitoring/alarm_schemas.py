"""The form of what the API tells of the life of alarms: occurrences, journal, shelf."""

from typing import Any

from django.db.models import Model

from accounts.description import component
from accounts.json_schema import (
    BOOLEAN,
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
from monitoring.models import AlarmDefinition, AlarmJournalEntry, AlarmOccurrence

MORE = said(BOOLEAN, "Whether there are more; ask again with before.")
PLANT_ID = said(INTEGER, "The plant's number.")
RUN = said(nullable(INTEGER), "The run's number.")


def _words(model: type[Model], name: str, description: str) -> Schema:
    field: Any = model._meta.get_field(name)
    return said({"type": "string", "enum": [value for value, _ in field.choices]}, description)


PRIORITY = _words(AlarmDefinition, "priority", "How soon somebody has to act.")
SOURCE = _words(AlarmDefinition, "source", "Who judges the condition.")
KIND = _words(AlarmDefinition, "kind", "What is judged.")

OCCURRENCE = component(
    "AlarmOccurrence",
    record(
        "One life of one alarm on one plant, by ISA-18.2.",
        {
            "id": INTEGER,
            "plant": PLANT_ID,
            "run": RUN,
            "definition": said(STRING, "The code of its definition."),
            "name": STRING,
            "source": SOURCE,
            "kind": KIND,
            "tag": said(STRING, "Of a limit: its tag."),
            "unit": STRING,
            "priority": PRIORITY,
            "state": _words(AlarmOccurrence, "state", "Where it is in the diagram of ISA-18.2."),
            "asks": said(BOOLEAN, "Whether it asks to be acknowledged."),
            **of_model(AlarmOccurrence, "is_active"),
            "is_standing": said(BOOLEAN, "Whether something is left of it."),
            **of_model(AlarmOccurrence, "activated_step", "activated_at"),
            **of_model(AlarmOccurrence, "last_activated_step", "last_activated_at", "activations"),
            **of_model(AlarmOccurrence, "value", "limit", "detail"),
            **of_model(AlarmOccurrence, "returned_step", "returned_at", "acknowledged_at"),
            "acknowledged_by": said(nullable(STRING), "Who."),
            **of_model(AlarmOccurrence, "comment"),
            "event": said(nullable(INTEGER), "The event that it belongs to."),
            **of_model(AlarmOccurrence, "is_first_out", "closed_at"),
        },
    ),
)
OCCURRENCES = component(
    "AlarmOccurrences",
    record("Alarms, the newest first.", {"alarms": array(OCCURRENCE), "more": MORE}),
)
OCCURRENCE_EXAMPLE = {
    "id": 12,
    "plant": 1,
    "run": 1,
    "definition": "reactor-pressure-hi",
    "name": "Reactor pressure high",
    "source": "limit",
    "kind": "hi",
    "tag": "XMEAS(7)",
    "unit": "kPa gauge",
    "priority": "high",
    "state": "unacknowledged",
    "asks": True,
    "is_active": True,
    "is_standing": True,
    "activated_step": 655,
    "activated_at": "2026-01-05T08:00:15+00:00",
    "last_activated_step": 655,
    "last_activated_at": "2026-01-05T08:00:15+00:00",
    "activations": 1,
    "value": 2753.1,
    "limit": 2750.0,
    "detail": "",
    "returned_step": None,
    "returned_at": None,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "comment": "",
    "event": 3,
    "is_first_out": False,
    "closed_at": None,
}
OCCURRENCES_EXAMPLE = {"alarms": [OCCURRENCE_EXAMPLE], "more": False}
ACKNOWLEDGED = component(
    "AlarmsAcknowledged",
    record("Those that asked to be acknowledged, as they are now.", {"alarms": array(OCCURRENCE)}),
)
ENTRY = component(
    "AlarmJournalEntry",
    record(
        "One transition of one alarm.",
        {
            "id": INTEGER,
            **of_model(AlarmJournalEntry, "at"),
            "plant": said(nullable(INTEGER), "The plant's number; null: every plant."),
            "run": RUN,
            **of_model(AlarmJournalEntry, "step"),
            "sim_time_h": said(nullable(NUMBER), "Process time in hours."),
            **of_model(AlarmJournalEntry, "kind"),
            "occurrence": said(nullable(INTEGER), "The alarm's life."),
            "definition": said(STRING, "The code of its definition."),
            "name": STRING,
            "tag": STRING,
            "source": SOURCE,
            "priority": PRIORITY,
            **of_model(AlarmJournalEntry, "state", "is_announced", "value", "limit"),
            "unit": STRING,
            **of_model(AlarmJournalEntry, "text"),
            "username": said(nullable(STRING), "Who did it; null: it happened by itself."),
            "comment": STRING,
        },
    ),
)
JOURNAL = component(
    "AlarmJournal", record("Entries, the newest first.", {"entries": array(ENTRY), "more": MORE})
)
JOURNAL_EXAMPLE = {
    "entries": [
        {
            "id": 40,
            "at": "2026-01-05T08:00:15+00:00",
            "plant": 1,
            "run": 1,
            "step": 655,
            "sim_time_h": 32.75,
            "kind": "activated",
            "occurrence": 12,
            "definition": "reactor-pressure-hi",
            "name": "Reactor pressure high",
            "tag": "XMEAS(7)",
            "source": "limit",
            "priority": "high",
            "state": "unacknowledged",
            "is_announced": True,
            "value": 2753.1,
            "limit": 2750.0,
            "unit": "kPa gauge",
            "text": "",
            "username": None,
            "comment": "",
        }
    ],
    "more": False,
}
SHELVING = component(
    "Shelving",
    record(
        "An alarm on the shelf.",
        {
            "plant": PLANT_ID,
            "definition": said(STRING, "The code of the alarm's definition."),
            "name": STRING,
            "reason": STRING,
            "by": said(nullable(STRING), "Who shelved it."),
            "shelved_at": MOMENT,
            "until": MOMENT,
        },
    ),
)
SHELF = component(
    "Shelf", record("What is on a plant's shelf.", {"plant": PLANT_ID, "shelf": array(SHELVING)})
)
SHELF_EXAMPLE = {
    "plant": 1,
    "shelf": [
        {
            "plant": 1,
            "definition": "purge-rate-hi",
            "name": "Purge rate high",
            "reason": "The analyser is being calibrated.",
            "by": "operator",
            "shelved_at": "2026-01-05T08:00:15+00:00",
            "until": "2026-01-05T10:00:15+00:00",
        }
    ],
}
