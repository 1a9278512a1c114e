"""Anthropic's Messages API, through Anthropic's own SDK."""

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

#: The one tool that a structured answer is given through.
ANSWER = "give_explanation"


class AnthropicProvider(Provider):
    """Claude. A structured answer is the input of a tool that must be called."""

    protocol: ClassVar[str] = "anthropic"
    sdk: ClassVar[str] = "anthropic"
    default_host: ClassVar[str] = "api.anthropic.com"

    def _stream(self, request: Request, on_text: OnText) -> Reply:
        # Imported here: only a worker that asks this model pays for loading the SDK.
        import anthropic
        import httpx2

        connection = self.connection
        limit = connection.timeout_seconds
        try:
            with anthropic.Anthropic(
                api_key=connection.key,
                base_url=connection.base_url or None,
                timeout=httpx2.Timeout(limit, connect=min(5.0, limit)),
                max_retries=0,
            ) as client:
                return self._read(client, request, on_text)
        except anthropic.APITimeoutError:
            raise self.late() from None
        except anthropic.APIStatusError as error:
            raise self._of_status(error) from None
        except httpx2.TimeoutException:
            raise self.late() from None
        except httpx2.RemoteProtocolError:
            raise self.cut() from None
        except (anthropic.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise self.out_of_reach(error.__cause__ or error) from None
        except (anthropic.AnthropicError, ValueError, TypeError, AttributeError) as error:
            # For example a body that is not JSON, or an address that is none.
            raise self.unreadable(error) from None

    def _read(self, client: Any, request: Request, on_text: OnText) -> Reply:
        events = client.messages.create(
            model=self.connection.model,
            max_tokens=self.connection.max_tokens,
            system=request.system,
            messages=[_as_theirs(message) for message in request.messages],
            stream=True,
            **self._forms(request),
        )
        heard = _Heard()
        with events:
            text = self._told(heard.pieces(events), on_text)
        if heard.stop is None:
            # A stream that is cut raises nothing; without a reason to stop it was.
            raise self.cut() if heard.begun else self.unreadable()
        if heard.stop == "refusal":
            raise self.declined("refusal")
        return Reply(
            text.strip(),
            heard.model or self.connection.model,
            heard.tokens_in,
            heard.tokens_out,
            heard.calls(),
            is_cut=heard.stop in {"max_tokens", "model_context_window_exceeded"},
        )

    def _forms(self, request: Request) -> dict[str, Any]:
        if request.schema is not None and self.connection.answer_form == "schema":
            answer = {
                "name": ANSWER,
                "description": "Gives the explanation to the operator.",
                "input_schema": dict(request.schema),
            }
            return {"tools": [answer], "tool_choice": {"type": "tool", "name": ANSWER}}
        if request.tools:
            tools = [
                {
                    "name": tool["name"],
                    "description": tool["description"],
                    "input_schema": tool["parameters"],
                }
                for tool in request.tools
            ]
            return {"tools": tools}
        return {}

    def _of_status(self, error: Any) -> ProviderError:
        said = getattr(error, "message", None)
        body = getattr(error, "body", None)
        kind = None
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            said, kind = body["error"].get("message"), body["error"].get("type")
        status = int(error.status_code)
        if kind == "overloaded_error":  # in mid-stream it comes under status 200
            status = 529
        elif status < 400:
            status = 500
        return self.refused(status, said, seconds_of(error.response.headers.get("retry-after")))


class _Heard:
    """What the events of a stream have told so far."""

    def __init__(self) -> None:
        self.begun = False
        self.stop: str | None = None
        self.model = ""
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self._blocks: dict[int, Any] = {}
        self._inputs: dict[int, list[str]] = {}

    def pieces(self, events: Any) -> Iterator[str]:
        """Yield the text, and the input of the answering tool, as they come."""
        for event in events:
            kind = getattr(event, "type", "")
            if kind == "message_start":
                self.begun = True
                self.model = str(event.message.model or "")
                self.tokens_in = count_of(event.message.usage.input_tokens)
                self.tokens_out = count_of(event.message.usage.output_tokens)
            elif kind == "content_block_start":
                self._blocks[event.index] = event.content_block
            elif kind == "content_block_delta":
                yield self._of_delta(event)
            elif kind == "message_delta":
                self.stop = event.delta.stop_reason
                self.tokens_out = count_of(event.usage.output_tokens)

    def _of_delta(self, event: Any) -> str:
        delta = event.delta
        if delta.type == "text_delta":
            return str(delta.text)
        if delta.type == "input_json_delta":
            self._inputs.setdefault(event.index, []).append(delta.partial_json)
            block = self._blocks.get(event.index)
            return str(delta.partial_json) if getattr(block, "name", "") == ANSWER else ""
        return ""  # thinking is not shown

    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls of other tools."""
        return tuple(
            ToolCall(block.id, block.name, json.loads("".join(self._inputs.get(index, [])) or "{}"))
            for index, block in sorted(self._blocks.items())
            if getattr(block, "type", "") == "tool_use" and block.name != ANSWER
        )


def _as_theirs(message: Message) -> dict[str, Any]:
    if message.results:
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": said}
            for call, said in message.results
        ]
        return {"role": "user", "content": results}
    if message.calls:
        said = [{"type": "text", "text": message.text}] if message.text else []
        wishes = [
            {"type": "tool_use", "id": c.id, "name": c.name, "input": dict(c.arguments)}
            for c in message.calls
        ]
        return {"role": "assistant", "content": [*said, *wishes]}
    return {"role": message.role, "content": message.text}
