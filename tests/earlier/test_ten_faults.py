"""What went wrong in the earlier system, a test for each by its number: none can happen here.

The numbers are those of docs/compatibility.md, which names further tests of each.
"""

import numpy as np
import pytest
from django.utils import timezone

from earlier import tasks
from earlier.events import AT_ONCE, Place, events_after
from earlier.models import Retraining
from explainer import explaining
from explainer.asking import explain_alarm
from explainer.markup import render_markdown
from explainer.models import Explanation, ProviderConfig
from monitoring.analysing import analyse_plant
from monitoring.models import Alarm, Analysis, DetectorSettings
from simulation import tep
from simulation.models import Plant, Reading
from simulation.models.reading import hours_at
from simulation.stepping import due_ticks, step_plants
from tests.earlier.conftest import data_point
from tests.explainer.conftest import KEY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.datapath]


def store_many(plant: Plant, first: int, rows: np.ndarray) -> None:
    now = timezone.now()
    Reading.objects.bulk_create(
        Reading(run=plant.run, step=i, sim_hours=hours_at(i), sampled_at=now, values=row)
        for i, row in enumerate(rows, start=first)
    )
    last = first + len(rows) - 1
    Plant.objects.filter(pk=plant.pk).update(step=last, rows=last, sampled_at=now)
    analyse_plant(plant.pk)


def test_fault_01_the_stream_never_stops_and_never_skips_however_many_points_there_are(
    fed, detector_22, samples
):
    """It polled the last row of a ring buffer, and once that was full it never saw it grow."""
    count = 3 * AT_ONCE + 1
    store_many(fed, 1, np.resize(samples, (count, samples.shape[1])))
    place, seen = Place(0, 0), []
    for _ in range(10):
        events, place = events_after(fed.pk, place)
        seen += [event.place.step for event in events]
    assert seen == list(range(1, count + 1))
    store_many(fed, count + 1, samples[:1])
    events, _ = events_after(fed.pk, place)
    assert [event.place.step for event in events] == [count + 1]


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (4, 3), (3, 5), (2, 7)])
def test_fault_02_a_decimation_changed_while_a_row_waits_jams_nothing(
    bridge, fed, detector_22, samples, before, after
):
    """The row buffer still held one row, could never fill, and every reply was 200."""
    bridge.post("/config/runtime", {"decimation_N": before})
    sent = max(1, before - 1)
    for row in samples[:sent]:
        bridge.post("/ingest", {"data_point": data_point(row)})
    bridge.post("/config/runtime", {"decimation_N": after})
    scored = Analysis.objects.count()
    for row in samples[sent : sent + 2 * after]:
        assert bridge.post("/ingest", {"data_point": data_point(row)}).status_code == 200
    assert Analysis.objects.count() >= scored + 2
    waiting = Reading.objects.count() - Analysis.objects.order_by("-step")[0].step
    assert waiting < after


def test_fault_03_only_a_row_that_is_stored_is_answered_with_200(bridge, fed, samples):
    """Accepted, aggregating and ignored rows all answered 200; wrong names were dropped."""
    good = data_point(samples[0])
    misspelt = {("a feeed" if k == "A Feed" else k): v for k, v in good.items()}
    short = {k: v for k, v in good.items() if k != "A Feed"}
    longer = {**good, "Colour": 1.0}
    for row in (misspelt, short, longer, {**good, "A Feed": None}, {}):
        answer = bridge.post("/ingest", {"data_point": row})
        assert answer.status_code == 422
        assert answer.json()["error"]
        assert Reading.objects.count() == 0
        assert bridge.get("/api/status").json()["last_ingest_ok"] is False
    assert bridge.post("/ingest", {"data_point": good}).status_code == 200
    assert Reading.objects.count() == 1
    assert bridge.get("/api/status").json()["last_ingest_ok"] is True


def test_fault_04_no_language_model_is_asked_while_a_row_is_taken(
    bridge, fed, detector_22, faulty_samples, claude
):
    """A slow model blocked the producer's thread, and the whole plant stood still."""
    for row in faulty_samples[15:35]:
        assert bridge.post("/ingest", {"data_point": data_point(row)}).status_code == 200
    made = explain_alarm(Alarm.objects.get().pk)
    assert claude.requests == []
    for one in made:
        explaining.run(one.pk)
    assert len(claude.requests) == 1  # it would have answered


def test_fault_05_a_step_goes_on_from_the_saved_state_and_an_error_invents_nothing(plant):
    """The history was simulated again at each step; on an error data was made up and repeated."""
    plant.start()
    for _ in range(20):
        step_plants(due_ticks(timezone.now()), even_if_early=True)
        Plant.objects.update(next_due=timezone.now())
    rows = np.array([r.values for r in Reading.objects.order_by("step")])
    _, whole = tep.advance(
        tep.initial_state(plant.run.seed, rng=plant.run.rng), 20 * tep.SAMPLE_SECONDS
    )
    assert np.array_equal(rows, whole)
    assert len(np.unique(rows, axis=0)) == 20
    Plant.objects.update(tep_state=b"damaged", next_due=timezone.now())
    step_plants(due_ticks(), even_if_early=True)
    plant.refresh_from_db()
    assert plant.state == Plant.State.FAILED
    assert plant.state_reason
    assert Reading.objects.count() == 20


