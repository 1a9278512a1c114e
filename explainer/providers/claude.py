"""Anthropic's Claude, through Anthropic's own SDK. The only module that knows the key."""

import logging
import math
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from explainer.providers.base import Answer, Prompt, Provider, ProviderError

logger = logging.getLogger(__name__)

DEFAULT_HOST = "api.anthropic.com"
STATUS_PAGE = "status.claude.com"


class ClaudeProvider(Provider):
    """Asks Claude once. Repeating is the queue's business, so that no worker waits for an hour.

    The SDK would sleep as long as a Retry-After says; here a retry is a new start of the same
    explanation, and meanwhile the worker is free.
    """

    name: ClassVar[str] = "claude"
    title: ClassVar[str] = "Claude"
    is_remote: ClassVar[bool] = True
    setup_hint: ClassVar[str] = "Set ANTHROPIC_API_KEY and restart to have it explain as well."

    #: An answer takes about 700 tokens; the rest is room for a model that thinks first.
    MAX_TOKENS = 4000

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        model: str | None = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._api_key = settings.ANTHROPIC_API_KEY if api_key is None else api_key
        self._base_url = settings.ANTHROPIC_BASE_URL if base_url is None else base_url
        self._model = model or settings.ANTHROPIC_MODEL
        self._timeout_seconds = timeout_seconds

    def __repr__(self) -> str:
        return f"ClaudeProvider(model={self._model!r})"

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._model

    @property
    def host(self) -> str:
        """The machine that is asked, without user, password or path."""
        return urlsplit(self._base_url).hostname or DEFAULT_HOST if self._base_url else DEFAULT_HOST

    def is_configured(self) -> bool:
        """Whether there is a key."""
        return bool(self._api_key)

    def explain(self, evidence: dict[str, Any], prompt: Prompt) -> Answer:
        """Ask for an explanation of the prompt. Raises ProviderError."""
        if not self.is_configured():
            raise ProviderError(f"Claude is not configured. {self.setup_hint}")
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            # Such a key cannot be sent in a header, and the error would quote it.
            raise ProviderError(
                "The key in ANTHROPIC_API_KEY has characters that no key has (a line break, a "
                "space or an accented letter). Copy it again and restart."
            )
        return self._read(self._ask(prompt))

    def _ask(self, prompt: Prompt) -> Any:
        # Imported here: only a worker that asks Claude pays for loading the SDK.
        import anthropic
        import httpx2

        try:
            with anthropic.Anthropic(
                api_key=self._api_key,
                base_url=self._base_url or None,
                timeout=httpx2.Timeout(
                    self._timeout_seconds, connect=min(5, self._timeout_seconds)
                ),
                max_retries=0,
            ) as client:
                return client.messages.create(
                    model=self._model,
                    max_tokens=self.MAX_TOKENS,
                    system=prompt.system,
                    messages=[{"role": "user", "content": prompt.user}],
                )
        except anthropic.APITimeoutError:
            raise ProviderError(
                f"{self.host} did not answer within {self._timeout_seconds:g} s. "
                "Ask again later; the plant and the embedded explanation do not wait for it."
            ) from None
        except anthropic.APIStatusError as error:
            raise self._of_status(error) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError, OSError) as error:
            cause = error.__cause__ or error
            raise ProviderError(
                f"{self.host} is out of reach ({type(cause).__name__}). Check the network, a proxy "
                "and ANTHROPIC_BASE_URL.",
                retry_after_seconds=10.0,
            ) from None
        except (anthropic.AnthropicError, ValueError, TypeError) as error:
            # For example a body that is not JSON, or an address that is none.
            raise ProviderError(
                f"The answer of {self.host} cannot be read ({type(error).__name__}). Does "
                "ANTHROPIC_BASE_URL lead to Anthropic's Messages API?"
            ) from None

    def _of_status(self, error: Any) -> ProviderError:
        """Say a refusal in our own words, with what the other side said about it."""
        status = int(error.status_code)
        wait = _retry_after(error.response.headers.get("retry-after"))
        if status == 401:
            return ProviderError(
                "The key in ANTHROPIC_API_KEY was refused (401). Put a valid one there and restart."
            )
        if status in {402, 403}:
            return ProviderError(
                f"{self.host} does not allow the request ({status}): {self._quote(error)}. "
                "Check the key's rights and the account's balance."
            )
        if status == 404:
            return ProviderError(
                f"{self.host} does not know the model {self._model} (404). Name a current one in "
                "ANTHROPIC_MODEL and restart."
            )
        if status == 429:
            return ProviderError(
                "Anthropic's rate limit for this key is used up (429). If it lasts, raise the "
                "minimum seconds between explanations.",
                retry_after_seconds=wait or 15.0,
            )
        if status == 529:
            return ProviderError(
                f"Anthropic is overloaded (529), which passes; see {STATUS_PAGE}.",
                retry_after_seconds=wait or 15.0,
            )
        if status >= 500 or status in {408, 409}:
            return ProviderError(
                f"{self.host} failed ({status}), which is not the fault of the request; see "
                f"{STATUS_PAGE}.",
                retry_after_seconds=wait or 10.0,
            )
        return ProviderError(
            f"{self.host} refused the request ({status}): {self._quote(error)}. "
            "Check ANTHROPIC_MODEL; else this is a defect of TEP Live."
        )

    def _quote(self, error: Any) -> str:
        """Return the other side's words, without the key should they repeat it."""
        said = str(getattr(error, "api_message", None) or "no reason given")
        return said.replace(self._api_key, "[key]")[:300].rstrip(". ")

    def _read(self, message: Any) -> Answer:
        import anthropic

        content = getattr(message, "content", None)
        if not isinstance(message, anthropic.types.Message) or not isinstance(content, list):
            raise ProviderError(
                f"The answer of {self.host} is not a message of the Messages API. Does "
                "ANTHROPIC_BASE_URL lead there?"
            )
        parts = [getattr(b, "text", "") for b in content if getattr(b, "type", "") == "text"]
        text = "\n".join(part for part in parts if isinstance(part, str)).strip()
        reason = getattr(message, "stop_reason", None)
        if reason == "refusal":
            raise ProviderError(
                "Claude declined to answer (refusal). The embedded explanation stands; nothing in "
                "the evidence should call for that, so try another ANTHROPIC_MODEL."
            )
        if not text:
            raise ProviderError(f"Claude's answer was empty (stop reason: {reason}). Ask again.")
        if reason in {"max_tokens", "model_context_window_exceeded"}:
            text += "\n\n*The answer was cut off here: it reached the limit of its length.*"
        usage = getattr(message, "usage", None)
        return Answer(
            text,
            str(getattr(message, "model", "") or self._model),
            _count(getattr(usage, "input_tokens", None)),
            _count(getattr(usage, "output_tokens", None)),
        )


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def _retry_after(header: str | None) -> float | None:
    """Return the seconds of a Retry-After header; None for a date or nonsense."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
