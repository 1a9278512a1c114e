"""`GET /status` and `/metrics.json`: the counters of the earlier backend."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.models import Retraining
from explainer.models import ProviderConfig
from monitoring.models import DetectorModel, DetectorSettings
from monitoring.status import status_of
from simulation.models import Plant
from simulation.tep import SAMPLE_SECONDS


def speed_factor(plant: Plant) -> float | None:
    """Return how many times as fast as itself a simulated plant runs; None for a fed one."""
    return SAMPLE_SECONDS / plant.interval_seconds if plant.is_simulated else None


def n_features(model: DetectorModel | None) -> int | None:
    """Return how many variables the detector in use watches."""
    return model.variables if model else None


@call("GET")
def status(request: Request, plant: Plant) -> Response:
    """Tell whether the plant runs and how far it has come."""
    now = status_of(plant).as_json()
    running = plant.state == Plant.State.RUNNING
    providers = ProviderConfig.in_use()
    return Response(
        {
            "running": running,
            "backend_running": True,
            "simulation_running": running and plant.is_simulated,
            "simulation_speed_factor": speed_factor(plant),
            "llm_enabled": any(provider.is_remote for provider in providers),
            "aggregated_count": now["analyses"],
            "live_buffer": now["analyses"],
            "live_buffer_size": now["analyses"],
            "t2_threshold": now["t2_threshold"],
            "models": [provider.name for provider in providers],
            "plant": plant.name,
            "state": plant.state,
            "state_reason": plant.state_reason,
            "run": now["run"],
            "step": now["step"],
            "stall": now["stall"],
        }
    )


@call("GET")
def metrics(request: Request, plant: Plant) -> Response:
    """Give the settings that count and how many points were scored."""
    settings = DetectorSettings.of(plant)
    model = settings.detector_in_use()
    now = status_of(plant)
    values: dict[str, Any] = {
        "aggregated_count": now.facts.analyses,
        "live_buffer": now.facts.analyses,
        "decimation_N": settings.decimation,
        "pca_window": settings.window,
        "consecutive_anomalies_required": settings.consecutive,
        "llm_min_interval_seconds": settings.min_explanation_seconds,
        "baseline_features": n_features(model),
        "detector": str(model) if model else None,
        "alpha": settings.alpha,
        "retraining": Retraining.newest_as_json(),
    }
    return Response(values)