def test_fault_06_a_restart_leaves_one_loop_and_speed_never_touches_the_integration_step(
    program, plant
):
    """Two loops were left running; "5x" was a five times longer step: 1512 kPa."""
    plant.start()
    for factor in (50, 0.5, 10):
        program.post("/api/speed/factor", {"speed_factor": factor})
        Plant.objects.update(next_due=timezone.now())
        old = due_ticks()
        assert len(old) == 1
        program.post("/api/tep/restart")
        plant.refresh_from_db()
        assert step_plants(old, even_if_early=True) == []
        for _ in range(3):
            [tick] = [t for t in due_ticks() if t.plant_id == plant.pk] or [None]
            if tick is not None:
                step_plants([tick, tick])
            Plant.objects.update(next_due=timezone.now())
        plant.refresh_from_db()
        _, rows = tep.advance(
            tep.initial_state(plant.run.seed, rng=plant.run.rng), 3 * tep.SAMPLE_SECONDS
        )
        stored = [r.values for r in Reading.objects.filter(run=plant.run).order_by("step")]
        assert np.array_equal(np.array(stored), rows)


def test_fault_07_the_status_keeps_its_counters_and_the_gate_gates(
    bridge, fed, detector_22, faulty_samples
):
    """The counters were lost in an edit; the gate was min(1, required), so it never gated."""
    bridge.post("/config/runtime", {"fault_trigger_consecutive_step": 5})
    streak, count = 0, 0
    for row in faulty_samples[15:40]:
        count += 1
        told = bridge.post("/ingest", {"data_point": data_point(row)}).json()
        streak = told["consecutive_anomalies"]
        assert Alarm.objects.exists() == (streak >= 5)
        assert (told["llm"]["status"] == "triggered") == (streak == 5)
        if streak == 5:
            break
    assert streak == 5
    status = bridge.get("/status").json()
    assert {"running", "aggregated_count", "live_buffer", "t2_threshold", "models"} <= set(status)
    assert status["aggregated_count"] == count
    panel = bridge.get("/api/status").json()
    assert panel["raw_data_points"] == panel["pca_data_points"] == count


def test_fault_08_the_leading_tags_are_those_of_the_fault(program, alarm_of):
    """They were unscaled differences: E Feed led in 98 % of the analyses, whatever the fault."""
    leading = {}
    for idv in (1, 4, 6):
        alarm_of(idv)
        leading[idv] = [f["name"] for f in program.get("/preview/top6").json()["features"]]
    assert len({tags[0] for tags in leading.values()}) == 3
    assert leading[4][0] in {"Reactor Temperature", "Reactor Coolant Temp", "Reactor coolant load"}
    assert leading[6][0] in {"A Feed", "A feed load"}
    assert "E Feed" not in leading[4]


def test_fault_09_training_keeps_alpha_and_looking_on_leaves_the_run_alone(
    program, plant, detector, clean_broker
):
    """Training froze the stream and lost alpha; a test button corrupted the live run."""
    plant.start()
    program.post("/config/alpha", {"anomaly_threshold": 0.02})
    program.post("/retrain", {"runs": 2, "limit_runs": 6, "hours": 24})
    step_plants(due_ticks(), even_if_early=True)  # while the fit waits or runs elsewhere
    analyse_plant(plant.pk)
    assert Analysis.objects.count() == 1
    tasks.retrain(Retraining.objects.get().pk)
    assert Retraining.objects.get().status == Retraining.Status.DONE
    assert DetectorSettings.of(plant).alpha == 0.02
    before = Plant.objects.values("tep_state", "step", "state", "current_run").get()
    for path in ("/status", "/preview/top6", "/config/baseline/reload", "/models/status"):
        assert program.get(path).status_code == 200
    assert Plant.objects.values("tep_state", "step", "state", "current_run").get() == before


def test_fault_10_no_key_is_told_no_name_is_swapped_no_html_runs_and_every_model_has_a_switch(
    program, alarm_of, explained, claude
):
    """Keys in a file, swapped names, unsanitised HTML; the cost guard missed one model."""
    explained(alarm_of(6))
    for path in ("/models/status", "/last_analysis", "/api/status", "/metrics.json",
                 "/api/analysis/history/download/jsonl"):  # fmt: skip
        assert KEY not in program.get(path).content.decode()
    said = program.get("/last_analysis").json()["llm_analyses"]
    for one in Explanation.objects.all():
        assert said[one.model]["analysis"] == one.text
    assert "<script" not in render_markdown("<script>alert(1)</script> **x**")
    asked = len(claude.requests)
    for config in ProviderConfig.objects.exclude(protocol="embedded"):
        program.post("/models/toggle", {"model_name": config.name, "enabled": False})
    assert set(explained(alarm_of(6))) == {"embedded"}
    assert len(claude.requests) == asked
