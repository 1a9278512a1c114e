"""Explainers scored against the truth on fresh simulated runs."""

import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from explainer.evidence import build_evidence
from explainer.models import ProviderConfig, Spending
from monitoring.models import Alarm, DetectorModel, DetectorSettings
from teplive.experiment import cases, contestants, lookup
from teplive.experiment.cases import Observer, runs_of
from teplive.experiment.record import Foreign, Record
from tests.explainer.conftest import claude, fill  # noqa: F401
from tests.explainer.llm_server import Raw, Refuses, Says, structured

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def short_runs(monkeypatch):
    """Runs that end an hour and a half after the fault, and few to learn the lookup from."""
    monkeypatch.setattr(cases, "HOURS", 9.5)
    monkeypatch.setattr(lookup, "RUNS", 1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "answers.jsonl"


def score(providers="embedded", faults="4,6", runs=1, **options):
    """Run the command; returns its document."""
    out = io.StringIO()
    call_command(
        "scoreexplainers", providers=providers, faults=faults, runs=runs, json=True, stdout=out,
        stderr=io.StringIO(), **options,
    )  # fmt: skip
    return json.loads(out.getvalue())


def answers(path) -> list[dict]:
    return [line for line in map(json.loads, path.read_text().splitlines()) if "provider" in line]


def by(document, provider, age):
    return next(
        one for one in document["explainers"] if one["provider"] == provider and one["age"] == age
    )


def price(**values):
    ProviderConfig.objects.filter(name="claude").update(**values)


class TestWithoutAModel:
    def test_the_embedded_explainer_is_scored_without_a_classifier(self, team, file):
        found = score(out=file)
        for age in (0, 10):
            row = by(found, "embedded", age)
            assert row["top1"]["hits"] == row["top1"]["of"] == 2
            assert row["top1"]["interval"][0] == pytest.approx(0.342, abs=0.001)
            assert row["supported"]["hits"] == row["supported"]["of"] > 0
            assert row["brier"] is None
            assert set(row["top1_by_fault"]) == {"4", "6"}
        assert found["alarms_by_fault"]["4"]["hits"] == 1

    def test_the_classifier_cannot_take_part_before_it_is_trained(self, team):
        with pytest.raises(CommandError, match=r"Run: manage\.py fitdiagnosis"):
            score("classifier")

    def test_without_a_detector_the_remedy_is_named(self):
        with pytest.raises(CommandError, match=r"Run: manage\.py fitdetector"):
            score()

    def test_the_table_names_explainers_ages_and_faults(self, team, capsys):
        call_command("scoreexplainers", providers="embedded", faults="4", runs=1)
        said = capsys.readouterr().out
        assert "an alarm in 1 of 1 runs" in said
        assert "10 samples after the alarm" in said
        assert "100.0 (21-100)" in said
        assert "IDV(4)" in said

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            ({"faults": "0,4"}, "--faults are 1 to 20"),
            ({"faults": "x"}, "--faults: 'x' names no faults"),
            ({"faults": "21"}, "--faults are 1 to 20"),
            ({"runs": 0}, "--runs must be at least 1"),
            ({"budget": "much"}, "an amount in USD"),
            ({"budget": "-1"}, "an amount in USD"),
            ({"providers": ","}, "name some of embedded"),
            ({"seed": 31_000}, "serve to train"),
            ({"seed": 46_500}, "runs of seed 47000 serve"),
            ({"seed": 0}, "--seed must be at least 1"),
        ],
    )
    def test_what_cannot_be_asked_for_is_said(self, team, options, why):
        with pytest.raises(CommandError, match=why):
            score(**options)

    def test_a_run_without_an_alarm_is_missed_and_nobody_is_asked(self, team, file, monkeypatch):
        monkeypatch.setattr(cases.Observer, "moments", lambda *_: [])
        found = score(out=file)
        missed = found["alarms_by_fault"]["4"]
        assert (missed["hits"], missed["of"]) == (0, 1)
        assert found["explainers"] == []
        assert answers(file) == []


