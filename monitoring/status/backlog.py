"""How far the detector is behind, and how fast things move: all from bounded queries."""

from dataclasses import dataclass
from datetime import datetime

from monitoring.models import Analysis, AnalysisCursor, DetectorSettings
from simulation.models import Plant, Reading

#: Up to here unscored readings are counted; beyond, the distance of the steps is told instead.
COUNTED = 2000
#: The newest so many make a rate.
RECENT = 20


@dataclass(frozen=True)
class Backlog:
    """Good readings that are not scored, and the times of the newest readings and analyses."""

    unread: int = 0
    block_complete_at: datetime | None = None
    reading_times: tuple[datetime, ...] = ()
    analysis_times: tuple[datetime, ...] = ()


def backlog_of(plant: Plant, cursor: AnalysisCursor | None, settings: DetectorSettings) -> Backlog:
    """Return the plant's backlog in its present run."""
    if plant.current_run_id is None:
        return Backlog()
    run_id = plant.current_run_id
    read = cursor.step if cursor and cursor.run_id == run_id else 0
    unread, complete_at = 0, None
    if plant.step > read:
        # A bad reading is never scored, so it does not wait; steps of a fed plant may have gaps.
        waiting = Reading.objects.filter(run=run_id, step__gt=read, quality="").order_by("step")
        unread = waiting[: COUNTED + 1].count()
        if unread > COUNTED:
            unread = plant.step - read
        if unread >= settings.decimation:
            nth = settings.decimation - 1
            complete_at = waiting.values_list("sampled_at", flat=True)[nth]
    readings = Reading.objects.filter(run=run_id).order_by("-step")
    analyses = Analysis.objects.filter(run=run_id).order_by("-step")
    return Backlog(
        unread=unread,
        block_complete_at=complete_at,
        reading_times=tuple(readings.values_list("sampled_at", flat=True)[:RECENT]),
        analysis_times=tuple(analyses.values_list("analysed_at", flat=True)[:RECENT]),
    )
