"""The domain of the plant."""

from simulation.models.fault_preset import FaultPreset
from simulation.models.injection import Injection
from simulation.models.plant import Plant, PlantError
from simulation.models.pulse import Pulse
from simulation.models.reading import Reading
from simulation.models.run import Run
from simulation.models.speed_preset import SpeedPreset

__all__ = [
    "FaultPreset",
    "Injection",
    "Plant",
    "PlantError",
    "Pulse",
    "Reading",
    "Run",
    "SpeedPreset",
]
