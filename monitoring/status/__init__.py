"""How the plants are, judged once: for the stage strip, the API, /healthz, doctor and /metrics."""

from monitoring.status.gathering import (
    plant_statuses,
    plants_with_status,
    status_of,
    statuses,
)
from monitoring.status.health import health
from monitoring.status.plant_status import PlantStatus
from monitoring.status.stage import STAGE_NAMES, STATES, Stage, StageName, State

__all__ = [
    "STAGE_NAMES",
    "STATES",
    "PlantStatus",
    "Stage",
    "StageName",
    "State",
    "health",
    "plant_statuses",
    "plants_with_status",
    "status_of",
    "statuses",
]
