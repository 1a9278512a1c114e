"""The answers to one alarm side by side: the newest finished one of each explainer."""

from collections import Counter
from dataclasses import dataclass

from explainer.models import Explanation
from monitoring.models import Alarm


@dataclass(frozen=True)
class Comparison:
    """What the explainers say, and where they agree."""

    answers: list[Explanation]
    under_way: list[Explanation]
    failed: list[Explanation]
    consensus: str
    """The first cause that more than half of at least two answers name; empty without one."""

    @property
    def words(self) -> str:
        """Agreement or not, in a sentence."""
        count = len(self.answers)
        if count < 2:
            return (
                "One explainer has answered, so there is nothing to compare yet." if count else ""
            )
        agreeing = sum(first_cause(one) == self.consensus for one in self.answers)
        if not self.consensus:
            return f"The {count} explainers disagree: no cause is named first by more than half."
        if agreeing == count:
            return f"{'Both' if count == 2 else f'All {count}'} name {self.consensus} first."
        return f"{agreeing} of {count} name {self.consensus} first; the others are marked."


def first_cause(explanation: Explanation) -> str:
    """Return the cause that an answer names first; empty if it names none."""
    return str(explanation.causes[0]["cause"]) if explanation.causes else ""


def compare(alarm: Alarm) -> Comparison:
    """Return the comparison of an alarm's answers."""
    found = alarm.explanations.select_related("run", "spending", "requested_by")
    newest: dict[str, Explanation] = {}
    for one in found.defer("evidence", "prompt").order_by("created_at", "pk"):
        # A finished answer stands until a newer one is finished.
        if (
            one.status == Explanation.Status.DONE
            or one.provider not in newest
            or newest[one.provider].status != Explanation.Status.DONE
        ):
            newest[one.provider] = one
    answers = [one for one in newest.values() if one.status == Explanation.Status.DONE]
    counted = Counter(filter(None, map(first_cause, answers))).most_common(1)
    cause, votes = counted[0] if counted else ("", 0)
    agrees = len(answers) >= 2 and 2 * votes > len(answers)
    return Comparison(
        answers,
        [one for one in newest.values() if one.is_under_way],
        [one for one in newest.values() if one.status == Explanation.Status.FAILED],
        cause if agrees else "",
    )
