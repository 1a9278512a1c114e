"""Application configuration."""

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """Plants, their runs and readings."""

    name = "simulation"
    verbose_name = "Simulation"
