"""Application configuration."""

from django.apps import AppConfig


class ExplainerConfig(AppConfig):
    """Evidence, the embedded diagnosis, LLM providers, explanations."""

    name = "explainer"
    verbose_name = "Explanations"

    def ready(self) -> None:
        """Listen to the control room."""
        from explainer import receivers  # noqa: F401  (connecting is its effect)
