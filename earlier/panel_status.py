"""`/api/status` with the fields of the earlier panel beside those of `plants`."""

from typing import Any

from django.utils import timezone
from django.views.decorators.cache import never_cache
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import described
from earlier.access import LoopbackClient
from earlier.calls import EarlierCall
from earlier.figures import speed_factor
from earlier.plant import NoPlant, legacy_plant
from monitoring import schemas
from monitoring.status import plant_statuses
from monitoring.status.judging import CLOCK_SILENCE_SECONDS, WORKER_SILENCE_SECONDS
from simulation.ingest.counting import Outcome
from simulation.models import IngestCount, Plant, Pulse
from simulation.tep import SAMPLE_SECONDS
from simulation.tep.variables import N_IDV

#: The process that shows a stage's pulse, and after how much silence it counts as gone.
PROCESSES = {
    "clock": ("beat", CLOCK_SILENCE_SECONDS),
    "analyse": ("plant worker", WORKER_SILENCE_SECONDS),
    "explain": ("explain worker", WORKER_SILENCE_SECONDS),
}


class EarlierStatus(EarlierCall):
    """The status of every plant, as ever, and the earlier fields of the plant that is named."""

    permission_classes = [IsAuthenticated]

    @classmethod
    def as_call(cls) -> Any:
        """Return the view, never cached."""
        return never_cache(cls.as_view())

    @described("Reading", schemas.STATUSES, example=schemas.STATUSES_EXAMPLE)
    def get(self, request: Request) -> Response:
        """Give the status of every plant.

        The fields of the earlier system are added for the plant it is set to serve. A program of
        this machine without a token sees that plant alone.
        """
        plants = list(Plant.objects.select_related("current_run", "speed_preset"))
        missing: dict[str, Any] = {}
        try:
            plant: Plant | None = legacy_plant()
        except NoPlant as error:
            if isinstance(request.user, LoopbackClient):
                raise
            plant, missing = None, {"last_error": f"{error.detail} {error.hint}"}
        if plant is not None and isinstance(request.user, LoopbackClient):
            plants = [plant]
        told = plant_statuses(plants)
        mine = next((status for status in told if plant and status["id"] == plant.pk), None)
        fields = _fields(plant, mine) if plant is not None and mine is not None else missing
        return Response({"plants": told, "time": timezone.now().isoformat(), **fields})


def _fields(plant: Plant, now: dict[str, Any]) -> dict[str, Any]:
    """Return the earlier fields; null is what this system does not keep or has not got."""
    running = plant.state == Plant.State.RUNNING
    newest = plant.ingest_counts.order_by("-last_at").first()
    active = set(now["active_idvs"])
    factor = speed_factor(plant)
    return {
        "tep_running": running and plant.is_simulated,
        "current_step": plant.step,
        "step_interval_seconds": plant.interval_seconds if plant.is_simulated else None,
        "speed_mode": _mode(plant) if plant.is_simulated else None,
        "current_preset": now["analysis_preset"],
        "speed_factor": factor,
        "simulation_speed_factor": factor,
        "use_accelerated_simulation": None if factor is None else factor > 1,
        "raw_data_points": now["readings"],
        "pca_data_points": now["analyses"],
        "llm_data_points": now["explanations"],
        "last_loop_at": plant.sampled_at.isoformat() if plant.sampled_at else None,
        "last_ingest_at": newest.last_at.isoformat() if newest and newest.last_at else None,
        "last_ingest_ok": newest.outcome in Outcome.STORED if newest else None,
        "last_ingest_info": _info(newest) if newest else None,
        "last_error": now["stall"] or _first_error(now["stages"]),
        "csv_rows": None,
        "csv_bytes": None,
        "backend_aggregated_count": now["analyses"],
        "backend_live_buffer": now["analyses"],
        "active_processes": _processes(),
        "backend_running": True,
        "frontend_running": True,
        "bridge_running": None if plant.is_simulated else running and _is_fed(plant),
        "idv_values": [int(n in active) for n in range(1, N_IDV + 1)],
    }


def _mode(plant: Plant) -> str:
    if plant.interval_seconds == SAMPLE_SECONDS:
        return "real"
    preset = plant.speed_preset
    return preset.slug if preset else "custom"


def _info(newest: IngestCount) -> dict[str, Any]:
    return {
        "outcome": newest.outcome,
        "count": newest.count,
        "detail": "" if newest.outcome in Outcome.STORED else newest.last_detail,
    }


def _first_error(stages: dict[str, dict[str, Any]]) -> str | None:
    return next((stage["error"] for stage in stages.values() if stage["error"]), None)


def _processes() -> list[str]:
    """Return the processes that have shown a sign of life lately; this one answers anyway."""
    found = ["web"]
    for stage, (name, silence) in PROCESSES.items():
        age = Pulse.age(stage)
        if age is not None and age.total_seconds() <= silence:
            found.append(name)
    return found


def _is_fed(plant: Plant) -> bool:
    """Whether a row came within three of the plant's intervals, or 10 s."""
    if plant.sampled_at is None:
        return False
    age = (timezone.now() - plant.sampled_at).total_seconds()
    return age <= max(3 * plant.interval_seconds, 10.0)
