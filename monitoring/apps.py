"""Application configuration."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Detector, analyses, alarms, live pages."""

    name = "monitoring"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        """Listen to the plants."""
        from monitoring import receivers  # noqa: F401  (connecting is its effect)
