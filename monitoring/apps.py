"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    """Detector, analyses, alarms, live pages."""

    name = "monitoring"
    verbose_name = _("Monitoring")

    def ready(self) -> None:
        """Listen to the plants, declare the presets, and tell how settings are taken back."""
        from django.db.models.signals import post_migrate

        from monitoring import presets, receivers, undoing  # noqa: F401  (effects on import)
        from monitoring.alarms.built_in import store_built_in

        post_migrate.connect(store_built_in, sender=self)
        undoing.register_all()
