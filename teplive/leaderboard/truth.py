"""What was really the matter when an alarm was raised.

Only the composition knows explanations and injections both: the explainer never sees what was done
to the plant, and must not, or its explanations would be worth nothing.
"""

import re

from explainer.answers import Cause
from explainer.models import Explanation
from monitoring.models import Alarm

#: A ranked cause in a text: how every explainer is asked to write them.
_RANKED = re.compile(r"^\s*(\d)\.\s+\*\*.*?IDV\((\d{1,2})\)", re.MULTILINE)
_PROBABILITY = re.compile(r"^\s*1\.\s+\*\*.*?probability (\d{1,3}) %", re.MULTILINE)


def truth_of(alarm: Alarm) -> frozenset[int]:
    """Return the IDVs in force between the alarm's onset and its raising; empty for none."""
    found = alarm.run.injections.open_after(alarm.onset_step).filter(
        start_step__lte=alarm.raised_step
    )
    return frozenset(found.values_list("idv", flat=True))


def causes_of(answer: Explanation) -> tuple[list[int], float | None]:
    """Return the IDVs that an answer ranks, and the probability that it gives the first."""
    if not answer.causes:  # from before answers had parts
        return ranked_causes(answer.text), stated_probability(answer.text)
    ranked = [Cause.model_validate(cause).idv for cause in answer.causes]
    return [idv or 0 for idv in ranked], answer.causes[0].get("confidence")


def ranked_causes(text: str) -> list[int]:
    """Return the IDVs that a text ranks, the likeliest first, each once."""
    return list(dict.fromkeys(int(idv) for _, idv in _RANKED.findall(text)))


def stated_probability(text: str) -> float | None:
    """Return the probability that a text gives its first cause; None if it gives none."""
    found = _PROBABILITY.search(text)
    return int(found[1]) / 100.0 if found else None
