"""The form of what the API tells of detection, alarms, status and health."""

from accounts.description import component
from accounts.json_schema import (
    BOOLEAN,
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
from monitoring.models import Alarm, AlarmDiagnosis, Analysis, DetectorSettings
from monitoring.status import STATES, Stage
from simulation.schemas import HAND, INJECTION, MORE, OF_PLANT, PLANT_PROPERTIES, SIM_TIME

CONTRIBUTION = component(
    "Contribution",
    record(
        "A variable's part in what the detector in charge found.",
        {
            "tag": said(STRING, "Label of the variable."),
            "contribution": NUMBER,
            "statistic": said(STRING, "What it contributes to: T2, SPE, innovation or another."),
        },
    ),
)
SHADOW = component(
    "Shadow",
    record(
        "What a detector that raises nothing said of a point.",
        {
            "model": said(INTEGER, "Its number."),
            "detector": said(STRING, "Its name and version."),
            "ratio": said(NUMBER, "Its leading statistic as a multiple of its limit."),
            "member": said(STRING, "The name of that statistic."),
            "exceeds": BOOLEAN,
            "alarming": said(BOOLEAN, "Whether its alarm would have stood after the point."),
            "raised": said(BOOLEAN, "There, and true, where it would have been raised."),
        },
        optional=["raised"],
    ),
)
ANALYSIS = component(
    "Analysis",
    record(
        "One scored point.",
        {
            **of_model(Analysis, "step", "first_step"),
            "sim_time_h": SIM_TIME,
            "time": said(MOMENT, "When it was scored."),
            **of_model(Analysis, "t2", "t2_limit", "spe", "spe_limit"),
            "detector": said(STRING, "The detector in charge."),
            "ratio": said(NUMBER, "Its leading statistic as a multiple of its limit."),
            "member": said(STRING, "The name of that statistic."),
            "shadows": array(SHADOW, "What the detectors in the shadow said."),
            "warming_up": said(
                BOOLEAN, "Whether the detector in charge does not judge yet: its ratio is no score."
            ),
            **of_model(Analysis, "exceeds", "streak", "alarming"),
            "top_contributions": array(CONTRIBUTION, "The six largest."),
        },
    ),
)
ANALYSES = component(
    "Analyses",
    record(
        "Scored points of a run in order.",
        {**OF_PLANT, "analyses": array(ANALYSIS), "more": MORE},
    ),
)
ANALYSES_EXAMPLE = {
    "plant": 1,
    "run": 1,
    "analyses": [
        {
            "step": 812,
            "first_step": 812,
            "sim_time_h": 40.6,
            "time": "2026-01-05T08:00:11+00:00",
            "t2": 25.1,
            "t2_limit": 30.1,
            "spe": 55.2,
            "spe_limit": 42.0,
            "detector": "Robust v1",
            "ratio": 1.7,
            "member": "mean 0.1",
            "shadows": [
                {
                    "model": 3,
                    "detector": "Sharp v1",
                    "ratio": 2.1,
                    "member": "mean 0.3 sharp",
                    "exceeds": True,
                    "alarming": True,
                }
            ],
            "warming_up": False,
            "exceeds": True,
            "streak": 172,
            "alarming": True,
            "top_contributions": [
                {"tag": "XMV(10)", "contribution": 31.4, "statistic": "innovation"}
            ],
        }
    ],
    "more": False,
}
DIAGNOSIS = component(
    "Diagnosis",
    record(
        "What an alarm looked like some samples after it was raised.",
        {
            **of_model(AlarmDiagnosis, "age", "step", "novelty"),
            "ranking": said(
                array(array(NUMBER, "An IDV and its probability."), "The three most probable."),
                "Causes by falling probability.",
            ),
            "is_unknown": said(BOOLEAN, "Whether it looks like none of the known causes."),
        },
    ),
)
ALARM = component(
    "Alarm",
    record(
        "What the detector claims.",
        {
            "id": INTEGER,
            "run": said(INTEGER, "The run's number."),
            "state": {"type": "string", "enum": ["standing", "cleared", "run ended"]},
            **of_model(Alarm, "onset_step", "raised_step", "cleared_step"),
            **of_model(Alarm, "raised_at", "cleared_at", "peak_ratio", "consecutive", "among"),
            **of_model(Alarm, "member", "onset_estimate_step"),
            "kind_of_change": said(STRING, "step, drift, variance, or empty."),
            "severity": {"type": "string", "enum": ["low", "medium", "high"]},
            "diagnoses": array(DIAGNOSIS, "What it looked like, by age."),
        },
    ),
)
ALARMS = component(
    "Alarms", record("Alarms of a run, newest first.", {**OF_PLANT, "alarms": array(ALARM)})
)
ALARMS_EXAMPLE = {
    "plant": 1,
    "run": 1,
    "alarms": [
        {
            "id": 7,
            "run": 1,
            "state": "standing",
            "onset_step": 638,
            "raised_step": 640,
            "cleared_step": None,
            "raised_at": "2026-01-05T08:00:00+00:00",
            "cleared_at": None,
            "peak_ratio": 1.9,
            "consecutive": 3,
            "among": 0,
            "member": "mean 0.1",
            "kind_of_change": "drift",
            "severity": "low",
            "onset_estimate_step": 636,
            "diagnoses": [
                {
                    "age": 0,
                    "step": 640,
                    "novelty": 0.1,
                    "ranking": [[4, 0.93], [11, 0.04], [14, 0.01]],
                    "is_unknown": False,
                }
            ],
        }
    ],
}
INJECTIONS = component(
    "Injections",
    record("Injections of a run by time.", {**OF_PLANT, "injections": array(INJECTION)}),
)
INJECTIONS_EXAMPLE = {
    "plant": 1,
    "run": 1,
    "injections": [
        {
            "id": 3,
            "idv": 4,
            "magnitude": 1.0,
            "start_step": 636,
            "end_step": None,
            "preset": "idv-4",
            "injected_by": "operator",
            "injected_at": "2026-01-05T07:59:50+00:00",
        }
    ],
}

HAND_EXAMPLE = {
    "id": 5,
    "kind": "valve",
    "number": 10,
    "label": "XMV(10)",
    "value": 38.0,
    "unit": "%",
    "from_value": 41.1,
    "ramp_steps": 5,
    "start_step": 640,
    "end_step": None,
    "made_by": "operator",
    "made_at": "2026-01-05T07:59:58+00:00",
}
HANDS = component(
    "Hands",
    record("What was held by hand in a run, by time.", {**OF_PLANT, "hands": array(HAND)}),
)
HANDS_EXAMPLE = {"plant": 1, "run": 1, "hands": [HAND_EXAMPLE]}

STAGE = component(
    "Stage", of_dataclass(Stage, "One stage of a plant's stream.", {"rate": "rate_per_second"})
)
STATUS = component(
    "PlantStatus",
    record(
        "A plant's stream at one moment.",
        {
            **PLANT_PROPERTIES,
            "readings": said(INTEGER, "Readings of the run."),
            "analyses": said(INTEGER, "Scored points of the run."),
            "explanations": said(INTEGER, "Finished explanations of the run."),
            "aggregated_count": said(INTEGER, "Readings that wait in an incomplete block."),
            "analysed_step": said(INTEGER, "Last reading that the detector has consumed."),
            "t2_threshold": said(nullable(NUMBER), "Limit of T²; null without a detector."),
            "spe_threshold": said(nullable(NUMBER), "Limit of SPE; null without a detector."),
            "detector": said(nullable(STRING), "The detector in use."),
            "analysis_preset": said(nullable(STRING), "Its slug; null if values were set by hand."),
            **of_model(DetectorSettings, *DetectorSettings.RULE_FIELDS, "alpha"),
            "alarm": {
                "anyOf": [ALARM, {"type": "null"}],
                "description": "The alarm that stands, if one does.",
            },
            "explanations_waiting": said(INTEGER, "Explanations under way or waiting."),
            "last_explanation_at": said(nullable(MOMENT), "When the newest was finished."),
            "explanation_error": said(nullable(STRING), "Why the newest failed."),
            "explanations_in_an_hour": said(INTEGER, "Finished in the last hour."),
            "last_explanation_step": said(nullable(INTEGER), "The step the newest explains."),
            "explanation_error_at": said(nullable(MOMENT), "When the newest failed."),
            "explanation_lag_seconds": said(NUMBER, "How long one has been due."),
            "explanation_reason": said(STRING, "What the next explanation waits for."),
            "ingest": {
                "type": "object",
                "additionalProperties": INTEGER,
                "description": "Rows sent from outside, by outcome.",
            },
            "stalled_stage": said(nullable(STRING), "The stage that stalls first, or `broker`."),
            "stall": said(nullable(STRING), "Where the stream stands, why, the remedy."),
            "stages": {
                "type": "object",
                "additionalProperties": STAGE,
                "description": "The stages by name.",
            },
        },
        optional=[
            "explanations_waiting",
            "last_explanation_at",
            "explanation_error",
            "explanations_in_an_hour",
            "last_explanation_step",
            "explanation_error_at",
            "explanation_lag_seconds",
            "explanation_reason",
        ],
    ),
)
STATUSES = component(
    "Statuses", record("All plants.", {"plants": array(STATUS), "time": said(MOMENT, "Now.")})
)
STATUS_EXAMPLE = {
    "id": 1,
    "name": "TEP 1",
    "source": "simulator",
    "variables": None,
    "state": "running",
    "state_reason": "",
    "run": 1,
    "seed": 4651207995,
    "rng": "modern",
    "step": 812,
    "sim_time_h": 40.6,
    "interval_seconds": 1.0,
    "sample_seconds": 180,
    "speed_factor": 180.0,
    "speed_preset": "demo",
    "catch_up": "skip",
    "is_catching_up": False,
    "active_idvs": [4],
    "active_faults": [{"idv": 4, "magnitude": 1.0}],
    "by_hand": [HAND_EXAMPLE],
    "readings": 812,
    "analyses": 812,
    "explanations": 2,
    "explanations_waiting": 0,
    "last_explanation_at": "2026-01-05T07:58:01+00:00",
    "explanation_error": None,
    "aggregated_count": 0,
    "analysed_step": 812,
    "t2_threshold": 30.1,
    "spe_threshold": 42.0,
    "detector": "Robust v1",
    "analysis_preset": "demo",
    "window": 8,
    "consecutive": 3,
    "among": 0,
    "decimation": 1,
    "min_explanation_seconds": 0.0,
    "alpha": 0.005,
    "alarm": ALARMS_EXAMPLE["alarms"][0],  # type: ignore[index]
    "ingest": {},
    "stall": None,
    "stalled_stage": None,
    "stages": {
        "simulate": {
            "name": "simulate",
            "title": "Simulate",
            "state": "ok",
            "reason": "at 40.60 h of process time",
            "count": 812,
            "unit": "readings",
            "step": 812,
            "last_at": "2026-01-05T08:00:11+00:00",
            "age_seconds": 0.4,
            "lag_steps": 0,
            "lag_seconds": 0.0,
            "rate_per_second": 1.0,
            "error": "",
            "error_at": None,
            "remedy": "",
            "starting_seconds": None,
        }
    },
}
STATUSES_EXAMPLE = {"plants": [STATUS_EXAMPLE], "time": "2026-01-05T08:00:11+00:00"}

WORST = {
    "type": "object",
    "additionalProperties": {"type": "string", "enum": list(STATES)},
    "description": "The worst state of each stage, of any plant.",
}
HEALTHY = component(
    "Healthy",
    record(
        "Everything that should move moves.",
        {
            "status": {"type": "string", "enum": ["ok"]},
            "plants": said(INTEGER, "How many."),
            "stages": WORST,
        },
    ),
)
UNHEALTHY = component(
    "Unhealthy",
    record(
        "Something stands still.",
        {
            "status": {"type": "string", "enum": ["stalled", "down"]},
            "stage": said(STRING, "The stage that stalls, or `broker`."),
            "culprit": said(STRING, "What stands still, or is out of reach."),
            "error": said(STRING, "What is wrong with it."),
            "hint": said(STRING, "What to do about it."),
            "plants": array(
                record(
                    "A plant that stalls.",
                    {"plant": INTEGER, "name": STRING, "stage": STRING, "stall": STRING},
                )
            ),
            "stages": WORST,
        },
        optional=["stage", "error", "hint", "plants", "stages"],
    ),
)
