"""The test of a provider: one short question in the form that explanations have."""

import time

from explainer import budget
from explainer.answers import parse_answer, schema
from explainer.embedded import MODEL
from explainer.models import ProviderConfig
from explainer.providers import Message, ProviderError, Request

SYSTEM = "You test a connection. Answer with one JSON object of the form that is asked for."
#: Somebody waits before the page.
LONGEST_SECONDS = 20.0
QUESTION = (
    'Answer {"summary": "It works.", "causes": [{"cause": "no fault", "confidence": 1, "story": '
    '"A test.", "citations": []}], "not_explained": "", "checks": [], "actions": []}.'
)


def try_out(config: ProviderConfig) -> str:
    """Return what came of it in words. Raises ProviderError, NotAnAnswer, OverBudget."""
    if not config.is_remote:
        return f"{config.title} ({MODEL}) needs no connection: it works as long as the server does."
    if config.missing:
        raise ProviderError(config.missing)
    config.timeout_seconds = min(config.timeout_seconds, LONGEST_SECONDS)  # here, not in its row
    began = time.monotonic()
    spending = budget.reserve(config, None, len(SYSTEM + QUESTION))
    request = Request(SYSTEM, (Message("user", QUESTION),), schema())
    try:
        reply = config.provider().ask(request)
    except ProviderError as error:
        budget.release(spending)
        config.note_failure(error)
        raise
    budget.settle(spending, config, reply.tokens_in, reply.tokens_out)
    config.note_success()
    parse_answer(reply.text)
    seconds = time.monotonic() - began
    return (
        f"{config.title} answered in {seconds:.1f} s as {reply.model}, in the form "
        f"that is asked for; {reply.tokens_in or '?'} tokens in, {reply.tokens_out or '?'} out."
    )
