"""The audit trail in words: what was done, from what, to what."""

from typing import Any

from accounts.models import AuditEntry
from simulation.in_force import VALVE
from simulation.models.reading import hours_at
from simulation.models.speed_preset import speed_words
from simulation.tep import SAMPLE_SECONDS

ACTIONS = {
    "plant-add": "Plant made",
    "plant-start": "Started",
    "plant-pause": "Paused",
    "plant-resume": "Resumed",
    "plant-stop": "Stopped",
    "plant-reset": "Reset",
    "plant-emergency-reset": "Emergency reset",
    "plant-speed": "Speed set",
    "plant-change": "Plant changed",
    "plant-delete": "Plant deleted",
    "fault-inject": "Fault injected",
    "fault-clear": "Fault cleared",
    "hand-take": "Taken by hand",
    "hand-give-back": "Given back",
    "detector-settings": "Detector settings",
    "detector-activate": "Detector activated",
    "detector-shadow": "Detector in the shadow",
    "asking-settings": "Asking settings",
    "branch-create": "Branch begun",
    "branch-delete": "Branch deleted",
}


def action_words(action: str) -> str:
    """Return an action's name for people; one that is not known as it is written."""
    return ACTIONS.get(action) or action.replace("-", " ").capitalize()


def sides(entry: AuditEntry) -> tuple[str, str]:
    """Return from what and to what, in words; empty where there was or is nothing."""
    if entry.action == "hand-take":
        return _before_hand(entry), _told(entry.after)
    return _told(entry.before), _told(entry.after)


def _told(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict):
        return str(value)
    if "interval_seconds" in value and "preset" in value:
        preset = f" ({value['preset']})" if value["preset"] else ""
        return f"{speed_words(value['interval_seconds'])}{preset}"
    if "faults" in value:
        return ", ".join(_fault(one) for one in value["faults"])
    if "hands" in value:
        return ", ".join(_hand(one) for one in value["hands"])
    if {"state", "run", "step"} <= set(value):
        return _life(value)
    return ", ".join(f"{name.replace('_', ' ')} {_plain(one)}" for name, one in value.items())


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _life(value: dict[str, Any]) -> str:
    if value["run"] is None:
        return str(value["state"])
    seed = f", seed {value['seed']}" if value["seed"] is not None else ""
    return f"{value['state']}, run {value['run']}{seed}, at step {value['step']}"


def _span(one: dict[str, Any]) -> str:
    end = "" if one["end_step"] is None else f" to {hours_at(one['end_step']):.2f} h"
    return f"from {hours_at(one['start_step']):.2f} h{end}"


def _fault(one: dict[str, Any]) -> str:
    size = "" if one["magnitude"] == 1.0 else f" at {one['magnitude']:g}"
    return f"IDV({one['idv']}){size} {_span(one)}"


def _hand(one: dict[str, Any]) -> str:
    minutes = one.get("ramp_steps", 0) * SAMPLE_SECONDS / 60
    over = f" over {minutes:g} min" if minutes else ""
    what = f"XMV({one['number']})" if one["kind"] == VALVE else f"set point {one['number']}"
    unit = " %" if one["kind"] == VALVE else ""
    return f"{what} at {one['value']:.5g}{unit}{over} {_span(one)}"


def _before_hand(entry: AuditEntry) -> str:
    before = entry.before or {}
    value, hand = before.get("value"), before.get("hand")
    if value is None:
        return ""
    return f"{value:.5g}, {'by hand' if hand else 'automatic'}"