class TestCases:
    """What is simulated is what the live detector would have found."""

    @pytest.mark.parametrize("idv", [4, 6])
    def test_a_simulated_alarm_has_the_evidence_of_a_stored_one(self, team, plant, idv, diagnosis):
        ((number, rows),) = runs_of(idv, [1], 83_000)
        model = DetectorModel.active()
        observer = Observer(model, DetectorModel.companion(), diagnosis)
        moments = observer.moments(rows, number)
        assert [moment.age for moment in moments] == [0, 10]
        settings = DetectorSettings.of(plant)
        settings.consecutive, settings.among = observer.consecutive, 0
        settings.window, settings.decimation, settings.alpha = 8, 1, observer.alpha
        settings.save()
        fill(plant, rows[: moments[-1].case.step])
        alarm = Alarm.objects.get(run=plant.run, raised_step=moments[0].case.step)
        for moment in moments:
            point = plant.run.analyses.get(step=moment.case.step)
            stored, made = build_evidence(point, alarm), dict(moment.evidence)
            for evidence in (stored, made):
                evidence.pop("plant"), evidence.pop("run")
                evidence["alarm"] = {**evidence["alarm"], "id": 0, "peak_ratio": 0.0}
            assert made == stored

    def test_a_runs_noise_is_its_own_whichever_others_are_made_with_it(self):
        together = dict(runs_of(4, [1, 2, 3], 83_000))
        alone = dict(runs_of(4, [3], 83_000))
        assert np.array_equal(together[3], alone[3])
        assert list(runs_of(4, [], 83_000)) == []

    def test_normal_operation_raises_no_alarm(self, team):
        ((_, rows),) = runs_of(0, [1], 83_000)
        observer = Observer(DetectorModel.active(), DetectorModel.companion(), None)
        assert observer.moments(rows, 1) == []


class TestBaselines:
    def test_the_embedded_explainer_names_first_what_the_classifier_does(self, diagnosis, file):
        found = score("embedded,classifier", "4,6,7", out=file)
        for age in (0, 10):
            ours, theirs = by(found, "embedded", age), by(found, "classifier", age)
            assert ours["top1"] == theirs["top1"]
            assert ours["top1_by_fault"] == theirs["top1_by_fault"]
            assert ours["brier"] == pytest.approx(theirs["brier"], abs=1e-3)
        first = {(a["fault"], a["age"], a["provider"]): a["ranked"][0] for a in answers(file)}
        for fault, age, _ in first:
            assert first[fault, age, "embedded"] == first[fault, age, "classifier"]

    def test_the_lookup_knows_the_clear_faults_by_their_leading_tags(self, team, file):
        found = score("contributions", out=file)
        assert by(found, "contributions", 0)["top3"]["hits"] == 2
        assert by(found, "contributions", 0)["brier"] is None
        assert by(found, "contributions", 0)["loose_numbers_per_answer"] is None

    def test_the_lookup_is_learnt_once(self, team, file, monkeypatch):
        first = score("contributions", out=file)
        monkeypatch.setattr(lookup, "learn", None)
        assert score("contributions", out=file) == first

    def test_faults_are_ranked_by_the_share_of_the_tags_that_usually_lead(self):
        usual = {1: {"A": 1.0, "B": 0.2}, 2: {"A": 0.5, "C": 1.0}, 3: {"D": 1.0}}
        assert lookup.ranked_by(usual, ["A", "C"]) == [2, 1]
        assert lookup.ranked_by(usual, ["A", "B"]) == [1, 2]
        assert lookup.ranked_by(usual, ["E"]) == []
        assert lookup.ranked_by({5: {"A": 1.0}, 4: {"A": 1.0}}, ["A"]) == [5, 4]


