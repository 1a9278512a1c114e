"""The form of what the API tells of an alarm system's figures."""

from accounts.description import component
from accounts.json_schema import (
    BOOLEAN,
    INTEGER,
    MOMENT,
    NUMBER,
    STRING,
    array,
    nullable,
    record,
    said,
)

_SHARE = record(
    "A part of what was announced.",
    {"name": STRING, "count": INTEGER, "percent": NUMBER, "target": STRING},
)
_FIGURE = record(
    "A figure with its target.",
    {
        "key": STRING,
        "name": STRING,
        "value": nullable(NUMBER),
        "unit": STRING,
        "target": STRING,
        "source": said(STRING, "Where the target is from; empty: there is none published."),
        "is_met": said(nullable(BOOLEAN), "Null: nothing to be judged."),
    },
)
KPIS = component(
    "AlarmKpis",
    record(
        "An alarm system's figures against ISA-18.2 and EEMUA 191, by wall time.",
        {
            "begin": MOMENT,
            "end": MOMENT,
            "operators": INTEGER,
            "announced": said(INTEGER, "Alarms that were announced in the period."),
            "figures": array(_FIGURE),
            "rates": array(NUMBER, "Alarms in each 10 min for each operator."),
            "top": array(_SHARE, "The ten most frequent."),
            "chattering": array(_SHARE, "Three times or more within a minute."),
            "stale": array(
                record("Standing for more than a day.", {"alarm": STRING, "since": MOMENT})
            ),
            "standing": said(INTEGER, "Alarms that are active now."),
            "priorities": array(_SHARE),
            "floods": array(
                record(
                    "More than 10 alarms in 10 min, until fewer than 5.",
                    {"since": MOMENT, "until": nullable(MOMENT), "alarms": INTEGER},
                )
            ),
        },
    ),
)
KPIS_EXAMPLE = {
    "begin": "2026-01-04T08:00:00+00:00",
    "end": "2026-01-05T08:00:00+00:00",
    "operators": 1,
    "announced": 1,
    "figures": [
        {
            "key": "rate",
            "name": "Alarms in 10 min, mean",
            "value": 0.007,
            "unit": "per operator",
            "target": "1 is acceptable, 2 the most that is manageable",
            "source": "ANSI/ISA-18.2-2016",
            "is_met": True,
        }
    ],
    "rates": [0.0, 1.0],
    "top": [{"name": "Reactor pressure high", "count": 1, "percent": 100.0, "target": ""}],
    "chattering": [],
    "stale": [],
    "standing": 1,
    "priorities": [{"name": "high", "count": 1, "percent": 100.0, "target": "about 5 %"}],
    "floods": [],
}
