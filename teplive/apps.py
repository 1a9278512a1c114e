"""Application configuration."""

from django.apps import AppConfig


class TepliveConfig(AppConfig):
    """Composition; holds the checks and the commands that span all applications."""

    name = "teplive"
    verbose_name = "TEP Live"

    def ready(self) -> None:
        """Register the checks of the settings."""
        from teplive import checks  # noqa: F401  (registering is its effect)
