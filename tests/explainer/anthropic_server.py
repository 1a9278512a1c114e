"""A local server that speaks Anthropic's Messages protocol and plays a script."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def message(text="## Likely causes\n1. IDV(4)", stop_reason="end_turn", **fields):
    """A successful answer."""
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-of-the-test",
        "content": [{"type": "text", "text": text}] if text else [],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 1234, "output_tokens": 321},
        **fields,
    }


def error(kind, words):
    """The body of a refusal."""
    return {"type": "error", "error": {"type": kind, "message": words}}


class AnthropicServer:
    """Answers the n-th request with the n-th of `script`; the last one again after its end."""

    def __init__(self, url):
        self.url = url
        self.requests = []
        self.script = [(200, message())]
        self.release = threading.Event()
        self.asked = threading.Event()

    def play(self, *script):
        self.script = list(script)

    def hang(self):
        """Answer nothing until the test is over."""
        self.script = [None]


@contextmanager
def anthropic_server() -> Iterator[AnthropicServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            played.requests.append(
                {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
            )
            played.asked.set()
            place = min(len(played.requests), len(played.script)) - 1
            answer = played.script[place]
            if answer is None:
                played.release.wait(30)
                self.close_connection = True
                return
            status, content, *headers = answer
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            if not headers or "content-type" not in headers[0]:
                self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played = AnthropicServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield played
    finally:
        played.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
