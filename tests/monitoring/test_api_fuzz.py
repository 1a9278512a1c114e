"""Whatever is posted, the answer is a success or a sentence; never a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.callers import Caller, assert_says

pytestmark = pytest.mark.django_db

KEYS = [
    *("preset", "interval_seconds", "idv", "idvs", "start_after_hours", "end_after_hours"),
    *("seed", "window", "consecutive", "decimation", "alpha", "min_explanation_seconds"),
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 25),
    st.integers(min_value=10**300, max_value=10**310),
    st.floats(),
    st.text(max_size=12),
    st.text(st.characters(categories=["Cs", "Cc", "Nd"]), max_size=6),
    st.sampled_from(["demo", "balanced", "idv-4", "1,6", "1e400", "-0", "0x10", "1_000", " 3 "]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
bodies = st.one_of(
    st.dictionaries(st.sampled_from(KEYS), values, max_size=4),
    st.dictionaries(st.text(max_size=8), values, max_size=3),
    values,
).map(lambda body: json.dumps(body).encode())
raw_bodies = st.one_of(bodies, st.binary(max_size=60))


@pytest.fixture
def engineer(make_user):
    return Caller(make_user("engineer"))


@pytest.mark.parametrize("call", ["speed", "injections", "detector", "reset", "start"])
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(raw=raw_bodies)
def test_no_body_breaks_a_call(engineer, plant, call, raw):
    if plant.current_run is None:
        plant.start()
    answer = engineer.post(f"/api/plants/{plant.pk}/{call}", raw=raw)
    if answer.status_code != 200:
        assert answer.status_code in {400, 409}
        assert_says(answer, answer.status_code)


@pytest.mark.parametrize("call", ["speed", "injections", "detector", "reset"])
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    raw=raw_bodies,
    charset=st.sampled_from(
        ["", "; charset=utf-16", "; charset=rot13", "; charset=hex", "; charset=none"]
    ),
)
def test_no_content_type_breaks_a_call(engineer, plant, call, raw, charset):
    if plant.current_run is None:
        plant.start()
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        answer = engineer.client.generic(
            "POST", f"/api/plants/{plant.pk}/{call}", raw, kind + charset, headers=engineer.headers
        )
        assert answer.status_code in {200, 400, 409, 415}, answer.content
