"""The data of a trend: bounded, exact where it can be, and gaps where nothing is."""

import csv
import io
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitoring.models import Alarm, AlarmDefinition, Analysis
from monitoring.trends.tags import TAGS
from simulation import tep
from simulation.models import Injection, Plant, PlantEvent, Reading
from tests.explainer.conftest import fill as fill_readings
from tests.monitoring.pages import client_of
from tests.monitoring.stored import fill
from tests.monitoring.trends.payloads import decode


@pytest.fixture
def viewer(make_user):
    return client_of(make_user("viewer"))


@pytest.fixture
def stored(plant, detector):
    """A run of 200 readings in which every value is its step; scored by `detector`."""
    fill(plant, detector, 200, days_old=0)
    return plant


def ask(client, at, **changes):
    query = {"plant": at.pk, "tag": "XMEAS(7)", "first": 1, "last": 10**6} | changes
    return client.get("/trends/data", query)


def test_a_short_span_comes_sample_by_sample_unrounded(viewer, stored):
    answer = decode(ask(viewer, stored, first=50, last=60))
    assert answer.head["dtype"] == "float64" and answer.head["width"] == 1
    assert answer.steps.tolist() == answer.values[:, 0].tolist() == list(range(50, 61))


def test_a_spike_is_in_whatever_is_thinned(viewer, stored):
    Reading.objects.filter(run=stored.run, step=77).update(values=np.full(53, 9e5))
    answer = decode(ask(viewer, stored, rows=20))
    assert answer.head["width"] == 20
    assert answer.values.max() == np.float32(9e5)
    assert len(answer.steps) <= 20


@pytest.fixture
def warming(plant, team):
    """A really simulated run of 25 readings, of which the detector judges the last five."""
    rows, _ = tep.simulate_rows(77, 2.0, None, rng="modern")
    fill_readings(plant, rows[:25])
    return plant


def test_while_the_detector_warms_up_it_has_no_ratio_and_the_stretch_is_told(viewer, warming):
    answer = decode(ask(viewer, warming, tag=["T2", "RATIO"], marks=1))
    assert answer.head["marks"]["unjudged"] == [1, 20]
    known = np.isfinite(answer.values[answer.steps == np.floor(answer.steps)])
    assert known[:, 0].all()
    assert known[:, 1].tolist() == [False] * 20 + [True] * 5
    assert decode(ask(viewer, warming, marks=1)).head["marks"]["unjudged"] is None


def test_a_picture_without_scripts_says_what_is_not_judged(viewer, warming):
    html = viewer.get(f"/trends/?chart=T2@{warming.pk}&plain=1").content.decode()
    assert 'class="tp-unjudged"' in html
    assert "warming up: not judged from step 1 to 20" in html
    other = viewer.get(f"/trends/?chart=XMEAS(7)@{warming.pk}&plain=1").content.decode()
    assert "tp-unjudged" not in other


def test_missing_steps_and_bad_readings_are_gaps(viewer, stored):
    Reading.objects.filter(run=stored.run, step__range=(20, 30)).delete()
    Reading.objects.filter(run=stored.run, step=40).update(quality="frozen")
    answer = decode(ask(viewer, stored, last=50, marks=1))
    assert answer.steps[np.isnan(answer.values[:, 0])].tolist() == [19.5, 39.5]
    assert answer.head["marks"]["bad"] == [{"step": 40, "quality": "frozen"}]
    assert answer.head["marks"]["bad_count"] == 1
    assert not set(range(20, 31)) & set(answer.steps)


def test_a_trace_with_gaps_everywhere_still_fits(viewer, stored):
    Reading.objects.filter(run=stored.run, step__in=range(2, 200, 2)).delete()
    assert len(decode(ask(viewer, stored, rows=30)).steps) <= 30


def test_a_stretch_of_millions_of_steps_without_readings_costs_nothing(viewer, stored):
    Reading.objects.filter(run=stored.run, step=200).update(step=900_000_000)
    with CaptureQueriesContext(connection) as queries:
        answer = decode(ask(viewer, stored, last=10**9))
    assert {1.0, 200.0} <= set(answer.values[np.isfinite(answer.values[:, 0]), 0])
    assert len(queries) < 30


def test_forty_eight_traces_stay_below_200_kb(viewer, stored):
    Reading.objects.filter(run=stored.run).delete()
    rows = (Reading(run=stored.run, step=i, sim_hours=i / 20, sampled_at=stored.created_at,
                    values=np.arange(53.0) + i) for i in range(1, 5001))  # fmt: skip
    Reading.objects.bulk_create(rows, batch_size=1000)
    for more in ({}, {"wall": 1}):
        answer = decode(ask(viewer, stored, tag=list(TAGS)[:48], marks=1, rows=4000, **more))
        assert answer.size < 200_000
        assert answer.values.shape[1] == 48


