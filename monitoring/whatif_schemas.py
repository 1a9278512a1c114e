"""The form of what the API tells of branches and forecasts."""

from accounts.description import component
from accounts.json_schema import (
    INTEGER,
    MOMENT,
    NUMBER,
    STRING,
    array,
    nullable,
    of_dataclass,
    of_model,
    record,
    said,
)
from simulation.models import ForecastRecord, Plant
from simulation.schemas import SIM_TIME
from simulation.whatif.claims import RangeClaim, TripClaim

BRANCH = component(
    "Branch",
    record(
        "A plant with the same past as another up to a step.",
        {
            "id": said(INTEGER, "Its number as a plant."),
            "name": said(STRING, "Its name."),
            "description": said(STRING, "What it branched off, and what is different."),
            "state": said(of_model(Plant, "state")["state"], "What it does."),
            "state_reason": said(STRING, "Why."),
            "of_plant": said(nullable(INTEGER), "The plant it branched off; null: deleted."),
            "of_run": said(nullable(INTEGER), "And its run."),
            "branch_step": said(nullable(INTEGER), "Last step that both share."),
            "branch_time_h": said(NUMBER, "Its process time (h)."),
            **of_model(Plant, "step"),
            "sim_time_h": SIM_TIME,
            "until_step": said(nullable(INTEGER), "Where it runs to; null: it is there."),
        },
    ),
)
BRANCHES = component(
    "Branches",
    record(
        "Branches of a plant, oldest first.",
        {"plant": said(INTEGER, "The plant's number."), "branches": array(BRANCH)},
    ),
)
BRANCHES_EXAMPLE = {
    "plant": 1,
    "branches": [
        {
            "id": 2,
            "name": "TEP 1 · 8.00 h, XMV(10) at 45 %",
            "description": "Branch of TEP 1, run 1, at step 160: XMV(10) at 45 %.",
            "state": "paused",
            "state_reason": "it has run to 16.00 h, as far as it was to",
            "of_plant": 1,
            "of_run": 1,
            "branch_step": 160,
            "branch_time_h": 8.0,
            "step": 320,
            "sim_time_h": 16.0,
            "until_step": None,
        }
    ],
}


def _claim(kind: type, words: str) -> dict[str, object]:
    schema = of_dataclass(kind, words)
    schema["properties"]["words"] = said(STRING, "The claim in words.")
    schema["required"].append("words")
    return schema


_COLUMNS = array(array(nullable(NUMBER)), "A list for each label; null once no member runs.")
FORECAST = component(
    "Forecast",
    record(
        "What becomes of the plant if nothing is changed.",
        {
            "run": said(INTEGER, "The run's number."),
            **of_model(ForecastRecord, "step"),
            "sim_time_h": SIM_TIME,
            "made_at": MOMENT,
            "took_seconds": said(NUMBER, "How long it took to compute."),
            "members": said(INTEGER, "How many courses were computed, each with its own noise."),
            "ahead_hours": said(NUMBER, "How far it looks ahead (h)."),
            "words": said(STRING, "The whole in one sentence."),
            "trips": array(_claim(TripClaim, "A limit on which some members trip.")),
            "ranges": array(_claim(RangeClaim, "A normal range that some members leave.")),
            "series": record(
                "The course: median and the 10 and 90 % quantiles of the members that run.",
                {
                    "labels": array(STRING, "The names of the columns."),
                    "hours": array(NUMBER, "Process time (h)."),
                    "median": _COLUMNS,
                    "low": _COLUMNS,
                    "high": _COLUMNS,
                },
            ),
        },
    ),
)
NEWEST_FORECAST = component(
    "NewestForecast",
    record(
        "The newest forecast of a plant.",
        {
            "plant": said(INTEGER, "The plant's number."),
            "forecast": said(nullable(FORECAST), "Null: none has been made."),
        },
    ),
)
FORECAST_EXAMPLE = {
    "run": 1,
    "step": 180,
    "sim_time_h": 9.0,
    "made_at": "2026-01-05T08:00:01+00:00",
    "took_seconds": 0.21,
    "members": 8,
    "ahead_hours": 8.0,
    "words": "Reactor pressure trips in 4 h 46 min, 8 of 8 (4 h 43 min to 4 h 50 min).",
    "trips": [
        {
            "quantity": "reactor pressure",
            "unit": "kPa gauge",
            "bound": 3000.0,
            "side": "above",
            "count": 8,
            "members": 8,
            "first_h": 4.72,
            "median_h": 4.77,
            "last_h": 4.83,
            "words": "reactor pressure trips in 4 h 46 min, 8 of 8 (4 h 43 min to 4 h 50 min)",
        }
    ],
    "ranges": [],
    "series": {
        "labels": ["XMEAS(7)"],
        "hours": [9.15],
        "median": [[2741.2]],
        "low": [[2740.1]],
        "high": [[2742.0]],
    },
}
ASKED = component(
    "ForecastAsked",
    record(
        "Whether a forecast was asked for.",
        {
            "plant": said(INTEGER, "The plant's number."),
            "asked": {
                "type": "boolean",
                "description": "False: the queue is full or the broker away.",
            },
        },
    ),
)
