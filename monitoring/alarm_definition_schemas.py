"""The form of what the API tells of alarm definitions."""

from accounts.description import component
from accounts.json_schema import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    STRING,
    array,
    nullable,
    of_model,
    record,
    said,
)
from monitoring.alarm_schemas import KIND, PRIORITY, SOURCE
from monitoring.models import AlarmDefinition

DEFINITION = component(
    "AlarmDefinition",
    record(
        "What begins an alarm.",
        {
            **of_model(AlarmDefinition, "code", "name"),
            "plant": said(nullable(INTEGER), "The plant's number; null: every plant."),
            "source": SOURCE,
            "kind": KIND,
            "tag": said(STRING, "Of a limit: its tag."),
            "unit": STRING,
            **of_model(AlarmDefinition, "limit", "reference", "deadband"),
            **of_model(AlarmDefinition, "on_delay", "off_delay", "window"),
            "priority": PRIORITY,
            **of_model(AlarmDefinition, "is_latching", "cause", "consequence", "response"),
            **of_model(AlarmDefinition, "time_to_respond"),
            "is_rationalised": said(
                BOOLEAN, "Whether it has a cause, a consequence and a response (ISA-18.2)."
            ),
            **of_model(AlarmDefinition, "suppress_while", "in_service"),
            "out_of_service_why": said(STRING, "Why it is out of service."),
            "out_of_service_since": nullable(MOMENT),
            "out_of_service_until": nullable(MOMENT),
            **of_model(AlarmDefinition, "cannot_work"),
        },
    ),
)
DEFINITIONS = component(
    "AlarmDefinitions", record("All definitions.", {"definitions": array(DEFINITION)})
)
DEFINITION_EXAMPLE = {
    "code": "reactor-pressure-hi",
    "name": "Reactor pressure high",
    "plant": None,
    "source": "limit",
    "kind": "hi",
    "tag": "XMEAS(7)",
    "unit": "kPa gauge",
    "limit": 2750.0,
    "reference": None,
    "deadband": 2.0,
    "on_delay": 2,
    "off_delay": 2,
    "window": 1,
    "priority": "high",
    "is_latching": False,
    "cause": "Gas that neither reacts nor condenses: the A feed is lost (IDV 6).",
    "consequence": "At 3000 kPa gauge the plant trips: 4.4 h after this alarm without A feed.",
    "response": "Find the feed that is off, XMEAS(1) to XMEAS(4).",
    "time_to_respond": 266,
    "is_rationalised": True,
    "suppress_while": "",
    "in_service": True,
    "out_of_service_why": "",
    "out_of_service_since": None,
    "out_of_service_until": None,
    "cannot_work": "",
}
