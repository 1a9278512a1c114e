"""What happens when a plant moved or changed: a task is queued, nothing more."""

from typing import Any

from django.dispatch import receiver

from monitoring import branches, live, tasks
from simulation.signals import plant_branched, plant_changed, plant_sampled


@receiver(plant_sampled)
def analyse_what_is_new(plant_ids: list[int], **kwargs: Any) -> None:
    """Hint the detector that there are readings."""
    tasks.hint_analyse(plant_ids)


@receiver(plant_changed)
def show_the_change(plant_id: int, **kwargs: Any) -> None:
    """Show a new state, speed or run on the open pages."""
    live.push_frame(plant_id)
    live.push_partials(plant_id, {"controls_changed": ""})


@receiver(plant_branched)
def begin_where_the_past_ends(plant_id: int, **kwargs: Any) -> None:
    """Give a branch the past's scores, and let the detector begin after them."""
    branches.take_over(plant_id)
