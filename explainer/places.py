"""The places for calls to other machines: fewer than the worker's threads, so one is always free.

However slow the language models are, the embedded explanations find a thread.
"""

from collections.abc import Callable

from django.db import transaction

from explainer.models import EMBEDDED, Explanation, Question
from simulation.models import Pulse

REMOTE_AT_ONCE = 4
#: The row whose lock makes counting and claiming a single act.
GATE = "remote"


def take_place(claim: Callable[[], bool]) -> bool:
    """Claim while a place is free. Returns whether the claim succeeded."""
    with transaction.atomic():
        # Without the lock two workers would count the same.
        Pulse.objects.get_or_create(pk=GATE)
        Pulse.objects.select_for_update().get(pk=GATE)
        explanations = Explanation.objects.remote().filter(status=Explanation.Status.RUNNING)
        questions = Question.objects.exclude(provider=EMBEDDED).filter(
            status=Question.Status.RUNNING
        )
        return explanations.count() + questions.count() < REMOTE_AT_ONCE and claim()
