"""Whatever is sent to the earlier interface, the answer is a success or a sentence; never a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.ingest_throttle import BUCKETS
from simulation.models import IngestCount, Reading
from simulation.tep.variables import LEGACY_NAMES
from tests.monitoring.test_api_fuzz import raw_bodies, values

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]

PANEL = {
    "/config/runtime": ["pca_window_size", "decimation_N", "preset", "llm_min_interval_seconds"],
    "/config/alpha": ["anomaly_threshold"],
    "/config/baseline/reload": ["filename"],
    "/models/toggle": ["model_name", "enabled"],
    "/api/speed": ["mode", "seconds"],
    "/api/speed/factor": ["speed_factor"],
    "/api/idv/set": ["idv_num", "idv_number", "value"],
    "/api/xmv/set": ["xmv_num", "value"],
    "/api/tep/restart": ["seed"],
    "/explain": ["data", "id", "file"],
}
QUIET = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
rows = st.dictionaries(
    st.one_of(
        st.sampled_from([*LEGACY_NAMES, "XMEAS(1)", "XMEAS_7", "IDV_1"]), st.text(max_size=8)
    ),
    values,
    max_size=24,
)
full_rows = st.fixed_dictionaries(
    dict.fromkeys(LEGACY_NAMES, st.one_of(st.floats(-1e4, 1e4), st.floats(), values))
)
ingest_bodies = st.one_of(
    st.fixed_dictionaries(
        {"data_point": st.one_of(rows, full_rows, values)},
        optional={"id": values, "step": values, "time": values},
    ),
    rows,
    full_rows,
    values,
)


@pytest.mark.parametrize("path", PANEL)
@QUIET
@given(data=st.data())
def test_no_body_breaks_a_call(program, plant, detector, path, data):
    if plant.current_run is None:
        plant.start()
    known = st.dictionaries(st.sampled_from(PANEL[path]), values, max_size=3)
    raw = data.draw(st.one_of(known.map(lambda body: json.dumps(body).encode()), raw_bodies))
    answer = program.client.post(path, raw, content_type="application/json")
    assert answer.status_code in {200, 400, 409, 422, 501}, answer.content
    if answer.status_code != 200:
        assert {"error", "hint"} <= set(answer.json())


@QUIET
@given(body=ingest_bodies)
def test_no_row_breaks_ingest_and_exactly_the_accepted_are_stored(bridge, fed, body):
    BUCKETS.clear()
    before = Reading.objects.count()
    answer = bridge.post("/ingest", body)
    assert answer.status_code in {200, 400, 409, 422}, answer.content
    told = answer.json()
    is_new = answer.status_code == 200 and told["status"] == "ok"
    assert Reading.objects.count() == before + is_new
    if answer.status_code != 200:
        assert {"error", "hint"} <= set(told)
    accepted = IngestCount.objects.filter(outcome="accepted").first()
    assert Reading.objects.count() == (accepted.count if accepted else 0)


@QUIET
@given(query=st.dictionaries(st.sampled_from(["limit", "last_event_id", "x"]), st.text(max_size=9)))
@pytest.mark.parametrize("path", ["/analysis/history", "/stream", "/api/status", "/metrics.json"])
def test_no_query_breaks_a_read(program, plant, path, query):
    try:
        answer = program.get(path, **query)
    except UnicodeEncodeError:
        return  # the client cannot send it
    assert answer.status_code in {200, 400}
