"""The form of what the API tells of plants and readings."""

from accounts.description import component
from accounts.json_schema import (
    INTEGER,
    MOMENT,
    NUMBER,
    STRING,
    array,
    nullable,
    of_model,
    record,
    said,
)
from simulation.models import Hand, Injection, Plant, Reading, Run
from simulation.tep.variables import LABELS, N_IDV, XMEAS, XMV

UNITS = [*(xmeas.unit for xmeas in XMEAS), *(xmv.unit for xmv in XMV)]

SIM_TIME = said(NUMBER, "Process time (h).")
OF_PLANT = {
    "plant": said(INTEGER, "The plant's number."),
    "run": said(nullable(INTEGER), "The run's number; null for a plant never started."),
}
MORE = {"type": "boolean", "description": "Whether there is more after the last step given."}

HAND = component(
    "Hand",
    record(
        "A valve or a set point held by hand.",
        {
            "id": INTEGER,
            **of_model(Hand, "kind", "number"),
            "label": said(STRING, "What is held."),
            **of_model(Hand, "value"),
            "unit": said(STRING, "Unit of the value."),
            **of_model(Hand, "from_value", "ramp_steps", "start_step", "end_step"),
            "made_by": said(nullable(STRING), "User name."),
            "made_at": MOMENT,
        },
    ),
)
#: What `Plant.as_json` gives.
PLANT_PROPERTIES = {
    "id": said(INTEGER, "The plant's number."),
    "name": said(STRING, "The plant's name."),
    **of_model(Plant, "source"),
    "variables": said(
        nullable(INTEGER), "How many variables each row sent must hold; null if it is simulated."
    ),
    "state": said(of_model(Plant, "state")["state"], "What the clock does with the plant."),
    "state_reason": said(STRING, "Why it is in that state; empty if it need not be said."),
    "run": OF_PLANT["run"],
    "seed": said(nullable(INTEGER), "Of the run; null for a plant fed from outside."),
    "rng": said(
        nullable(of_model(Run, "rng")["rng"]),
        "The generator of the run's noise; null for a plant fed from outside.",
    ),
    **of_model(Plant, "step"),
    "sim_time_h": SIM_TIME,
    **of_model(Plant, "interval_seconds"),
    "sample_seconds": said(NUMBER, "Process time between two samples (s)."),
    "speed_factor": said(NUMBER, "How many times as fast as the plant itself it is set to run."),
    "speed_preset": said(nullable(STRING), "Its slug; null if the interval was set by hand."),
    "catch_up": said(
        of_model(Plant, "catch_up")["catch_up"],
        "What becomes of the samples that an outage kept from being taken.",
    ),
    "is_catching_up": {
        "type": "boolean",
        "description": "Whether samples that were missed are being made up for.",
    },
    "active_idvs": array({**INTEGER, "minimum": 1, "maximum": N_IDV}, "Faults in force."),
    "active_faults": array(
        record(
            "A fault in force.",
            {"idv": INTEGER, "magnitude": said(NUMBER, "1 is the published fault.")},
        )
    ),
    "by_hand": array(HAND, "What is held by hand."),
}

READING = component(
    "Reading",
    record(
        "One sample: 41 XMEAS and 12 XMV.",
        {
            **of_model(Reading, "step"),
            "sim_time_h": SIM_TIME,
            "time": said(MOMENT, "Wall time."),
            "values": {
                **array(nullable(NUMBER), "In the order of `labels`; null where none was given."),
                "minItems": len(LABELS),
                "maxItems": len(LABELS),
            },
            "quality": said(
                STRING, "`good`, or why the values cannot be; such a reading is never scored."
            ),
            "source_time": said(MOMENT, "When a sender outside says it took the sample."),
        },
        optional=["source_time"],
    ),
)
READINGS = component(
    "Readings",
    record(
        "Readings of a run in order.",
        {
            **OF_PLANT,
            "labels": array(STRING, "The names of the values."),
            "units": array(STRING, "The units of the values."),
            "readings": array(READING),
            "more": MORE,
        },
    ),
)
#: The base case of Downs and Vogel (1993), tables 3 and 4.
BASE_CASE = [
    *(0.25052, 3664.0, 4509.3, 9.3477, 26.902, 42.339, 2705.0, 75.0, 120.4, 0.33712, 80.109),
    *(50.0, 2633.7, 25.16, 50.0, 3102.2, 22.949, 65.731, 230.31, 341.43, 94.599, 77.297),
    *(32.188, 8.8933, 26.383, 6.882, 18.776, 1.6567, 32.958, 13.823, 23.978, 1.2565, 18.579),
    *(2.2633, 4.8436, 2.2986, 0.017866, 0.8357, 0.098577, 53.724, 43.828),
    *(63.053, 53.98, 24.644, 61.302, 22.21, 40.064, 38.1, 46.534, 47.446, 41.106, 18.114, 50.0),
]
READINGS_EXAMPLE = {
    "plant": 1,
    "run": 1,
    "labels": list(LABELS),
    "units": UNITS,
    "readings": [
        {
            "step": 801,
            "sim_time_h": 40.05,
            "time": "2026-01-05T08:00:00+00:00",
            "values": BASE_CASE,
            "quality": "good",
        }
    ],
    "more": True,
}
INJECTION = component(
    "Injection",
    record(
        "One fault that was set on the plant: the truth.",
        {
            "id": INTEGER,
            **of_model(Injection, "idv", "magnitude", "start_step", "end_step"),
            "preset": said(nullable(STRING), "The slug of the fault preset it came from."),
            "injected_by": said(nullable(STRING), "User name."),
            "injected_at": MOMENT,
        },
    ),
)
