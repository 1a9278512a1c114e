"""Claude through the real SDK, against a server that speaks its protocol."""

import logging

import pytest

from explainer.providers import ClaudeProvider, Prompt, ProviderError
from tests.explainer.anthropic_server import error, message
from tests.explainer.conftest import KEY

PROMPT = Prompt("test-1", "You are an engineer.", "Explain <evidence>{}</evidence>")


def ask(**options):
    return ClaudeProvider(**options).explain({}, PROMPT)


def refused(**options) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(**options)
    assert KEY not in str(caught.value)
    return caught.value


def test_an_answer_comes_with_its_text_model_and_tokens(claude):
    answer = ask()
    assert answer.text.startswith("## Likely causes")
    assert (answer.model, answer.tokens_in, answer.tokens_out) == ("claude-of-the-test", 1234, 321)
    sent = claude.requests[0]
    assert sent["path"] == "/v1/messages"
    assert sent["body"]["model"] == "claude-configured"
    assert sent["body"]["system"] == PROMPT.system
    assert sent["body"]["messages"] == [{"role": "user", "content": PROMPT.user}]


def test_a_refused_key_is_named_by_its_setting_and_not_tried_again(claude):
    claude.play((401, error("authentication_error", f"invalid x-api-key {KEY}")))
    refusal = refused()
    assert "The key in ANTHROPIC_API_KEY was refused (401)" in str(refusal)
    assert refusal.retry_after_seconds is None
    assert len(claude.requests) == 1


def test_a_server_that_repeats_the_key_does_not_get_it_shown(claude):
    claude.play((400, error("invalid_request_error", f"bad request with {KEY}")))
    assert "bad request with [key]" in str(refused())


def test_a_rate_limit_says_when_to_come_back_instead_of_sleeping(claude):
    claude.play((429, error("rate_limit_error", "slow down"), {"retry-after": "3600"}))
    refusal = refused()
    assert "(429)" in str(refusal)
    assert refusal.retry_after_seconds == 3600
    assert len(claude.requests) == 1


def test_an_overload_passes(claude):
    claude.play((529, error("overloaded_error", "Overloaded")))
    refusal = refused()
    assert "overloaded (529)" in str(refusal)
    assert refusal.retry_after_seconds


def test_a_failing_server_is_worth_another_try(claude):
    claude.play((503, b"<html>no</html>", {"content-type": "text/html"}))
    assert refused().retry_after_seconds


def test_an_unknown_model_is_named_with_its_setting(claude):
    claude.play((404, error("not_found_error", "model: claude-configured")))
    refusal = refused()
    assert "does not know the model claude-configured (404)" in str(refusal)
    assert "ANTHROPIC_MODEL" in str(refusal)


def test_a_hanging_server_is_given_up(claude):
    claude.hang()
    refusal = refused(timeout_seconds=0.2)
    assert "did not answer within 0.2 s" in str(refusal)
    assert len(claude.requests) == 1


def test_a_server_that_is_not_there_is_named(claude):
    refusal = refused(base_url="http://127.0.0.1:9")
    assert "127.0.0.1 is out of reach" in str(refusal)
    assert refusal.retry_after_seconds


def test_a_password_in_the_address_is_not_shown(claude):
    refusal = refused(base_url="http://user:hunter2@127.0.0.1:9")
    assert "hunter2" not in str(refusal)


def test_an_answer_that_is_no_json_is_an_error_with_a_remedy(claude):
    claude.play((200, b'{"id": "msg_01", "content": ['))
    assert "cannot be read" in str(refused())


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"[]", b'"text"', b"{}", b'{"content": null}', b'{"content": "text"}'],
)
def test_an_answer_that_is_no_message_is_an_error(claude, body):
    claude.play((200, body))
    assert "Messages API" in str(refused())


def test_a_page_in_place_of_json_is_an_error(claude):
    claude.play((200, b"<html>log in</html>", {"content-type": "text/html"}))
    assert "is not a message of the Messages API" in str(refused())


def test_an_answer_at_its_limit_says_that_it_was_cut(claude):
    claude.play((200, message("Half a tho", stop_reason="max_tokens")))
    answer = ask()
    assert answer.text.startswith("Half a tho")
    assert "The answer was cut off here" in answer.text


def test_an_empty_answer_is_an_error(claude):
    claude.play((200, message("", stop_reason="end_turn")))
    assert "Claude's answer was empty" in str(refused())


def test_a_refusal_is_an_error_even_with_text(claude):
    claude.play((200, message("I cannot", stop_reason="refusal")))
    assert "declined" in str(refused())


def test_thinking_before_the_text_is_not_shown(claude):
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "x"},
        {"type": "text", "text": "It is the valve."},
    ]
    claude.play((200, message(content=blocks)))
    assert ask().text == "It is the valve."


@pytest.mark.parametrize("key", [KEY + "\n", KEY + "é", KEY + "\x00"])
def test_a_damaged_key_is_said_to_be_damaged_and_not_sent(claude, key):
    with pytest.raises(ProviderError, match="no key has") as caught:
        ask(api_key=key)
    assert KEY not in str(caught.value)
    assert claude.requests == []


def test_without_a_key_it_is_not_configured(settings):
    settings.ANTHROPIC_API_KEY = ""
    assert not ClaudeProvider().is_configured()
    with pytest.raises(ProviderError, match="Set ANTHROPIC_API_KEY"):
        ask()


def test_the_key_is_in_no_log_and_no_representation(claude, caplog):
    caplog.set_level(logging.DEBUG)
    claude.play((401, error("authentication_error", f"{KEY}")), (200, message()))
    refused()
    ask()
    assert KEY not in caplog.text
    assert KEY not in repr(ClaudeProvider())
