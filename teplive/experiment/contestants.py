"""Who is scored: explainers, and two baselines, asked the same question in the same way."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from explainer import budget
from explainer.answering import Answer, Unusable, answer_embedded, answer_remote, prompt_for
from explainer.answers import StructuredAnswer
from explainer.models import ProviderConfig
from explainer.models.provider_config import EMBEDDED
from explainer.prompts import Prompt
from explainer.providers import ProviderError
from teplive.experiment.cases import Moment
from teplive.experiment.lookup import Usual, leading_tags, ranked_by

CONTRIBUTIONS, CLASSIFIER = "contributions", "classifier"
BUILT_IN = (EMBEDDED, CONTRIBUTIONS, CLASSIFIER)
ATTEMPTS, LONGEST_PAUSE_SECONDS = 3, 60.0


class NotAskable(Exception):
    """A provider cannot take part; the message names the remedy."""


class Stopped(Exception):
    """A provider is not asked any further; the message says why.

    `cost` is what an answer that broke off may have cost, in USD.
    """

    def __init__(self, message: str, cost: Decimal = Decimal(0)) -> None:
        super().__init__(message)
        self.cost = cost


class Interrupted(KeyboardInterrupt):
    """Somebody pressed Ctrl-C while an answer came, which may have cost `cost` USD already."""

    def __init__(self, cost: Decimal) -> None:
        super().__init__()
        self.cost = cost


@dataclass(frozen=True)
class Reply:
    """What a contestant said: causes with the likeliest first (0: none of the list), and its text.

    `cost` is in USD, None where nothing is paid or no price is known. `failure` says why an answer
    that was asked for, and perhaps paid for, cannot be used.
    """

    ranked: tuple[int, ...]
    probability: float | None
    model: str
    seconds: float
    text: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: Decimal | None = None
    failure: str = ""


class Contestant(Protocol):
    """Names the cause of a moment."""

    name: str

    def ask(self, moment: Moment, spent: Decimal) -> Reply:
        """Answer, after `spent` USD. Raises Stopped."""
        ...


class Embedded:
    """The embedded explainer."""

    name = EMBEDDED

    def ask(self, moment: Moment, spent: Decimal) -> Reply:
        """Answer from the evidence."""
        begun = time.perf_counter()
        answer = answer_embedded(moment.evidence)
        return _reply(answer, time.perf_counter() - begun)


class Classifier:
    """The trained classifier alone; its time is that of the diagnosis."""

    name = CLASSIFIER

    def __init__(self, title: str) -> None:
        self.title = title

    def ask(self, moment: Moment, spent: Decimal) -> Reply:
        """Give the ranking that the diagnosis has made already."""
        found = moment.diagnosis
        ranking = found.ranking if found is not None else []
        return Reply(
            tuple(idv for idv, _ in ranking[:3]),
            float(ranking[0][1]) if ranking else None,
            self.title,
            moment.diagnosis_seconds,
        )


class Contributions:
    """The lookup of usual leading tags; it states no probability."""

    name = CONTRIBUTIONS

    def __init__(self, usual: Usual) -> None:
        self.usual = usual

    def ask(self, moment: Moment, spent: Decimal) -> Reply:
        """Look the leading tags up."""
        begun = time.perf_counter()
        ranked = ranked_by(self.usual, leading_tags(moment.case))[:3]
        return Reply(tuple(ranked), None, "lookup", time.perf_counter() - begun)


class Remote:
    """A language model, asked as the product asks it, within this experiment's budget."""

    def __init__(self, config: ProviderConfig, most: Decimal | None) -> None:
        if config.missing:
            raise NotAskable(f"{config.name} ({config.title}) is not set up. {config.missing}")
        if most is not None and None in (config.price_in, config.price_out):
            raise NotAskable(
                f"The prices of {config.name} ({config.title}) are not known, so --budget cannot "
                "hold. Give both in the admin, under Providers, or leave --budget away."
            )
        self.name, self.config, self.most = config.name, config, most

    def ask(self, moment: Moment, spent: Decimal) -> Reply:
        """Ask over the network; a refusal for the moment is tried again. Raises Stopped."""
        config = self.config
        try:
            prompt = prompt_for(config, moment.evidence)
        except ProviderError as error:
            raise Stopped(str(error)) from error
        characters = len(str(prompt))
        self._check(characters, spent)
        begun = time.perf_counter()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(prompt, characters, begun)
            except ProviderError as error:
                wait = error.retry_after_seconds
                if wait is None or wait > LONGEST_PAUSE_SECONDS or attempt == ATTEMPTS:
                    raise Stopped(str(error)) from error
                time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, prompt: Prompt, characters: int, begun: float) -> Reply:
        """Ask once. Raises Stopped, Interrupted; ProviderError where nothing was paid."""
        config, heard = self.config, False

        def hear(text: str) -> None:
            nonlocal heard
            heard = True

        try:
            spending = budget.reserve(config, None, characters)
        except budget.OverBudget as error:
            raise Stopped(str(error)) from error
        try:
            answer = answer_remote(config, prompt, hear)
        except Unusable as error:  # it counts: an answer in another form names no cause
            budget.settle(spending, config, error.tokens_in, error.tokens_out)
            return Reply(
                (), None, config.model, time.perf_counter() - begun, "", error.tokens_in,
                error.tokens_out, spending.cost, str(error),
            )  # fmt: skip
        except ProviderError as error:
            if heard:  # it may be paid for
                budget.settle(spending, config, None, None)
                raise Stopped(str(error), spending.estimate) from error
            budget.release(spending)
            raise
        except KeyboardInterrupt as stop:
            budget.settle(spending, config, None, None)
            raise Interrupted(spending.estimate) from stop
        budget.settle(spending, config, answer.tokens_in, answer.tokens_out)
        return _reply(answer, time.perf_counter() - begun, spending.cost)

    def _check(self, characters: int, spent: Decimal) -> None:
        most = self.config.cost(
            round(characters / budget.CHARACTERS_PER_TOKEN), self.config.max_tokens
        )
        if self.most is not None and most is not None and spent + most > self.most:
            raise Stopped(
                f"{spent:.4f} of {self.most} USD is spent on {self.name} in this experiment, and "
                f"one more answer may cost {most:.4f}. Raise --budget to go on."
            )


def remote(name: str, most: Decimal | None) -> Remote:
    """Return the configured provider of a name. Raises NotAskable."""
    config = ProviderConfig.objects.filter(name=name).first()
    if config is None or not config.is_remote:
        raise NotAskable(
            f"There is no provider {name!r}. There are: {', '.join(known_names())}. Another one "
            "can be added in the admin, under Providers."
        )
    return Remote(config, most)


def known_names() -> list[str]:
    """Return every name that can be asked for."""
    configured: Iterable[Any] = ProviderConfig.objects.order_by("pk")
    return [*BUILT_IN, *(config.name for config in configured if config.is_remote)]


def _reply(answer: Answer, seconds: float, cost: Decimal | None = None) -> Reply:
    ranked, probability = _causes(answer.structured)
    return Reply(
        ranked, probability, answer.model, seconds, answer.text, answer.tokens_in,
        answer.tokens_out, cost,
    )  # fmt: skip


def _causes(answer: StructuredAnswer) -> tuple[tuple[int, ...], float | None]:
    causes = answer.causes[:3]
    return tuple(cause.idv or 0 for cause in causes), causes[0].confidence if causes else None
