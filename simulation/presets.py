"""The plant's presets: what makes them up, whom new values reach, who holds them."""

from collections.abc import Iterable

from accounts.presets import PresetKind, register
from simulation.models import FaultPreset, Plant, SpeedPreset
from simulation.models.actor import Actor


def spread_speed(preset: SpeedPreset, by: Actor | None) -> list[str]:
    """Give a preset's interval to the plants that run at it."""
    said = []
    for plant in Plant.objects.filter(speed_preset=preset):
        plant.set_speed(preset=preset, by=by)
        said.append(f"{plant} now takes a sample every {preset.interval_seconds:g} s.")
    return said


def holders_of_speeds(presets: Iterable[SpeedPreset]) -> list[str]:
    """Say which plants run at the presets."""
    return [
        f"{plant} runs at {plant.speed_preset.name}. Give it another speed first."
        for plant in Plant.objects.filter(speed_preset__in=list(presets)).select_related(
            "speed_preset"
        )
        if plant.speed_preset is not None
    ]


register(
    PresetKind(
        name="speed",
        model=SpeedPreset,
        fields=("slug", "name", "description", "interval_seconds"),
        spread=spread_speed,
        holders=holders_of_speeds,
    )
)
register(
    PresetKind(
        name="fault",
        model=FaultPreset,
        fields=(
            *("slug", "name", "description", "idvs"),
            *("start_after_hours", "end_after_hours"),
        ),
    )
)
