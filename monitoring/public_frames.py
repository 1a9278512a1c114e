"""What of a push a public link lets through: an open list, so that what is new stays in."""

from typing import Any

#: Keys of a plant that a stranger may see. Who paused it, its seed and its hands are none of them.
PLANT = (
    "id",
    "name",
    "source",
    "state",
    "run",
    "step",
    "sim_time_h",
    "interval_seconds",
    "sample_seconds",
)
TRUTH = ("active_idvs", "active_faults")
FRAME = (
    "type",
    "run",
    "follows",
    "follows_analysis",
    "more",
    "reset",
    "skipped",
    "readings",
    "analyses",
    "alarms",
)
#: Keys of an injection; by whom is none of them.
INJECTION = ("idv", "magnitude", "start_step", "end_step")


def public_plant(plant: dict[str, Any], truth: bool) -> dict[str, Any]:
    """Return what may be told of a plant; what was injected with `truth` only."""
    told = {name: plant[name] for name in PLANT}
    told |= {name: plant[name] if truth else [] for name in TRUTH}
    return {**told, "by_hand": [], "state_reason": ""}


def public_message(message: dict[str, Any], truth: bool) -> dict[str, Any] | None:
    """Return what may be told of a message to the pages; None for nothing."""
    if message.get("type") == "heartbeat":
        return {"type": "heartbeat", "time": message["time"]}
    if message.get("type") != "frame":
        return None
    told = {name: message[name] for name in FRAME if name in message}
    return {**told, "plant": public_plant(message["plant"], truth)}


def public_injection(injection: dict[str, Any]) -> dict[str, Any]:
    """Return what may be told of an injection where the link shows the truth."""
    return {name: injection[name] for name in INJECTION}
