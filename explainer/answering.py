"""From evidence to an answer: the embedded explainer here, language models behind their protocols.

Knows nothing of rows under way: `explaining` decides who is asked when and stores what came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explainer import embedded
from explainer.answers import NotAnAnswer, StructuredAnswer, parse_answer, schema
from explainer.matching import match_signatures
from explainer.models import PromptVersion, ProviderConfig
from explainer.prompts import Prompt, build_prompt
from explainer.providers import Message, ProviderError, Request

CUT_OFF = "\n\n*The answer was cut off here: it reached the limit of its length.*"


@dataclass(frozen=True)
class Answer:
    """An explanation in Markdown and in its parts, and what it took."""

    text: str
    structured: StructuredAnswer
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None


def prompt_for(config: ProviderConfig, evidence: dict[str, Any]) -> Prompt:
    """Return what the provider is sent. Raises ProviderError for a style without a version."""
    version = PromptVersion.active(config.prompt_style)
    if version is None:
        raise ProviderError(
            f"No prompt of the style {config.prompt_style!r} is active. Choose another style for "
            f"{config.title} in the admin, under Providers, or activate a version of this one."
        )
    return build_prompt(
        version, evidence, match_signatures(evidence), with_diagnosis=config.with_diagnosis
    )


def answer_embedded(evidence: dict[str, Any]) -> Answer:
    """Return what the embedded explainer says: the same of the same evidence."""
    text, structured = embedded.explain(evidence)
    return Answer(text, structured, embedded.MODEL)


def answer_remote(config: ProviderConfig, prompt: Prompt, on_text: Callable[[str], None]) -> Answer:
    """Ask a language model. Raises ProviderError, Cancelled."""
    provider = config.provider()
    request = Request(prompt.system, (Message("user", prompt.user),), schema())
    reply = provider.ask(request, on_text)
    try:
        structured = parse_answer(reply.text)
    except NotAnAnswer as problem:
        why = "it was cut off at the limit of its length" if reply.is_cut else str(problem)
        raise Unusable(
            f"The answer of {config.title} has not the form that was asked for: {why}. Ask again, "
            "raise the longest answer, or choose another form of answers or model.",
            reply.tokens_in,
            reply.tokens_out,
        ) from None
    return Answer(
        structured.as_markdown() + (CUT_OFF if reply.is_cut else ""),
        structured,
        reply.model[:80],
        reply.tokens_in,
        reply.tokens_out,
    )


class Unusable(ProviderError):
    """An answer came, and was paid for, but it cannot be used."""

    def __init__(self, message: str, tokens_in: int | None, tokens_out: int | None) -> None:
        super().__init__(message)
        self.tokens_in, self.tokens_out = tokens_in, tokens_out
