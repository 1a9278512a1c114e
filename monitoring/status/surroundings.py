"""What all plants share: the broker, the pulses of the processes, and the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from monitoring.delivery import BrokerSurvey
from monitoring.status.judging import CLOCK_SILENCE_SECONDS, WORKER_SILENCE_SECONDS
from simulation.models import Pulse


@dataclass(frozen=True)
class Surroundings:
    """The broker and the processes at one moment."""

    survey: BrokerSurvey
    pulses: Mapping[str, Pulse]
    now: datetime

    @property
    def broker_error(self) -> str:
        """What is wrong with the broker in words, empty if it answers."""
        if not self.survey.error:
            return ""
        hint = (
            "make run starts it again by itself."
            if settings.BROKER_IS_EMBEDDED
            else "See the setting REDIS_URL."
        )
        return f"it does not answer ({self.survey.error}). {hint}"

    def seconds_since(self, moment: datetime | None) -> float | None:
        """Return the age of a moment in seconds."""
        return None if moment is None else (self.now - moment).total_seconds()

    def beaten_at(self, process: str) -> datetime | None:
        """Return when a process last showed that it works."""
        pulse = self.pulses.get(process)
        return pulse.beaten_at if pulse else None

    def error_of(self, process: str) -> tuple[str, datetime | None]:
        """Return what last went wrong in a process, and when."""
        pulse = self.pulses.get(process)
        return (pulse.error, pulse.failed_at) if pulse and pulse.error else ("", None)

    def has_fresh_error(self, process: str) -> bool:
        """Tell whether a process has not worked since its last error."""
        pulse = self.pulses.get(process)
        if pulse is None or pulse.failed_at is None:
            return False
        return pulse.beaten_at is None or pulse.failed_at > pulse.beaten_at

    @property
    def clock_silence(self) -> float | None:
        """Seconds since beat last worked; None if it never did."""
        return self.seconds_since(self.beaten_at("clock"))

    @property
    def clock_is_silent(self) -> bool:
        """Whether beat gives no sign of life."""
        silence = self.clock_silence
        return silence is None or silence > CLOCK_SILENCE_SECONDS

    def worker_silence(self, process: str) -> float | None:
        """Return how long a worker has not done what it was asked to; None if it never did.

        The sweeps that ask it come from beat: while beat is away, and until it has asked for a
        while, the worker's silence says nothing about the worker.
        """
        silence = self.seconds_since(self.beaten_at(process))
        asked = self.seconds_since(self.beaten_at("clock-steady"))
        if asked is None:
            return silence
        return asked if silence is None else min(silence, asked)

    def worker_is_silent(self, process: str) -> bool:
        """Tell whether a worker has missed three sweeps that a working beat asked for."""
        if self.clock_is_silent:
            return False
        silence = self.worker_silence(process)
        return silence is None or silence > WORKER_SILENCE_SECONDS
