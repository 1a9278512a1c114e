"""Application configuration."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TepliveConfig(AppConfig):
    """Composition; holds the checks and the commands that span all applications."""

    name = "teplive"
    verbose_name = _("TEP Live")

    def ready(self) -> None:
        """Register the checks of the settings, and what a new database file needs."""
        from teplive import checks  # noqa: F401  (registering is its effect)
        from teplive.sqlite_file import let_space_be_given_back

        # Sent for each application with models: once is enough.
        post_migrate.connect(let_space_be_given_back, sender=apps.get_app_config("accounts"))
