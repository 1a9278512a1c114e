"""The fuzz of the API against the real processes, over HTTP; `make fuzz` alone runs it."""

import os

import pytest
import schemathesis

from tests.stack import Stack
from tests.teplive.test_fuzz import Fuzz

pytestmark = pytest.mark.stack
#: A tenth of what the application within the tests gets.
REQUESTS = max(300, int(os.environ.get("TEPLIVE_FUZZ_REQUESTS", "0")) // 10)


@pytest.fixture
def running(tmp_path):
    stack = Stack(tmp_path)
    yield stack.start()
    stack.stop()


def test_no_request_breaks_the_running_product(running):
    headers = {"admin": {"Authorization": f"Bearer {running.token}"}}
    status, document = running.request("/api/schema")
    assert status == 200
    fuzz = Fuzz([1], headers)
    fuzz.run(
        schemathesis.openapi.from_dict(document),
        REQUESTS,
        lambda case, odd: fuzz.send(case, odd, base_url=running.url),
    )
    fuzz.report()
    log = running.log.read_text()
    # Django itself logs a host name that is not served with its traceback; nothing else may be.
    assert log.count("Traceback (most") == log.count("django.core.exceptions.DisallowedHost:")
