"""From wall time to the step of a run."""

from datetime import datetime

from simulation.models import Reading, Run


def first_step_since(run: Run, moment: datetime) -> int | None:
    """Return the first stored step that was sampled at the moment or later, None for none.

    The wall time of readings has no index, but grows with the step: the step is searched for, in
    as many small queries as the number of readings has binary digits.
    """
    rows = Reading.objects.filter(run=run).order_by("step").values_list("step", "sampled_at")
    last = rows.last()
    if last is None or last[1] < moment:
        return None
    low, high = 0, int(last[0])  # the step looked for is over `low`, and at most `high`
    while True:
        step, at = rows.filter(step__gt=(low + high) // 2)[0]
        if at < moment:
            low = int(step)
            continue
        earlier = rows.filter(step__gt=low, step__lt=step).last()
        if earlier is None or earlier[1] < moment:
            return int(step)
        high = int(earlier[0])
