"""Which event an alarm belongs to, and when an event is over."""

from collections.abc import Mapping

from monitoring.alarms.moment import Moment
from monitoring.models import AlarmOccurrence, EventFrame
from simulation.models import Plant

#: Steps of 3 min without activity after which an event without an active alarm is over: an hour.
QUIET_STEPS = 20


class Events:
    """The open event of a plant whose alarms are locked."""

    def __init__(self, plant: Plant, standing: Mapping[int, AlarmOccurrence]) -> None:
        self._plant, self._standing = plant, standing
        self._open = EventFrame.objects.filter(plant=plant, closed_at__isnull=True).first()
        #: The first-out of each event that began in this transaction, by the event's number.
        self._first: list[tuple[EventFrame, AlarmOccurrence]] = []

    def join(self, one: AlarmOccurrence, moment: Moment) -> None:
        """Add an alarm that becomes active to the open event, or open one with it as first-out."""
        self._open = self._close_if_over(moment, besides=one)
        if self._open is None and moment.run is not None:
            self._open = EventFrame.objects.create(
                plant=self._plant, run=moment.run,
                opened_step=moment.step, opened_at=moment.at,
                last_step=moment.step, last_at=moment.at,
            )  # fmt: skip
            one.is_first_out = True
            self._first.append((self._open, one))
        elif one.event_id != getattr(self._open, "pk", None):
            one.is_first_out = False
        one.event = self._open
        self._touch(moment)

    def note_activity(self, one: AlarmOccurrence, moment: Moment) -> None:
        """An alarm of an event has returned."""
        if self._open is not None and one.event_id == self._open.pk:
            self._touch(moment)

    def _close_if_over(
        self, moment: Moment, besides: AlarmOccurrence | None = None
    ) -> EventFrame | None:
        """Return the event if further alarms may join it, else close it and return None.

        It is over when its run is, or when none of its alarms is active and it has been quiet.
        """
        event = self._open
        if event is None:
            return None
        of_this_run = moment.run is not None and moment.run.pk == event.run_id
        is_quiet = moment.step - event.last_step > QUIET_STEPS and not any(
            one.is_active and one.event_id == event.pk and one is not besides
            for one in self._standing.values()
        )
        if of_this_run and not is_quiet:
            return event
        event.closed_step, event.closed_at = event.last_step, event.last_at
        event.save()
        return None

    def close_if_over(self, moment: Moment) -> None:
        """Close the open event if it is over."""
        self._open = self._close_if_over(moment)

    def _touch(self, moment: Moment) -> None:
        if self._open is not None and moment.run is not None and moment.run.pk == self._open.run_id:
            self._open.last_step = max(self._open.last_step, moment.step)
            self._open.last_at = max(self._open.last_at, moment.at)

    def save(self) -> None:
        """Write it, after the alarms have been."""
        for event, first in self._first:
            event.first_out = first
            if event is not self._open:
                event.save(update_fields=["first_out"])
        self._first = []
        if self._open is not None:
            self._open.save()
