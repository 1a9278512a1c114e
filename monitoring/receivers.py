"""What happens when a plant moved or changed: a task is queued, nothing more."""

from typing import Any

from django.dispatch import receiver

from monitoring import branches, live, tasks
from monitoring.alarms import settling
from monitoring.signals import alarm_aged, alarm_raised, alarms_changed
from simulation.models import Plant
from simulation.signals import forecast_made, plant_branched, plant_changed, plant_sampled


@receiver(plant_sampled)
def analyse_what_is_new(plant_ids: list[int], **kwargs: Any) -> None:
    """Hint the detector that there are readings."""
    tasks.hint_analyse(plant_ids)


@receiver(plant_changed)
def show_the_change(plant_id: int, **kwargs: Any) -> None:
    """Show a new state, speed or run on the open pages."""
    settling.settle(plant_id)
    live.push_frame(plant_id)
    live.push_partials(plant_id, {"controls_changed": ""})
    for original in Plant.objects.filter(runs__branches__plant=plant_id).distinct():
        live.push_partials(original.pk, {"whatif_changed": ""})


@receiver(alarms_changed)
def show_the_alarms(plant_id: int, **kwargs: Any) -> None:
    """Tell the open pages that an alarm began, ended, or was dealt with."""
    live.push_partials(plant_id, {"alarms_changed": ""})


@receiver(forecast_made)
def show_the_forecast(plant_id: int, **kwargs: Any) -> None:
    """Show a new forecast on the open pages."""
    live.push_partials(plant_id, {"whatif_changed": ""})


@receiver(alarm_raised)
@receiver(alarm_aged)
def diagnose_the_alarm(alarm_id: int, **kwargs: Any) -> None:
    """Hint that an alarm can be diagnosed."""
    tasks.hint_diagnose(alarm_id)


@receiver(plant_branched)
def begin_where_the_past_ends(plant_id: int, **kwargs: Any) -> None:
    """Give a branch the past's scores, and let the detector begin after them."""
    branches.take_over(plant_id)
