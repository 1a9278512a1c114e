"""What happens when an alarm is raised, and what the explainer tells of itself."""

from typing import Any

from django.dispatch import receiver

from explainer import display, tasks
from monitoring.signals import alarm_raised, status_requested
from simulation.models import Plant


@receiver(alarm_raised)
def explain_the_alarm(alarm_id: int, **kwargs: Any) -> None:
    """Hint the explainer that there is an alarm."""
    tasks.hint_alarm(alarm_id)


@receiver(status_requested)
def tell_of_explanations(plants: list[Plant], **kwargs: Any) -> dict[int, dict[str, Any]]:
    """Give counts, the newest explanation and the newest error of each plant's present run."""
    return display.facts_of(plants)
