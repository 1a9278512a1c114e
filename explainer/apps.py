"""Application configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExplainerConfig(AppConfig):
    """Evidence, the embedded explainer, LLM providers, explanations."""

    name = "explainer"
    verbose_name = _("Explanations")

    def ready(self) -> None:
        """Listen to the control room."""
        from django.db.models.signals import post_migrate

        from explainer import receivers  # noqa: F401  (connecting is its effect)
        from explainer.prompts import store_built_in

        post_migrate.connect(store_built_in, sender=self)
