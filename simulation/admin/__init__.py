"""Plants and presets for engineers; runs, readings and injections to look at."""

from simulation.admin.plants import PlantAdmin
from simulation.admin.presets import FaultPresetAdmin, SpeedPresetAdmin
from simulation.admin.records import (
    HandAdmin,
    IngestCountAdmin,
    InjectionAdmin,
    PlantEventAdmin,
    ReadingAdmin,
    RunAdmin,
)

__all__ = [
    "FaultPresetAdmin",
    "HandAdmin",
    "IngestCountAdmin",
    "InjectionAdmin",
    "PlantAdmin",
    "PlantEventAdmin",
    "ReadingAdmin",
    "RunAdmin",
    "SpeedPresetAdmin",
]
