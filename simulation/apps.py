"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulationConfig(AppConfig):
    """Plants, their runs and readings."""

    name = "simulation"
    verbose_name = _("Simulation")

    def ready(self) -> None:
        """Declare the presets, and tell the audit trail how acts on a plant are taken back."""
        from simulation import presets, undoing  # noqa: F401  (registering is an effect)

        undoing.register_all()
