"""Each protocol through the vendor's own SDK, against a server that speaks it."""

import logging
import threading

import pytest

from explainer.answers import parse_answer, schema
from explainer.providers import (
    PROTOCOLS,
    Cancelled,
    Connection,
    Message,
    ProviderError,
    Request,
)
from tests.explainer.conftest import KEY
from tests.explainer.llm_server import Raw, Refuses, Says, language_server, structured

PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions", "gemini": "stream"}
QUESTION = Request("You are an engineer.", (Message("user", "Explain <evidence/>"),), schema())
PLAIN = Request("You are an engineer.", (Message("user", "Hello"),))


@pytest.fixture
def server():
    with language_server() as served:
        yield served


@pytest.fixture(params=sorted(PROTOCOLS))
def protocol(request):
    return request.param


@pytest.fixture
def ask(server, protocol):
    """Ask the server in a protocol: ask(timeout_seconds=0.3)."""

    def asked(request=QUESTION, on_text=lambda text: None, **options):
        values = {
            "base_url": server.url + ("/v1" if protocol == "openai" else ""),
            "key": KEY,
            "key_variable": "SOME_API_KEY",
            "timeout_seconds": 20.0,
        }
        connection = Connection("x", "The model", protocol, "asked-model", **(values | options))
        return PROTOCOLS[protocol](connection).ask(request, on_text)

    return asked


@pytest.fixture
def refused(ask):
    def refusal(**options) -> ProviderError:
        with pytest.raises(ProviderError) as caught:
            ask(**options)
        assert KEY not in str(caught.value)
        return caught.value

    return refusal


def test_a_structured_answer_is_streamed_and_counted(ask, server, protocol):
    seen: list[str] = []
    reply = ask(on_text=seen.append)
    assert parse_answer(reply.text).causes[0].cause == "IDV(4)"
    assert len(seen) > 3
    assert all(reply.text.startswith(part) for part in seen[:-1])
    assert (reply.tokens_in, reply.tokens_out) == (1234, 321)
    assert reply.model.endswith("-of-the-test")
    sent = server.requests[0]
    assert PATHS[protocol] in sent["path"]
    assert "explain" in str(sent["body"]).lower()
    assert "confidence" in str(sent["body"])  # the schema went along


def test_words_without_a_form_come_as_they_are(ask, server):
    server.play(Says("It is the valve."))
    assert ask(PLAIN).text == "It is the valve."


def test_a_wish_for_a_tool_is_understood_and_its_result_sent(ask, server):
    server.play(Says("", calls=[("trend", {"tag": "XMV(10)"})]), Says("It rose."))
    form = {"type": "object", "properties": {"tag": {"type": "string"}}}
    tool = {"name": "trend", "description": "A trend.", "parameters": form}
    first = ask(Request("s", (Message("user", "How did it go?"),), tools=(tool,)))
    (call,) = first.calls
    assert (call.name, dict(call.arguments)) == ("trend", {"tag": "XMV(10)"})
    told = (
        Message("user", "How did it go?"),
        Message("assistant", first.text, calls=first.calls),
        Message("user", results=((call, "rising"),)),
    )
    assert ask(Request("s", told, tools=(tool,))).text == "It rose."
    assert "rising" in str(server.requests[1]["body"])


@pytest.mark.parametrize(
    ("status", "words", "comes_again"),
    [
        (401, "The key in SOME_API_KEY was refused", False),
        (403, "does not allow the request (403): because", False),
        (404, "does not know the model asked-model (404)", False),
        (429, "rate limit of The model for this key is used up (429)", True),
        (500, "failed (500)", True),
        (529, "overloaded (529)", True),
    ],
)
def test_a_refusal_names_cause_and_remedy(refused, server, status, words, comes_again):
    server.play(Refuses(status, f"because {KEY}", {"retry-after": "7"}))
    refusal = refused()
    assert words in str(refusal)
    assert (refusal.retry_after_seconds == 7.0) is comes_again
    assert len(server.requests) == 1


def test_a_hang_ends_at_the_limit(refused, server):
    server.hang()
    assert "did not answer within 0.3 s" in str(refused(timeout_seconds=0.3))


def test_an_answer_that_stalls_half_way_ends_at_the_limit(refused, server):
    server.gate = threading.Event()
    assert "did not answer within 0.5 s" in str(refused(timeout_seconds=0.5))


def test_a_cut_connection_is_no_answer(refused, server):
    server.play(Says(cut_after=3))
    refusal = refused()
    assert "was cut" in str(refusal)
    assert refusal.retry_after_seconds


def test_an_overload_in_mid_stream_is_no_answer(refused, server):
    server.play(Says(overloads=True))
    assert refused().is_outage


def test_a_server_that_is_not_there_is_named(refused):
    refusal = refused(base_url="http://127.0.0.1:9")
    assert "127.0.0.1 is out of reach" in str(refusal)
    assert refusal.is_outage


@pytest.mark.parametrize("body", [b'{"id": "x", "content": [', b"<html>log in</html>", b"[]", b""])
def test_what_is_no_answer_of_the_protocol_is_an_error(refused, server, body):
    server.play(Raw(body))
    assert any(words in str(refused()) for words in ("cannot be read", "was cut", "was empty"))


def test_an_answer_without_end_is_cut_off(refused, server):
    server.play(Says("x" * 200_000, size=5000))
    assert "more than 60,000 characters" in str(refused())


def test_an_empty_answer_is_an_error(refused, server):
    server.play(Says(""))
    assert "was empty" in str(refused())


def test_a_refusal_of_the_model_is_an_error_even_with_text(refused, server):
    server.play(Says("I cannot", stop="refusal"))
    assert "declined" in str(refused())


def test_an_answer_at_its_limit_says_so(ask, server):
    server.play(Says(structured()[:60], stop="length"))
    assert ask().is_cut


def test_who_takes_the_request_back_ends_the_exchange(ask, server):
    server.gate = threading.Event()

    def taken_back(text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        ask(on_text=taken_back)


@pytest.mark.parametrize("key", [KEY + "\n", KEY + "é", KEY + "\x00"])
def test_a_damaged_key_is_said_to_be_damaged_and_not_sent(refused, server, key):
    assert "no key has" in str(refused(key=key))
    assert server.requests == []


def test_a_missing_sdk_says_what_to_install(refused, server, monkeypatch, protocol):
    monkeypatch.setattr(PROTOCOLS[protocol], "sdk", "not_installed_sdk")
    assert "not-installed-sdk" in str(refused()).replace("_", "-")
    assert "make llm" in str(refused())


def test_the_key_is_in_no_log_and_no_representation(ask, refused, server, caplog, protocol):
    caplog.set_level(logging.DEBUG)
    server.play(Refuses(401, KEY), Says())
    refused()
    ask()
    assert KEY not in caplog.text
    assert KEY not in repr(PROTOCOLS[protocol](Connection("x", "X", protocol, "m", key=KEY)))


def test_a_server_without_schemas_is_asked_for_json_or_in_words(ask, server, protocol):
    ask(answer_form="json")
    ask(answer_form="text")
    for request in server.requests:
        assert "confidence" not in str(request["body"])
