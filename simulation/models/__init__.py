"""The domain of the plant."""

from simulation.models.fault_preset import FaultPreset
from simulation.models.forecast_record import ForecastRecord
from simulation.models.hand import Hand
from simulation.models.ingest_count import IngestCount
from simulation.models.injection import Injection
from simulation.models.plant import Plant
from simulation.models.plant_error import PlantError
from simulation.models.plant_event import PlantEvent
from simulation.models.pulse import Pulse
from simulation.models.reading import Reading
from simulation.models.run import Run
from simulation.models.snapshot import Snapshot
from simulation.models.speed_preset import SpeedPreset

__all__ = [
    "FaultPreset",
    "ForecastRecord",
    "Hand",
    "IngestCount",
    "Injection",
    "Plant",
    "PlantError",
    "PlantEvent",
    "Pulse",
    "Reading",
    "Run",
    "Snapshot",
    "SpeedPreset",
]