class TestGoingOn:
    def test_a_second_call_asks_and_simulates_nothing(self, team, file, claude, monkeypatch):  # noqa: F811
        first = score("embedded,claude", out=file)
        asked, kept = len(claude.requests), file.read_bytes()
        assert asked == 4
        monkeypatch.setattr(cases, "simulate_runs", None)
        assert score("embedded,claude", out=file) == first
        assert len(claude.requests) == asked
        assert file.read_bytes() == kept

    def test_more_runs_and_another_provider_are_added(self, team, file, claude):  # noqa: F811
        score(out=file)
        before = answers(file)
        found = score("embedded,claude", runs=2, out=file)
        assert answers(file)[: len(before)] == before
        assert by(found, "embedded", 0)["answers"] == by(found, "claude", 0)["answers"] == 4
        fewer = score(out=file)
        assert by(fewer, "embedded", 0)["answers"] == 2

    def test_a_file_of_another_seed_is_refused_with_the_reason(self, team, file):
        score(out=file)
        kept = file.read_bytes()
        with pytest.raises(CommandError, match="its seed is 83000, not 5"):
            score(out=file, seed=5)
        assert file.read_bytes() == kept

    def test_a_file_of_another_detector_is_refused_with_the_reason(self, team, file):
        score(out=file)
        team["pca"].activate()
        with pytest.raises(CommandError, match=r"its classic|its detector is Robust v1, not PCA"):
            score(out=file)

    def test_a_file_that_is_something_else_is_refused(self, team, file):
        for text in ("a,b\n1,2\n", "[]\n", "{}\n", "no line at all"):
            file.write_text(text)
            with pytest.raises(CommandError, match="is no file of this command"):
                score(out=file)
            assert file.read_text() == text

    def test_half_a_line_is_cut_off_and_its_answer_asked_for_again(self, team, file):
        first = score(out=file)
        whole = file.read_text()
        file.write_text(whole[:-30])
        again = score(out=file)
        assert again["explainers"][0]["top1"] == first["explainers"][0]["top1"]
        assert len(answers(file)) == 4

    def test_interrupted_it_keeps_what_is_there_and_goes_on(self, team, file, monkeypatch):
        real = contestants.answer_embedded
        left = iter([True, True, True])

        def interrupted(evidence):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return real(evidence)

        monkeypatch.setattr(contestants, "answer_embedded", interrupted)
        with pytest.raises(CommandError, match="3 answers are kept") as stop:
            score(out=file)
        assert stop.value.returncode == 130
        assert len(answers(file)) == 3
        monkeypatch.setattr(contestants, "answer_embedded", real)
        assert by(score(out=file), "embedded", 10)["answers"] == 2
        assert len(answers(file)) == 4

    def test_a_head_that_lacks_something_is_of_another_experiment(self, file):
        Record(file, {"seed": 1}).close()
        with pytest.raises(Foreign, match="its detector is None, not PCA v1"):
            Record(file, {"seed": 1, "detector": "PCA v1"})


