"""What every provider of explanations offers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar


class ProviderError(Exception):
    """No explanation could be had. The message says cause and remedy, and holds no secret.

    `retry_after_seconds` is set where the same request may well succeed a little later.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Prompt:
    """What a language model is sent."""

    version: str
    system: str
    user: str

    def __str__(self) -> str:
        return f"[{self.version}]\n\n# System\n{self.system}\n\n# User\n{self.user}"


@dataclass(frozen=True)
class Answer:
    """An explanation in Markdown, and what it took."""

    text: str
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None


class Provider(ABC):
    """One way to an explanation."""

    name: ClassVar[str]
    title: ClassVar[str]
    #: Whether it calls another machine: such calls are slow, may fail, and are limited in number.
    is_remote: ClassVar[bool] = False
    #: What makes it available, said where it is not.
    setup_hint: ClassVar[str] = ""

    @property
    @abstractmethod
    def model(self) -> str:
        """The name of the model."""

    @abstractmethod
    def is_configured(self) -> bool:
        """Whether it can be asked at all."""

    @abstractmethod
    def explain(self, evidence: dict[str, Any], prompt: Prompt) -> Answer:
        """Return the explanation. Raises ProviderError."""
