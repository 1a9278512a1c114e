"""A local server that speaks three protocols with server-sent events, and plays a script."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def structured(cause="IDV(4)", story="The water is warmer.", **fields) -> str:
    """An answer in the form that is asked for, as JSON."""
    cited = {"tag": "XMV(10)", "direction": "high", "size_sd": 7.0, "first_step": 70,
             "last_step": 80}  # fmt: skip
    causes = [{"cause": cause, "confidence": 0.8, "story": story, "citations": [cited]}]
    whole = {"summary": "Something is off.", "causes": causes, "not_explained": "Much.",
             "checks": ["Look at the valve."], "actions": []}  # fmt: skip
    return json.dumps(whole | fields)


@dataclass
class Says:
    """A streamed answer; with `cut_after` pieces the connection ends in the middle."""

    text: str = field(default_factory=structured)
    stop: str = "end"
    cut_after: int | None = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    overloads: bool = False
    size: int = 40
    #: Seconds between two pieces: how a real model writes.
    pause: float = 0.0

    @property
    def pieces(self) -> list[str]:
        return [self.text[i : i + self.size] for i in range(0, len(self.text), self.size)]


@dataclass
class Refuses:
    """A refusal."""

    status: int
    words: str = "no"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Raw:
    """Anything."""

    body: bytes
    kind: str = "application/json"


HANGS = object()


class LanguageServer:
    """Answers the n-th request with the n-th of `script`; the last one again after its end."""

    def __init__(self, url):
        self.url = url
        self.requests = []
        self.script: list[Any] = [Says()]
        self.release = threading.Event()
        self.asked = threading.Event()
        #: Set to hold back the rest of an answer until it is set.
        self.gate: threading.Event | None = None
        self.half = threading.Event()

    def play(self, *script):
        self.script = list(script)

    def hang(self):
        """Answer nothing until the test is over."""
        self.script = [HANGS]

    def sent(self, number=0) -> str:
        """What the model was told, whatever the protocol."""
        body = self.requests[number]["body"]
        if "contents" in body:
            return body["contents"][-1]["parts"][0]["text"]
        return body["messages"][-1]["content"]


def anthropic_events(says: Says, body: dict) -> Iterator[tuple[str, dict]]:
    start = {"id": "msg_01", "type": "message", "role": "assistant", "content": [],
             "model": "claude-of-the-test", "stop_reason": None, "stop_sequence": None,
             "usage": {"input_tokens": 1234, "output_tokens": 1}}  # fmt: skip
    yield "message_start", {"message": start}
    index = 0
    if says.text:
        by_tool = "tool_choice" in body
        block = (
            {"type": "tool_use", "id": "toolu_0", "name": body["tool_choice"]["name"], "input": {}}
            if by_tool
            else {"type": "text", "text": ""}
        )
        yield "content_block_start", {"index": 0, "content_block": block}
        for piece in says.pieces:
            delta = (
                {"type": "input_json_delta", "partial_json": piece}
                if by_tool
                else {"type": "text_delta", "text": piece}
            )
            yield "content_block_delta", {"index": 0, "delta": delta}
        yield "content_block_stop", {"index": 0}
        index = 1
    for name, arguments in says.calls:
        block = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}
        yield "content_block_start", {"index": index, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
        index += 1
    if says.overloads:
        yield "error", {"error": {"type": "overloaded_error", "message": "Overloaded"}}
        return
    reasons = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal"}
    stop = "tool_use" if says.calls else reasons[says.stop]
    yield "message_delta", {"delta": {"stop_reason": stop, "stop_sequence": None},
                            "usage": {"output_tokens": 321}}  # fmt: skip
    yield "message_stop", {}


def openai_events(says: Says, body: dict) -> Iterator[tuple[str, dict]]:
    def chunk(delta, reason=None, **more):
        return "", {"id": "c1", "object": "chat.completion.chunk", "created": 1,
                    "model": "gpt-of-the-test",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
                    **more}  # fmt: skip

    yield chunk({"role": "assistant", "content": ""})
    for piece in says.pieces:
        yield chunk({"content": piece})
    for index, (name, arguments) in enumerate(says.calls):
        call = {"index": index, "id": f"call_{index}", "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)}}  # fmt: skip
        yield chunk({"tool_calls": [call]})
    if says.overloads:
        yield "", {"error": {"message": "Overloaded", "type": "server_error"}}
        return
    reasons = {"end": "stop", "length": "length", "refusal": "content_filter"}
    yield chunk({}, "tool_calls" if says.calls else reasons[says.stop])
    usage = {"prompt_tokens": 1234, "completion_tokens": 321, "total_tokens": 1555}
    last = chunk({}, usage=usage)
    last[1]["choices"] = []
    yield last
    yield "", {"done": True}


def gemini_events(says: Says, body: dict) -> Iterator[tuple[str, dict]]:
    def chunk(parts, **more):
        return "", {"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0,
                                    **more}],
                    "modelVersion": "gemini-of-the-test"}  # fmt: skip

    for piece in says.pieces:
        yield chunk([{"text": piece}])
    for name, arguments in says.calls:
        yield chunk([{"functionCall": {"name": name, "args": arguments}}])
    if says.overloads:
        yield "", {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
        return
    reasons = {"end": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
    last = chunk([{"text": ""}], finishReason=reasons[says.stop])
    usage = {"promptTokenCount": 1234, "candidatesTokenCount": 300, "thoughtsTokenCount": 21}
    last[1]["usageMetadata"] = usage
    yield last


def refusal_body(path: str, refuses: Refuses) -> dict:
    kinds = {529: "overloaded_error", 429: "rate_limit_error"}
    if "/messages" in path:
        kind = kinds.get(refuses.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": refuses.words}}
    return {"error": {"code": refuses.status, "message": refuses.words, "status": "REFUSED"}}


def events_of(path: str, says: Says, body: dict) -> Iterator[bytes]:
    if "/messages" in path:
        for kind, event in anthropic_events(says, body):
            yield f"event: {kind}\ndata: {json.dumps({'type': kind, **event})}\n\n".encode()
    elif "/chat/completions" in path:
        for _, event in openai_events(says, body):
            data = "[DONE]" if event == {"done": True} else json.dumps(event)
            yield f"data: {data}\n\n".encode()
    else:
        for _, event in gemini_events(says, body):
            yield f"data: {json.dumps(event)}\r\n\r\n".encode()


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            played.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
            played.asked.set()
            place = min(len(played.requests), len(played.script)) - 1
            answer = played.script[place]
            self.close_connection = True
            if answer is HANGS:
                played.release.wait(30)
            elif isinstance(answer, Says):
                self.stream(answer, body)
            elif isinstance(answer, Raw):
                self.whole(200, answer.body, {"content-type": answer.kind})
            else:
                data = json.dumps(refusal_body(self.path, answer)).encode()
                kind = {"content-type": "application/json"}
                self.whole(answer.status, data, kind | answer.headers)

        def whole(self, status, data, headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def stream(self, says, body):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            try:
                for number, event in enumerate(events_of(self.path, says, body)):
                    if says.cut_after is not None and number >= says.cut_after:
                        return
                    self.wfile.write(event)
                    self.wfile.flush()
                    if says.pause:
                        played.release.wait(says.pause)
                    if number == 3 and played.gate is not None:
                        played.half.set()
                        played.gate.wait(30)
            except OSError:
                return  # the other side hung up, which is what some tests want

        def log_message(self, *arguments):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played = LanguageServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield played
    finally:
        played.release.set()
        if played.gate is not None:
            played.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