class TestLanguageModels:
    def test_an_unknown_provider_is_refused_with_the_names(self, team):
        with pytest.raises(CommandError, match=r"no provider 'clod'.*embedded.*classifier.*claude"):
            score("embedded,clod")

    def test_one_that_is_not_set_up_is_refused_with_the_remedy(self, team):
        with pytest.raises(CommandError, match=r"claude .* is not set up. Set ANTHROPIC_API_KEY"):
            score("claude")

    def test_it_is_asked_as_the_product_asks_and_its_answer_scored(self, team, file, claude):  # noqa: F811
        price(price_in="3", price_out="15")
        found = score("claude", out=file)
        row = by(found, "claude", 0)
        assert row["model"] == "claude-of-the-test"
        assert (row["top1"]["hits"], row["top1"]["of"]) == (1, 2)
        assert row["brier"] == pytest.approx((0.2**2 + 0.8**2) / 2)
        assert row["tokens"] == 2 * (1234 + 321)
        assert row["cost_usd"] == pytest.approx(2 * (3 * 1234 + 15 * 321) / 1e6)
        assert row["cost_per_right_usd"] == pytest.approx(row["cost_usd"])
        assert row["supported"]["of"] == 2
        assert "<evidence>" in claude.sent()
        assert "embedded" not in file.read_text()

    def test_numbers_that_it_invents_are_counted(self, team, claude):  # noqa: F811
        claude.play(Says(structured(story="It stands at 2345.67 kPa.")))
        assert by(score("claude"), "claude", 0)["loose_numbers_per_answer"] == 1.0

    def test_an_answer_of_no_usable_form_is_paid_for_and_wrong(self, team, file, claude):  # noqa: F811
        claude.play(Says("no JSON at all"))
        row = by(score("claude", "4", out=file), "claude", 0)
        assert (row["failures"], row["top1"]["hits"], row["top1"]["of"]) == (1, 0, 1)
        assert row["tokens"] > 0

    def test_the_budget_stops_it_and_the_others_go_on(self, team, file, claude):  # noqa: F811
        # An answer takes 0.0085 USD, and may take up to 0.07 with the longest answer.
        price(price_in="3", price_out="15")
        found = score("claude,embedded", out=file, budget="0.081")
        assert 0 < len(claude.requests) < 4
        assert "Raise --budget" in found["stopped"]["claude"]
        assert by(found, "embedded", 10)["answers"] == 2
        asked = len(claude.requests)
        score("claude,embedded", out=file, budget="0.081")
        assert len(claude.requests) == asked
        assert score("claude", out=file, budget="1")["stopped"] == {}
        assert len(claude.requests) == 4

    def test_no_budget_at_all_asks_nothing(self, team, claude):  # noqa: F811
        price(price_in="3", price_out="15")
        assert "claude" in score("claude", budget="0")["stopped"]
        assert claude.requests == []

    def test_a_budget_without_prices_is_refused(self, team, claude):  # noqa: F811
        price(price_in=None, price_out=None)
        with pytest.raises(CommandError, match=r"prices of claude .* are not known"):
            score("claude", budget="1")
        assert claude.requests == []

    def test_the_installations_own_budget_holds_too(self, team, claude):  # noqa: F811
        price(price_in="3", price_out="15", budget_per_day="0")
        assert "budget of Claude is used up" in score("claude")["stopped"]["claude"]
        assert claude.requests == []

    def test_what_it_took_is_entered_in_the_days_spendings(self, team, claude):  # noqa: F811
        price(price_in="3", price_out="15")
        score("claude", "4")
        assert [one.tokens for one in Spending.objects.all()] == [1555, 1555]

    def test_one_that_refuses_is_not_asked_on_and_nothing_is_paid(self, team, file, claude):  # noqa: F811
        claude.play(Refuses(401))
        found = score("embedded,claude", out=file)
        assert len(claude.requests) == 1
        assert found["stopped"]["claude"]
        assert {one["provider"] for one in answers(file)} == {"embedded"}
        assert sum(one.cost for one in Spending.objects.all()) == 0
        claude.play(Says())
        assert by(score("embedded,claude", out=file), "claude", 0)["answers"] == 2

    def test_one_that_is_overloaded_is_asked_again(self, team, claude, monkeypatch):  # noqa: F811
        monkeypatch.setattr(contestants.time, "sleep", lambda seconds: None)
        claude.play(Refuses(529), Says())
        assert by(score("claude", "4"), "claude", 0)["answers"] == 1

    def test_an_answer_that_breaks_off_counts_as_spent(self, team, file, claude):  # noqa: F811
        price(price_in="3", price_out="15")
        claude.play(Says(cut_after=3))
        assert "claude" in score("claude", "4", out=file)["stopped"]
        (lost,) = [one for one in map(json.loads, file.read_text().splitlines()) if "lost" in one]
        assert lost["cost"] > 0.05
        claude.play(Says())
        stopped = score("claude", "4", out=file, budget="0.1")["stopped"]["claude"]
        assert "is spent on claude" in stopped

    def test_an_answer_that_is_interrupted_counts_as_spent(self, team, file, claude, monkeypatch):  # noqa: F811
        price(price_in="3", price_out="15")

        def interrupted(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(contestants, "answer_remote", interrupted)
        with pytest.raises(CommandError, match="0 answers are kept"):
            score("claude", "4", out=file)
        (lost,) = [one for one in map(json.loads, file.read_text().splitlines()) if "lost" in one]
        assert lost["cost"] == pytest.approx(float(Spending.objects.get().cost))

    def test_what_is_no_event_stream_stops_it_in_words(self, team, claude):  # noqa: F811
        claude.play(Raw(b"<html>", "text/html"))
        assert "claude" in score("claude", "4")["stopped"]
