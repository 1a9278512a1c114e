"""Application configuration."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class EarlierConfig(AppConfig):
    """The addresses of the earlier system, for one plant."""

    name = "earlier"
    verbose_name = _("Earlier interface")

    def ready(self) -> None:
        """Register the checks; programs that ask at these addresses get their errors as JSON."""
        from accounts import outage
        from earlier import checks  # noqa: F401  (registering is its effect)
        from earlier.urls import FIRST_PARTS

        if settings.LEGACY_API:
            outage.JSON_PREFIXES += [f"/{part}" for part in FIRST_PARTS]
