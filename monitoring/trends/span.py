"""Which steps of which run a view shows: what a picture or an export of it needs."""

from datetime import UTC, datetime, timedelta

from monitoring.trends.places import Source
from monitoring.trends.series import step_at
from monitoring.trends.view import PROCESS, View
from simulation.models import Reading
from simulation.tep import SAMPLE_SECONDS


def steps_of(view: View, sources: dict[str, Source], key: str = "") -> tuple[int, int]:
    """Return first and last step of a source in its own numbers; last before first for nothing."""
    source, under = sources[key], sources[""]
    if source.ends is None:
        return 1, 0
    if view.axis == PROCESS:
        first, last = _by_process_time(view, under)
        first, last = first - source.shift, last - source.shift
    else:
        since, until = _wall_times(view, under)
        first = 1 if since is None else step_at(source.run, since, source.ends)
        last = source.ends.newest if until is None else step_at(source.run, until, source.ends)
    low, high = max(first, source.ends.first), min(last, source.ends.newest)
    return low, max(high, low - 1)


def _by_process_time(view: View, under: Source) -> tuple[int, int]:
    if view.ends is not None:
        first, last = (end * 3600 / SAMPLE_SECONDS for end in view.ends)
        return -int(-first // 1), int(last)
    newest = 0 if under.ends is None else under.ends.newest
    return 1 if view.seconds is None else newest - int(view.seconds / SAMPLE_SECONDS), newest


def _wall_times(view: View, under: Source) -> tuple[datetime | None, datetime | None]:
    if view.ends is not None:
        return datetime.fromtimestamp(view.ends[0], UTC), datetime.fromtimestamp(view.ends[1], UTC)
    if view.seconds is None or under.ends is None:
        return None, None
    stored = Reading.objects.filter(run=under.run, step=under.ends.newest)
    newest = stored.values_list("sampled_at", flat=True).get()
    return newest - timedelta(seconds=view.seconds), newest
