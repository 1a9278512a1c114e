"""Which pages may open a websocket."""

import pytest

from monitoring.origin import is_allowed


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://localhost", "localhost"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_a_page_of_this_server_may(origin, host):
    assert is_allowed(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:9999", "127.0.0.1:8000"),
        ("http://localhost:8000", "127.0.0.1:8000"),
        ("https://elsewhere.example", "127.0.0.1:8000"),
        ("https://elsewhere.example", "elsewhere.example"),
        ("null", "127.0.0.1:8000"),
        ("", "127.0.0.1:8000"),
        ("http://[", "127.0.0.1:8000"),
        ("", ""),
    ],
)
def test_a_page_of_another_origin_may_not(origin, host):
    assert not is_allowed(origin, host)


def test_a_trusted_origin_may(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://tep.example"]
    assert is_allowed("https://tep.example", "10.0.0.5:8000")
