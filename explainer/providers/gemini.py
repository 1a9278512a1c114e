"""Google's Gemini, through google-genai."""

from collections.abc import Iterator
from typing import Any, ClassVar

from explainer.providers.base import (
    Message,
    OnText,
    Provider,
    Reply,
    Request,
    ToolCall,
    count_of,
    seconds_of,
)

#: Reasons to stop that are no refusal.
ENDED, AT_LIMIT = "STOP", "MAX_TOKENS"


class GeminiProvider(Provider):
    """Gemini. A structured answer is asked for by its JSON schema."""

    protocol: ClassVar[str] = "gemini"
    sdk: ClassVar[str] = "google.genai"
    default_host: ClassVar[str] = "generativelanguage.googleapis.com"

    def _stream(self, request: Request, on_text: OnText) -> Reply:
        import httpx2
        from google import genai
        from google.genai import errors

        connection = self.connection
        try:
            client = genai.Client(
                vertexai=False,
                api_key=connection.key or "none",
                http_options={
                    "base_url": connection.base_url or None,
                    "timeout": round(connection.timeout_seconds * 1000),
                },
            )
            with client:
                return self._read(client, request, on_text)
        except errors.APIError as error:
            response = getattr(error, "response", None)
            headers = getattr(response, "headers", None) or {}
            status = int(error.code or 500)
            kind = str(getattr(error, "status", "") or "")
            if status == 400 and "API key" in str(error.message):
                status = 401  # Google says 400 to a key that is none
            elif status == 503 or kind == "UNAVAILABLE":
                status = 529 if "overload" in str(error.message).lower() else 503
            raise self.refused(
                status, error.message, seconds_of(headers.get("retry-after"))
            ) from None
        except httpx2.TimeoutException:
            raise self.late() from None
        except httpx2.RemoteProtocolError:
            raise self.cut() from None
        except (httpx2.HTTPError, OSError) as error:
            raise self.out_of_reach(error) from None
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise self.unreadable(error) from None

    def _read(self, client: Any, request: Request, on_text: OnText) -> Reply:
        chunks = client.models.generate_content_stream(
            model=self.connection.model,
            contents=[_as_theirs(message) for message in request.messages],
            config={
                "system_instruction": request.system,
                "max_output_tokens": self.connection.max_tokens,
                **self._forms(request),
            },
        )
        heard = _Heard()
        text = self._told(heard.pieces(chunks), on_text)
        if heard.stop is None:
            if heard.blocked:
                raise self.declined(heard.blocked)
            raise self.cut() if heard.begun else self.unreadable()
        if heard.stop not in {ENDED, AT_LIMIT}:
            raise self.declined(heard.stop)
        return Reply(
            text.strip(),
            heard.model or self.connection.model,
            heard.tokens_in,
            heard.tokens_out,
            tuple(heard.calls),
            is_cut=heard.stop == AT_LIMIT,
        )

    def _forms(self, request: Request) -> dict[str, Any]:
        form = self.connection.answer_form
        if request.schema is not None and form == "schema":
            return {
                "response_mime_type": "application/json",
                "response_json_schema": dict(request.schema),
            }
        if request.schema is not None and form == "json":
            return {"response_mime_type": "application/json"}
        if request.tools:
            declared = [
                {
                    "name": tool["name"],
                    "description": tool["description"],
                    "parameters_json_schema": tool["parameters"],
                }
                for tool in request.tools
            ]
            return {"tools": [{"function_declarations": declared}]}
        return {}


class _Heard:
    """What the chunks of a stream have told so far."""

    def __init__(self) -> None:
        self.begun = False
        self.stop: str | None = None
        self.blocked = ""
        self.model = ""
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.calls: list[ToolCall] = []

    def pieces(self, chunks: Any) -> Iterator[str]:
        """Yield the text as it comes, without thoughts."""
        for chunk in chunks:
            self._note(chunk)
            for candidate in (chunk.candidates or [])[:1]:
                self.begun = True
                reason = candidate.finish_reason
                if reason is not None:
                    self.stop = str(getattr(reason, "value", reason))
                for part in (candidate.content.parts if candidate.content else None) or []:
                    if part.function_call is not None:
                        call = part.function_call
                        self.calls.append(
                            ToolCall(
                                call.id or f"call-{len(self.calls)}",
                                call.name or "",
                                call.args or {},
                                getattr(part, "thought_signature", None),
                            )
                        )
                    elif part.text and not part.thought:
                        yield part.text

    def _note(self, chunk: Any) -> None:
        self.model = str(chunk.model_version or self.model)
        usage = chunk.usage_metadata
        if usage is not None:
            self.tokens_in = count_of(usage.prompt_token_count)
            # What it thinks is paid for as well.
            written = (usage.candidates_token_count, usage.thoughts_token_count)
            counted = [count_of(one) for one in written]
            if any(one is not None for one in counted):
                self.tokens_out = sum(one or 0 for one in counted)
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason:
            self.blocked = str(getattr(feedback.block_reason, "value", feedback.block_reason))


def _as_theirs(message: Message) -> dict[str, Any]:
    if message.results:
        parts: list[dict[str, Any]] = [
            {"function_response": {"name": call.name, "response": {"result": said}}}
            for call, said in message.results
        ]
        return {"role": "user", "parts": parts}
    parts = [{"text": message.text}] if message.text else []
    for call in message.calls:
        part: dict[str, Any] = {"function_call": {"name": call.name, "args": dict(call.arguments)}}
        if call.signature is not None:
            part["thought_signature"] = call.signature
        parts.append(part)
    return {"role": "model" if message.role == "assistant" else "user", "parts": parts}