def test_wall_time_finds_its_steps(viewer, stored):
    at = Reading.objects.get(run=stored.run, step=100).sampled_at
    span = {"since": at.timestamp(), "until": (at + timedelta(minutes=5)).timestamp()}
    answer = decode(ask(viewer, stored, first="", last="", wall=1, **span))
    assert answer.steps.tolist() == list(range(99, 106))
    assert answer.times[1] == pytest.approx(at.timestamp(), abs=1e-3)
    assert np.diff(answer.times) == pytest.approx(60)


def test_the_statistics_of_a_point_hold_for_all_its_readings(viewer, stored, detector):
    Analysis.objects.filter(run=stored.run).exclude(step__in=range(8, 201, 8)).delete()
    for point in Analysis.objects.filter(run=stored.run):
        point.first_step, point.t2 = point.step - 7, point.step
        point.save()
    answer = decode(ask(viewer, stored, tag=["T2", "RATIO", "SPE.LIMIT"], last=16))
    assert answer.steps.tolist() == list(range(1, 17))
    assert answer.values[:, 0].tolist() == [8.0] * 8 + [16.0] * 8
    assert answer.values[:, 1].tolist() == [4.0] * 8 + [8.0] * 8
    assert answer.values[:, 2].tolist() == [2.0] * 16


def test_the_ratio_is_that_of_each_point(viewer, plant, team):
    bank, stored = team["robust"], plant
    fill(plant, bank, 20, days_old=0)
    rng = np.random.default_rng(1)
    size = len(bank.detector.statistics)
    for point in Analysis.objects.filter(run=stored.run, step__lte=9):
        point.detector_model = bank
        point.statistics, point.limits = rng.uniform(0, 9, size), rng.uniform(1, 2, size)
        point.save()
    points = Analysis.objects.filter(run=stored.run, step__lte=12).order_by("step")
    answer = decode(ask(viewer, stored, tag="RATIO", last=12))
    assert answer.values[:, 0].tolist() == pytest.approx([point.ratio for point in points])


def test_the_marks_are_claims_and_truth_of_the_span(viewer, stored, detector):
    point = Analysis.objects.get(run=stored.run, step=98)
    Alarm.objects.create(run=stored.run, analysis=point, onset_step=92, raised_step=98,
                         consecutive=6, raised_at=point.analysed_at, peak_ratio=2.0)  # fmt: skip
    Injection.objects.create(run=stored.run, idv=4, start_step=90, end_step=120)
    Injection.objects.create(run=stored.run, idv=5, start_step=90, end_step=90)
    PlantEvent.objects.create(plant=stored, run=stored.run, step=150, kind="trip", text="too high")
    marks = decode(ask(viewer, stored, marks=1)).head["marks"]
    assert [one["onset"] for one in marks["alarms"]] == [92] and marks["alarms"][0]["standing"]
    assert [(one["idv"], one["start"], one["end"]) for one in marks["injections"]] == [(4, 90, 120)]
    assert marks["trips"] == [{"step": 150, "text": "too high"}]
    place = list(detector.detector.labels).index("XMEAS(7)")
    assert marks["normal"]["XMEAS(7)"][0] == detector.detector.mean_[place]
    assert dict(marks["alarm_limits"]["XMEAS(7)"]).keys() == {"HH", "H", "L"}
    early = decode(ask(viewer, stored, marks=1, last=50)).head["marks"]
    assert early["alarms"] == early["injections"] == early["trips"] == []


def test_the_difference_of_two_runs_is_taken_before_it_is_thinned(viewer, stored, detector):
    other = Plant.objects.create(name="other")
    fill(other, detector, 100, days_old=0)
    Reading.objects.filter(run=other.run, step=50).update(values=np.full(53, -1e3))
    query = {"minus": f"{other.pk}.1", "shift": 10, "rows": 20}
    answer = decode(ask(viewer, stored, **query))
    assert answer.values[np.isfinite(answer.values[:, 0])].max() == 60 + 1e3
    whole = decode(ask(viewer, stored, minus=f"{other.pk}.1", shift=10))
    assert whole.steps.tolist() == list(range(11, 111))
    assert set(np.delete(whole.values[:, 0], 49)) == {10.0}


def test_the_number_of_queries_does_not_grow_with_traces_or_marks(viewer, stored, detector):
    ask(viewer, stored, marks=1)
    counts = []
    for tags in (["XMEAS(7)"], list(TAGS)[:40]):
        with CaptureQueriesContext(connection) as queries:
            ask(viewer, stored, tag=tags, marks=1)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 17


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"tag": "XMEAS(99)"}, 400, "name 1 to 48 tags"),
        ({"tag": ["T2"] * 49}, 400, "name 1 to 48 tags"),
        ({"plant": 99}, 404, "There is no plant 99."),
        ({"plant": "x"}, 400, "plant"),
        ({"run": 7}, 404, "TEP 1 has no run 7."),
        ({"minus": "1.9"}, 404, "has no run 9"),
        ({"rows": 10**6}, 400, "rows"),
        ({"first": "9" * 30}, 400, "first"),
    ],
)
def test_what_cannot_be_given_is_said(viewer, stored, changes, status, words):
    answer = ask(viewer, stored, **changes)
    assert answer.status_code == status
    assert words in answer.json()["error"]


