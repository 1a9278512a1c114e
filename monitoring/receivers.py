"""What happens when a plant moved or changed: a task is queued, nothing more."""

from typing import Any

from django.dispatch import receiver

from monitoring import live, tasks
from simulation.signals import plant_changed, plant_sampled


@receiver(plant_sampled)
def analyse_what_is_new(plant_ids: list[int], **kwargs: Any) -> None:
    """Hint the detector that there are readings."""
    tasks.hint_analyse(plant_ids)


@receiver(plant_changed)
def show_the_change(plant_id: int, **kwargs: Any) -> None:
    """Show a new state, speed or run on the open pages."""
    live.push_frame(plant_id)
    live.push_partials(plant_id, {"controls_changed": ""})
