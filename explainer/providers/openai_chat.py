"""OpenAI's chat completions, through its SDK: OpenAI, LM Studio, Ollama, vLLM and others."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from explainer.providers.base import (
    Message,
    OnText,
    Provider,
    ProviderError,
    Reply,
    Request,
    ToolCall,
    count_of,
    seconds_of,
)


class OpenAIProvider(Provider):
    """Any server that speaks chat completions with server-sent events."""

    protocol: ClassVar[str] = "openai"
    sdk: ClassVar[str] = "openai"
    default_host: ClassVar[str] = "api.openai.com"

    def _stream(self, request: Request, on_text: OnText) -> Reply:
        import httpx2
        import openai

        connection = self.connection
        limit = connection.timeout_seconds
        try:
            with openai.OpenAI(
                # A local server wants no key, but the SDK does.
                api_key=connection.key or "none",
                base_url=connection.base_url or None,
                timeout=httpx2.Timeout(limit, connect=min(5.0, limit)),
                max_retries=0,
            ) as client:
                return self._read(client, request, on_text)
        except openai.APITimeoutError:
            raise self.late() from None
        except openai.APIStatusError as error:
            wait = seconds_of(error.response.headers.get("retry-after"))
            raise self.refused(int(error.status_code), _said(error), wait) from None
        except httpx2.TimeoutException:
            raise self.late() from None
        except httpx2.RemoteProtocolError:
            raise self.cut() from None
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise self.out_of_reach(error.__cause__ or error) from None
        except openai.APIError as error:  # an error told in the middle of a stream
            raise ProviderError(
                f"{self.host} broke off: {self.quote(_said(error))}.", retry_after_seconds=10.0
            ) from None
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise self.unreadable(error) from None

    def _read(self, client: Any, request: Request, on_text: OnText) -> Reply:
        connection = self.connection
        # OpenAI's newer models refuse the older name of the limit, other servers the newer one.
        longest = "max_tokens" if connection.base_url else "max_completion_tokens"
        events = client.chat.completions.create(
            model=connection.model,
            messages=[
                {"role": "system", "content": request.system},
                *(each for message in request.messages for each in _as_theirs(message)),
            ],
            stream=True,
            stream_options={"include_usage": True},
            **{longest: connection.max_tokens},
            **self._forms(request),
        )
        heard = _Heard()
        with events:
            text = self._told(heard.pieces(events), on_text)
        if heard.stop is None:
            raise self.cut() if heard.begun else self.unreadable()
        if heard.stop == "content_filter" or heard.refusal:
            raise self.declined("refusal")
        return Reply(
            text.strip(),
            heard.model or connection.model,
            heard.tokens_in,
            heard.tokens_out,
            heard.calls(),
            is_cut=heard.stop == "length",
        )

    def _forms(self, request: Request) -> dict[str, Any]:
        form = self.connection.answer_form
        if request.schema is not None and form == "schema":
            schema = {"name": "explanation", "schema": dict(request.schema), "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        if request.schema is not None and form == "json":
            return {"response_format": {"type": "json_object"}}
        if request.tools:
            return {"tools": [{"type": "function", "function": dict(t)} for t in request.tools]}
        return {}


class _Heard:
    """What the chunks of a stream have told so far."""

    def __init__(self) -> None:
        self.begun = False
        self.stop: str | None = None
        self.model = ""
        self.refusal = ""
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self._calls: dict[int, dict[str, str]] = {}

    def pieces(self, chunks: Any) -> Iterator[str]:
        """Yield the text as it comes."""
        for chunk in chunks:
            self.begun = True
            self.model = str(getattr(chunk, "model", "") or self.model)
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                self.tokens_in = count_of(usage.prompt_tokens)
                self.tokens_out = count_of(usage.completion_tokens)
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                self.stop = choice.finish_reason or self.stop
                self.refusal += getattr(choice.delta, "refusal", None) or ""
                for part in getattr(choice.delta, "tool_calls", None) or []:
                    self._add(part)
                yield choice.delta.content or ""

    def _add(self, part: Any) -> None:
        call = self._calls.setdefault(part.index, {"id": "", "name": "", "arguments": ""})
        call["id"] = part.id or call["id"]
        if part.function is not None:
            call["name"] += part.function.name or ""
            call["arguments"] += part.function.arguments or ""

    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls of tools."""
        return tuple(
            ToolCall(call["id"], call["name"], json.loads(call["arguments"] or "{}"))
            for _, call in sorted(self._calls.items())
        )


def _said(error: Any) -> object:
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        return inner.get("message") if isinstance(inner, dict) else inner
    return getattr(error, "message", None)


def _as_theirs(message: Message) -> list[dict[str, Any]]:
    if message.results:
        return [
            {"role": "tool", "tool_call_id": call.id, "content": said}
            for call, said in message.results
        ]
    if message.calls:
        wishes = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for call in message.calls
        ]
        return [{"role": "assistant", "content": message.text or None, "tool_calls": wishes}]
    return [{"role": message.role, "content": message.text}]