def test_a_run_without_readings_gives_an_empty_series(viewer, plant):
    plant.reset(1)
    assert len(decode(ask(viewer, plant, marks=1)).steps) == 0


def test_a_stranger_gets_nothing(plant):
    assert ask(Client(), plant).status_code == 302


class TestExport:
    def rows(self, client, kind="csv", **query):
        answer = client.get(f"/trends/export.{kind}", query)
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    def test_every_sample_in_sight_is_exported_unrounded(self, viewer, stored):
        Reading.objects.filter(run=stored.run, step=40).update(quality="frozen")
        query = {"plant": stored.pk, "chart": ["XMEAS(7),XMV(3)", "T2"], "from": "1.5", "to": "2.5"}
        rows = self.rows(viewer, **query)
        assert [int(row["step"]) for row in rows] == list(range(30, 51))
        assert [row["XMEAS(7) kPa gauge"] for row in rows if row["step"] == "40"] == [""]
        assert rows[0]["XMEAS(7) kPa gauge"] == "30.0" and rows[0]["T2"] == "1.0"
        assert {row["time_h"] for row in rows} >= {"1.5", "2.5"}

    def test_a_run_laid_over_another_tells_where_it_is_shown(self, viewer, stored, detector):
        fill(stored, detector, 100, days_old=0)
        runs = [stored.runs.get(number=number) for number in (1, 2)]
        for run, step in zip(runs, (80, 30), strict=True):
            Injection.objects.create(run=run, idv=1, start_step=step)
        query = {"plant": stored.pk, "run": 1, "chart": "XMEAS(7)", "overlay": f"{stored.pk}.2",
                 "align": "injection", "from": 3.5, "to": 4.5}  # fmt: skip
        rows = self.rows(viewer, **query)
        over = [row for row in rows if row["run"] == "2"]
        assert [int(row["step"]) for row in over] == list(range(20, 41))
        assert float(over[0]["shown_at_h"]) == 3.5 and over[0]["XMEAS(7) kPa gauge"] == ""

    def test_the_same_as_parquet(self, viewer, stored):
        parquet = pytest.importorskip("pyarrow.parquet")
        answer = viewer.get("/trends/export.parquet", {"plant": stored.pk, "chart": "XMEAS(7)"})
        table = parquet.read_table(io.BytesIO(b"".join(answer)))
        assert table.column("step").to_pylist() == list(range(1, 201))
        assert table.column("XMEAS(7) kPa gauge").to_pylist() == [float(i) for i in range(1, 201)]

    def test_without_the_library_for_parquet_the_remedy_is_said(self, viewer, stored, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
        answer = viewer.get("/trends/export.parquet", {"plant": stored.pk, "chart": "XMEAS(7)"})
        assert answer.status_code == 501
        assert "make data" in answer.content.decode()

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ({"chart": "XMEAS(7)"}, "Name a plant"),
            ({"plant": 1}, "Name a tag"),
            ({"plant": 99, "chart": "T2"}, "There is no plant 99"),
            ({"plant": 1, "chart": "<b>"}, "there is no tag «&lt;b&gt;»"),
        ],
    )
    def test_what_cannot_be_exported_is_said(self, viewer, stored, query, words):
        answer = viewer.get("/trends/export.csv", query)
        assert answer.status_code == 400
        assert words in answer.content.decode()

    def test_too_much_is_refused_with_what_to_do(self, viewer, stored, monkeypatch):
        monkeypatch.setattr("monitoring.trends.export.MOST_CELLS", 100)
        answer = viewer.get("/trends/export.csv", {"plant": stored.pk, "chart": "T2"})
        assert answer.status_code == 400
        assert "shorter span or fewer tags" in answer.content.decode()


def test_a_plants_own_limit_replaces_the_general_one_and_one_out_of_service_is_left_out(
    viewer, stored
):
    general = AlarmDefinition.objects.filter(tag="XMEAS(7)", plant=None)
    general.filter(kind__in=["hihi", "lo"]).update(in_service=False)
    AlarmDefinition.objects.create(code="own", name="Own", plant=stored, source="limit", kind="hi",
                                   tag="XMEAS(7)", limit=2800.0)  # fmt: skip
    marks = decode(ask(viewer, stored, tag=["XMEAS(7)", "T2"], marks=1)).head["marks"]
    assert marks["alarm_limits"] == {"XMEAS(7)": [["H", 2800.0]]}
