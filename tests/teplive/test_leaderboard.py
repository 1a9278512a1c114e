"""Explanations scored against what was injected."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from explainer.models import Explanation, Spending
from monitoring.models import Alarm, AlarmDiagnosis, DiagnosisModel
from simulation.models import Injection
from teplive.leaderboard.scores import Share, leaderboard
from teplive.leaderboard.truth import ranked_causes, stated_probability, truth_of
from tests.monitoring.stored import fill


@pytest.fixture
def alarm(plant, detector):
    run = fill(plant, detector, 100, 0.0)
    point = run.analyses.get(step=60)
    return Alarm.objects.create(
        run=run, analysis=point, onset_step=58, raised_step=60, raised_at=timezone.now(),
        peak_ratio=2.0, consecutive=3,
    )  # fmt: skip


def explain(alarm: Alarm, text: str, provider: str = "embedded", **more) -> Explanation:
    now = alarm.raised_at
    count = Explanation.objects.count()
    return Explanation.objects.create(
        run=alarm.run, alarm=alarm, step=alarm.raised_step, provider=provider, model="m",
        provider_title={"embedded": "Embedded explainer"}.get(provider, "Claude"),
        trigger="alarm", request_key=f"k{count}:{provider}", text=text, status="done",
        not_before=now, created_at=now, finished_at=now + timedelta(seconds=2), **more,
    )  # fmt: skip


def test_causes_are_read_from_the_ranking_of_a_text():
    text = "## Likely causes\n\n1. **IDV(4), water (step), probability 87 %.** x\n2. **IDV(11)** y"
    assert ranked_causes(text) == [4, 11]
    assert stated_probability(text) == 0.87
    assert ranked_causes("It may be IDV(4).") == []
    assert stated_probability("1. **IDV(4)**, surely") is None


@pytest.mark.django_db
def test_the_truth_is_what_was_in_force_at_the_alarm(alarm):
    assert truth_of(alarm) == frozenset()
    for idv, start, end in ((4, 50, None), (5, 61, None), (6, 20, 40), (7, 30, 60)):
        Injection.objects.create(run=alarm.run, idv=idv, start_step=start, end_step=end)
    assert truth_of(alarm) == {4, 7}


@pytest.mark.django_db
def test_right_and_wrong_answers_are_counted_with_their_citations_and_times(alarm):
    Injection.objects.create(run=alarm.run, idv=4, start_step=50)
    good = {"words": "[x]", "verdict": "supported", "found": ""}
    bad = good | {"verdict": "wrong size"}
    explain(alarm, "1. **IDV(4), probability 80 %.**", citations=[good, bad])
    explain(alarm, "1. **IDV(5)**\n2. **IDV(4)**", "claude", tokens_in=10, tokens_out=5)
    first, second, lookup = leaderboard()
    assert lookup.name == "Contribution lookup alone"
    assert first.name.startswith("Embedded")
    assert (first.top1.value, first.top3.value) == (1.0, 1.0)
    assert first.mean_brier == pytest.approx(0.04)
    assert (first.supported, first.cited) == (1, 2)
    assert first.median_seconds == 2.0
    assert (second.top1.value, second.top3.value) == (0.0, 1.0)
    assert second.tokens_per_right is None


@pytest.mark.django_db
def test_false_alarms_fed_plants_and_second_answers_do_not_count(alarm, plant):
    explain(alarm, "1. **IDV(4)**")
    assert leaderboard() == []
    Injection.objects.create(run=alarm.run, idv=4, start_step=50)
    explain(alarm, "1. **IDV(5)**")
    score, lookup = leaderboard()
    assert (score.alarms, score.first) == (1, 1)
    assert lookup.alarms == 1
    type(plant).objects.filter(pk=plant.pk).update(source="outside")
    assert leaderboard() == []


@pytest.mark.django_db
def test_the_classifier_alone_is_the_baseline(alarm, client, make_user):
    Injection.objects.create(run=alarm.run, idv=4, start_step=50)
    model = DiagnosisModel.objects.create(kind="robust", version=1, parameters=b"x")
    for age, ranking in ((0, [[11, 0.6], [4, 0.4]]), (10, [[4, 0.9], [11, 0.1]])):
        AlarmDiagnosis.objects.create(
            alarm=alarm, age=age, step=60 + age, ranking=ranking, novelty=0.1, model=model
        )
    early, late = leaderboard()
    assert (early.top1.value, late.top1.value) == (0.0, 1.0)
    client.force_login(make_user("viewer"))
    page = client.get("/leaderboard/").content.decode()
    assert "Classifier alone, 10 samples after the alarm" in page
    rows = list(csv.DictReader(io.StringIO(client.get("/leaderboard.csv").content.decode())))
    assert [row["top1"] for row in rows] == ["0.0000", "1.0000"]


@pytest.mark.django_db
def test_an_empty_leaderboard_says_what_fills_it_and_takes_a_login(client, make_user):
    assert client.get("/leaderboard/").status_code == 302
    client.force_login(make_user("viewer"))
    assert "Inject a fault" in client.get("/leaderboard/").content.decode()


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_narrows_with_more_cases(case):
    hits, count = case
    low, high = Share(hits, count).interval
    assert -1e-12 <= low - 1e-12 <= hits / count <= high + 1e-12 <= 1.0 + 1e-12
    wider = Share(10 * hits, 10 * count).interval
    assert wider[1] - wider[0] <= high - low + 1e-12


def test_without_a_case_there_is_no_share():
    assert (Share(0, 0).value, Share(0, 0).interval) == (None, None)


@pytest.mark.django_db
def test_what_a_right_answer_costs_and_what_was_told_are_part_of_the_score(alarm, plant):
    Injection.objects.create(run=alarm.run, idv=4, start_step=50)
    today = timezone.now().date()
    spent = Spending.objects.create(provider="claude", plant=plant, day=today, cost=Decimal("0.02"))
    answer = {"causes": [{"cause": "IDV(4)", "confidence": 0.5, "story": "", "citations": []}]}
    explain(alarm, "x", "claude", answer=answer, spending=spent, evidence={"version": 3},
            prompt_version="engineer-1")  # fmt: skip
    score, _ = leaderboard()
    assert score.name == "Claude, m, engineer-1, evidence 3"
    assert score.cost_per_right == Decimal("0.02")
    assert score.mean_brier == pytest.approx(0.25)


@pytest.mark.django_db
def test_the_lookup_ranks_by_what_the_leading_tags_have_in_common(alarm, monkeypatch):
    from teplive.leaderboard.lookup import looked_up

    def contributions(tags):
        return lambda self, count: [{"tag": tag} for tag in tags[:count]]

    Analysis = type(alarm.analysis)
    monkeypatch.setattr(Analysis, "top_contributions", contributions(["XMV(3)", "XMEAS(1)"]))
    assert looked_up(alarm)[0] in {1, 6}  # the A feed's tags
    monkeypatch.setattr(Analysis, "top_contributions", contributions([]))
    assert looked_up(alarm) == []
