"""What every language model offers: one streamed exchange, whatever its protocol. No Django."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, ClassVar
from urllib.parse import urlsplit

#: Called with the whole text so far; may raise, which ends the exchange.
OnText = Callable[[str], None]
#: No explanation is so long: a server that goes on is cut off.
MAX_CHARACTERS = 60_000


class ProviderError(Exception):
    """No explanation could be had. The message says cause and remedy, and holds no secret.

    `retry_after_seconds` is set where the same request may well succeed a little later;
    `is_outage` where the other side fails whatever it is asked, which counts for its circuit.
    """

    def __init__(
        self, message: str, retry_after_seconds: float | None = None, *, is_outage: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.is_outage = is_outage or retry_after_seconds is not None


class Cancelled(Exception):
    """Somebody took the request back while the answer came in."""


@dataclass(frozen=True)
class Connection:
    """Where a model is and how it is asked. The key is in no representation."""

    name: str
    title: str
    protocol: str
    model: str
    base_url: str = ""
    key: str = field(default="", repr=False)
    key_variable: str = ""
    model_variable: str = ""
    answer_form: str = "schema"
    timeout_seconds: float = 60.0
    max_tokens: int = 4000


@dataclass(frozen=True)
class ToolCall:
    """A model's wish to look at the data."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    signature: bytes | None = None
    """What Gemini wants back with the result, opaque."""


@dataclass(frozen=True)
class Message:
    """One turn: of the user, of the model (perhaps with tool calls), or a tool's result."""

    role: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[tuple[ToolCall, str], ...] = ()


@dataclass(frozen=True)
class Request:
    """What a model is asked: with a schema the answer is an object of that form."""

    system: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    tools: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Reply:
    """What a model answered, and what it took; tokens are None where the server counts none."""

    text: str
    model: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    calls: tuple[ToolCall, ...] = ()
    is_cut: bool = False
    """Whether it reached the limit of its length."""


