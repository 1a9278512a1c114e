"""The detector's presets: what makes them up, whom new values reach, who holds them."""

from collections.abc import Iterable

from accounts.presets import PresetKind, register
from monitoring.forms import save_settings
from monitoring.models import AlarmDefinition, AnalysisPreset, DetectorSettings
from simulation.models.actor import Actor


def spread_rule(preset: AnalysisPreset, by: Actor | None) -> list[str]:
    """Give a preset's values to the plants that are set to it."""
    said = []
    for settings in DetectorSettings.objects.filter(preset=preset).select_related("plant"):
        settings.apply(preset)
        save_settings(settings, AnalysisPreset.RULE_FIELDS, by=by)
        said.append(f"The detector of {settings.plant} took the values over.")
    return said


def holders_of_rules(presets: Iterable[AnalysisPreset]) -> list[str]:
    """Say whose detectors are set to the presets."""
    held = DetectorSettings.objects.filter(preset__in=list(presets))
    return [
        f"The detector of {settings.plant} is set to {settings.preset}. Give it another one first."
        for settings in held.select_related("plant", "preset")
    ]


register(
    PresetKind(
        name="analysis",
        model=AnalysisPreset,
        fields=("slug", "name", "description", *AnalysisPreset.RULE_FIELDS),
        spread=spread_rule,
        holders=holders_of_rules,
    )
)
register(
    PresetKind(
        name="alarm",
        model=AlarmDefinition,
        key=("code",),
        fields=(
            *("code", "name", "plant", "source", "kind", "tag", "limit", "reference", "deadband"),
            *("on_delay", "off_delay", "window", "priority", "is_latching"),
            *("cause", "consequence", "response", "time_to_respond"),
            *("suppress_while", "suppress_tag", "suppress_value", "suppress_alarm"),
        ),
        references={"plant": "name", "suppress_alarm": "code"},
    )
)
