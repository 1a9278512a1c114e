"""What an event's claims were worth, held against what was injected."""

from dataclasses import dataclass

from explainer.models import Explanation
from monitoring.models import Alarm
from simulation.models import Injection
from simulation.models.plant import describe_idv
from simulation.models.reading import hours_at
from teplive.leaderboard.truth import causes_of, truth_of


@dataclass(frozen=True)
class Detection:
    """How long after its first step a fault was detected."""

    injection: Injection
    alarm: Alarm | None

    @property
    def label(self) -> str:
        """The fault in the field's words."""
        return f"IDV({self.injection.idv}) {describe_idv(self.injection.idv)}"

    @property
    def delay_steps(self) -> int | None:
        """Samples with the fault in force up to the one that raised the alarm, that one counted."""
        if self.alarm is None:
            return None
        return self.alarm.raised_step - self.injection.start_step + 1

    @property
    def delay_hours(self) -> float | None:
        """The same in process hours."""
        return None if self.delay_steps is None else hours_at(self.delay_steps)


@dataclass(frozen=True)
class Answer:
    """Where a diagnosis or an explanation put a cause that was true."""

    name: str
    ranked: list[int]
    truth: frozenset[int]
    supported: int = 0
    cited: int = 0
    explanation: Explanation | None = None

    @property
    def rank(self) -> int | None:
        """The place of the first true cause, 1 for the top; None if it is not named."""
        places = [place for place, idv in enumerate(self.ranked, 1) if idv in self.truth]
        return places[0] if places else None


def detections_of(injections: list[Injection], alarms: list[Alarm]) -> list[Detection]:
    """Return each fault with the first alarm raised while it was in force."""
    found = []
    for injection in injections:
        caught = (
            alarm
            for alarm in alarms
            if alarm.raised_step >= injection.start_step
            and (injection.end_step is None or alarm.raised_step <= injection.end_step)
        )
        found.append(Detection(injection, next(caught, None)))
    return found


def answers_of(alarms: list[Alarm], explanations: list[Explanation]) -> list[Answer]:
    """Return what diagnosis and explanations of each alarm were worth.

    Only where something was in force: else no cause is right, and the alarm is a false one.
    """
    found = []
    for alarm in alarms:
        truth = truth_of(alarm)
        if not truth:
            continue
        for one in alarm.diagnoses.all():
            name = f"diagnosis of alarm {alarm.pk}, {one.age} samples after it"
            found.append(Answer(name, [idv for idv, _ in one.ranking], truth))
        for told in explanations:
            if told.alarm_id == alarm.pk:
                found.append(
                    Answer(
                        name=f"explanation {told.pk} by {told.provider_title or told.provider}",
                        ranked=causes_of(told)[0],
                        truth=truth,
                        supported=told.supported,
                        cited=len(told.citations),
                        explanation=told,
                    )
                )
    return found
