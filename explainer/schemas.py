"""The form of what the API tells of explanations."""

from drf_spectacular.utils import OpenApiParameter

from accounts.description import component
from accounts.json_schema import INTEGER, MOMENT, NUMBER, STRING, nullable, record, said

PLANT_IN_QUERY = OpenApiParameter(
    "plant",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.QUERY,
    description="The plant's number; all plants if not given.",
)
EARLIER = record(
    "One model's explanation.",
    {
        "analysis": said(STRING, "The explanation, or why there is none."),
        "response_time": said(nullable(NUMBER), "Wall seconds; null while it is not finished."),
        "status": said(STRING, "`success`, or the state of the explanation."),
    },
)
PERFORMANCE = record(
    "How long the model took, and how much it wrote.",
    {"response_time": nullable(NUMBER), "word_count": INTEGER},
)
LAST_ANALYSIS = component(
    "LastAnalysis",
    {
        "oneOf": [
            record("There is none yet.", {"status": {"type": "string", "enum": ["none"]}}),
            record(
                "The newest finished explanation with those of the other models.",
                {
                    "status": {"type": "string", "enum": ["ok"]},
                    "timestamp": MOMENT,
                    "id": said(INTEGER, "Milliseconds since 1970."),
                    "plant": said(STRING, "The plant's name."),
                    "plant_id": INTEGER,
                    "run": INTEGER,
                    "step": INTEGER,
                    "alarm": said(nullable(INTEGER), "The alarm it explains, if one."),
                    "feature_analysis": said(STRING, "The leading tags, a line each."),
                    "llm_analyses": {"type": "object", "additionalProperties": EARLIER},
                    "performance_summary": {"type": "object", "additionalProperties": PERFORMANCE},
                },
            ),
        ]
    },
)
LAST_ANALYSIS_EXAMPLE = {
    "status": "ok",
    "timestamp": "2026-01-05T08:00:00+00:00",
    "id": 1767600000000,
    "plant": "TEP 1",
    "plant_id": 1,
    "run": 1,
    "step": 93,
    "alarm": 1,
    "feature_analysis": "XMEAS(1) A feed: 0.71 kscmh (normal 0.25, z +9.1, rising)",
    "llm_analyses": {
        "signatures-3": {"analysis": "...", "response_time": 0.04, "status": "success"}
    },
    "performance_summary": {"signatures-3": {"response_time": 0.04, "word_count": 180}},
}