class Provider(ABC):
    """One protocol. A provider asks once: repeating is the queue's business."""

    protocol: ClassVar[str]
    sdk: ClassVar[str]
    """The module of the vendor's SDK, which may not be installed."""
    default_host: ClassVar[str] = ""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._began = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.connection!r})"

    @property
    def title(self) -> str:
        """The provider's name in sentences."""
        return self.connection.title

    @property
    def host(self) -> str:
        """The machine that is asked, without user, password or path."""
        return urlsplit(self.connection.base_url).hostname or self.default_host

    def ask(self, request: Request, on_text: OnText = lambda text: None) -> Reply:
        """Return the whole reply; the text is told as it comes. Raises ProviderError, Cancelled."""
        self._check()
        self._began = time.monotonic()
        reply = self._stream(request, on_text)
        if not reply.text.strip() and not reply.calls:
            raise ProviderError(f"The answer of {self.title} was empty. Ask again.")
        return reply

    @abstractmethod
    def _stream(self, request: Request, on_text: OnText) -> Reply:
        """Carry out the exchange."""

    def _check(self) -> None:
        key = self.connection.key
        if find_spec(self.sdk.partition(".")[0]) is None or not _is_there(self.sdk):
            raise ProviderError(
                f"{self.title} needs the package {self.sdk.replace('.', '-')}, which is not "
                "installed. Run: make llm"
            )
        if not (key.isascii() and key.isprintable()) or " " in key:
            # Such a key cannot be sent in a header, and the error would quote it.
            raise ProviderError(
                f"The key in {self.connection.key_variable} has characters that no key has (a line "
                "break, a space or an accented letter). Copy it again and restart."
            )

    def _told(self, pieces: Iterator[str], on_text: OnText) -> str:
        """Return the pieces joined, telling of each; ends what takes too long or never ends."""
        text, length = [], 0
        for piece in pieces:
            if self.seconds > self.connection.timeout_seconds:
                raise self.late()
            text.append(piece)
            length += len(piece)
            if length > MAX_CHARACTERS:
                raise ProviderError(
                    f"{self.title} wrote more than {MAX_CHARACTERS:,} characters and was cut off. "
                    "Try another model."
                )
            if piece:
                on_text("".join(text))
        return "".join(text)

    @property
    def seconds(self) -> float:
        """Seconds since the exchange began."""
        return time.monotonic() - self._began

    # -- refusals in our own words ------------------------------------------------------------

    def late(self) -> ProviderError:
        """Say that the time is over."""
        return ProviderError(
            f"{self.host} did not answer within {self.connection.timeout_seconds:g} s. "
            "Ask again later; the plant and the embedded explanation do not wait for it.",
            is_outage=True,
        )

    def out_of_reach(self, cause: BaseException) -> ProviderError:
        """Say that there is no connection."""
        return ProviderError(
            f"{self.host} is out of reach ({type(cause).__name__}). Check the network, a proxy "
            f"and the base URL of {self.title}.",
            retry_after_seconds=10.0,
        )

    def cut(self) -> ProviderError:
        """Say that the answer ended in the middle."""
        return ProviderError(
            f"The connection to {self.host} was cut in the middle of the answer.",
            retry_after_seconds=5.0,
        )

    def declined(self, reason: str) -> ProviderError:
        """Say that the model would not answer."""
        return ProviderError(
            f"{self.title} declined to answer ({self.quote(reason)}). The embedded explanation "
            "stands; nothing in the evidence should call for that, so try another model."
        )

    def unreadable(self, cause: BaseException | None = None) -> ProviderError:
        """Say that the other side speaks another language."""
        why = f" ({type(cause).__name__})" if cause is not None else ""
        return ProviderError(
            f"The answer of {self.host} cannot be read{why}. Does the base URL of {self.title} "
            f"lead to a server that speaks the protocol {self.protocol}?"
        )

    def refused(self, status: int, said: object, retry_after: float | None = None) -> ProviderError:
        """Say a refusal by its HTTP status, with what the other side said about it."""
        connection = self.connection
        variable = connection.key_variable or "no variable"
        if status == 401:
            return ProviderError(
                f"The key in {variable} was refused (401) by {self.host}. Put a valid one there "
                "and restart."
                if connection.key
                else f"{self.host} wants a key (401). Name its environment variable in the admin."
            )
        if status in {402, 403}:
            return ProviderError(
                f"{self.host} does not allow the request ({status}): {self.quote(said)}. "
                "Check the key's rights and the account's balance."
            )
        if status == 404:
            where = "in the admin, under Providers"
            if connection.model_variable:
                where = f"in {connection.model_variable} (and restart), or {where}"
            return ProviderError(
                f"{self.host} does not know the model {connection.model} (404). Name a current one "
                f"{where}."
            )
        if status == 429:
            return ProviderError(
                f"The rate limit of {self.title} for this key is used up (429). If it lasts, raise "
                "the minimum seconds between explanations.",
                retry_after_seconds=retry_after or 15.0,
            )
        if status == 529:
            return ProviderError(
                f"{self.title} is overloaded (529), which passes.",
                retry_after_seconds=retry_after or 15.0,
            )
        if status >= 500 or status in {408, 409}:
            return ProviderError(
                f"{self.host} failed ({status}), which is not the fault of the request.",
                retry_after_seconds=retry_after or 10.0,
            )
        return ProviderError(
            f"{self.host} refused the request ({status}): {self.quote(said)}. Check the model and "
            f"the form of answers of {self.title}; else this is a defect of TEP Live."
        )

    def quote(self, said: object) -> str:
        """Return the other side's words, without the key should they repeat it."""
        words = str(said or "no reason given")
        if self.connection.key:
            words = words.replace(self.connection.key, "[key]")
        return " ".join(words.split())[:300].rstrip(". ")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def seconds_of(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header; None for a date or nonsense."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0.0 < seconds < 1e9 else None


def count_of(value: object) -> int | None:
    """Return a count of tokens; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
