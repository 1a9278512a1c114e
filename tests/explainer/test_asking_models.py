"""Asking language models: growing answers, cancelling, the same question, outages, budgets."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from explainer import budget, explaining
from explainer.asking import explain_alarm, explain_by_hand, explain_shifts, jaccard
from explainer.comparing import compare
from explainer.explaining import run
from explainer.models import AskingSettings, Budget, Explanation, ProviderConfig, Spending
from explainer.models.provider_config import FAILURES_TO_OPEN
from monitoring.models import Analysis
from tests.explainer.conftest import KEY
from tests.explainer.llm_server import Raw, Refuses, Says, structured

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]


def config_of_claude(**values) -> ProviderConfig:
    ProviderConfig.objects.filter(name="claude").update(**values)
    return ProviderConfig.objects.get(name="claude")


def by_hand(alarm, make_user, name="operator"):
    """Ask by hand; returns Claude's explanation, written."""
    made = explain_by_hand(alarm.run.plant, make_user(name), alarm.pk)
    for one in made:
        run(one.pk)
        one.refresh_from_db()
    return next(one for one in made if one.provider == "claude")


def test_a_models_answer_is_kept_in_its_parts(alarm_of, explained, claude):
    made = explained(alarm_of(4))["claude"]
    assert made.causes[0]["cause"] == "IDV(4)"
    assert made.headline.startswith("IDV(4), Reactor cooling water")
    assert made.prompt_version == "engineer-1"
    assert made.draft == ""


def test_the_embedded_answer_has_the_same_form(alarm_of, explained):
    made = explained(alarm_of(4))["embedded"]
    assert made.causes[0]["cause"] == "IDV(4)"
    assert made.causes[0]["citations"]
    assert made.answer["checks"]


def test_a_model_that_names_what_does_not_exist_is_shown_to_do_so(alarm_of, explained, claude):
    claude.play(Says(structured(cause="IDV(99)")))
    made = explained(alarm_of(4))["claude"]
    assert made.status == "done"
    assert "IDV(99) (there is no such disturbance)" in made.text


@pytest.mark.parametrize("text", ["no JSON at all", '{"summary": "x"', '{"summary": 1}', "{}"])
def test_an_answer_of_another_form_fails_with_the_reason(alarm_of, explained, claude, text):
    claude.play(Says(text))
    made = explained(alarm_of(4))["claude"]
    assert made.status == "failed"
    assert "has not the form that was asked for" in made.error


def test_every_enabled_provider_is_asked_in_its_own_protocol(
    alarm_of, explained, claude, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    for name, path in (("openai", "/v1"), ("gemini", "")):
        ProviderConfig.objects.filter(name=name).update(
            enabled=True, base_url=claude.url + path, model_name="m"
        )
    made = explained(alarm_of(4))
    assert {name: one.status for name, one in made.items()} == dict.fromkeys(
        ["embedded", "claude", "openai", "gemini"], "done"
    )
    paths = " ".join(request["path"] for request in claude.requests)
    assert "/v1/messages" in paths and "/chat/completions" in paths and "stream" in paths.lower()
    comparison = compare(made["claude"].alarm)
    assert (len(comparison.answers), comparison.consensus) == (4, "IDV(4)")
    assert comparison.words == "All 4 name IDV(4) first."


def test_a_provider_that_disagrees_is_marked(alarm_of, explained, claude, client, make_user):
    claude.play(Says(structured(cause="IDV(11)")))
    alarm = alarm_of(4)
    explained(alarm)
    assert compare(alarm).consensus == ""
    client.force_login(make_user("viewer"))
    page = client.get(f"/alarms/{alarm.pk}/explanations/").content.decode()
    assert "disagree: no cause is named first by more than half" in page


def test_the_same_question_is_not_paid_for_twice(alarm_of, explained, claude, make_user):
    alarm = alarm_of(4)
    type(alarm).objects.filter(pk=alarm.pk).update(cleared_step=alarm.raised_step + 1)
    first = by_hand(alarm, make_user)
    again = by_hand(alarm, make_user, "engineer")
    assert len(claude.requests) == 1
    assert again.reused_from == first
    assert again.answer == first.answer
    assert again.tokens_in == 0


def test_another_prompt_is_another_question(alarm_of, claude, make_user):
    alarm = alarm_of(4)
    type(alarm).objects.filter(pk=alarm.pk).update(cleared_step=alarm.raised_step + 1)
    by_hand(alarm, make_user)
    config_of_claude(prompt_style="root-causes")
    again = by_hand(alarm, make_user, "engineer")
    assert (len(claude.requests), again.prompt_version) == (2, "root-causes-1")
    assert "Choose the three likeliest root causes from this list" in claude.sent(1)


def test_without_the_ranking_the_model_is_not_told_it(alarm_of, explained, claude):
    config_of_claude(with_diagnosis=False)
    explained(alarm_of(4))
    assert '"diagnosis"' not in claude.sent()


def test_what_waits_can_be_taken_back(alarm_of, claude, client, make_user):
    made = explain_alarm(alarm_of(4).pk)[1]
    client.force_login(make_user("viewer"))
    assert client.post(f"/explanations/{made.pk}/cancel/").status_code == 403
    client.force_login(make_user("operator"))
    client.post(f"/explanations/{made.pk}/cancel/")
    made.refresh_from_db()
    assert (made.status, made.error) == ("cancelled", "Cancelled by operator.")
    assert not run(made.pk)
    assert claude.requests == []


@pytest.mark.django_db(transaction=True)
def test_an_answer_grows_on_the_page_and_is_taken_back_in_the_middle(
    claude, fitted_parameters, django_db_serialized_rollback, client, make_user, monkeypatch
):
    from monitoring.models import Alarm, DetectorModel
    from simulation import tep
    from simulation.models import Plant
    from tests.explainer.conftest import fill

    monkeypatch.setattr(explaining, "DRAFT_SECONDS", 0.0)
    stored = threading.Event()
    push = explaining.display.push

    def pushed(plant_id):
        push(plant_id)
        if Explanation.objects.exclude(draft="").exists():
            stored.set()

    monkeypatch.setattr(explaining.display, "push", pushed)
    DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
    plant = Plant.objects.create(name="grows")
    rows, _ = tep.simulate_rows(4651207995, 1.0, {7: 0.5})
    fill(plant, rows)
    alarm = Alarm.objects.filter(run=plant.run).latest("raised_step")
    made = next(one for one in explain_alarm(alarm.pk) if one.provider == "claude")
    claude.gate = threading.Event()

    def call() -> None:
        run(made.pk)
        connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    try:
        assert stored.wait(20)
        client.force_login(make_user("operator"))
        page = client.get(f"/explanations/{made.pk}/").content.decode()
        assert "Something is off." in page
        assert "nothing of it has been checked yet" in page
        client.post(f"/explanations/{made.pk}/cancel/")
        claude.gate.set()
        thread.join(20)
        assert not thread.is_alive()
    finally:
        claude.gate.set()
        thread.join(20)
    made.refresh_from_db()
    assert (made.status, made.text, made.draft) == ("cancelled", "", "")


def test_outages_in_a_row_pause_a_provider_and_one_attempt_tries_it_again(
    alarm_of, claude, make_user
):
    alarm = alarm_of(7)
    claude.play(Refuses(500))
    made = explain_alarm(alarm.pk)[1]
    for _ in range(FAILURES_TO_OPEN):
        Explanation.objects.filter(pk=made.pk).update(
            status="waiting", attempts=0, not_before=timezone.now()
        )
        assert run(made.pk)
    config = config_of_claude()
    assert config.seconds_open(timezone.now()) > 50
    assert "paused for" in config.health
    Explanation.objects.filter(pk=made.pk).update(status="waiting", not_before=timezone.now())
    assert not run(made.pk)
    made.refresh_from_db()
    assert "is not asked for a while, after 4 failures in a row" in made.error
    assert made.seconds_to_start > 50
    assert len(claude.requests) == FAILURES_TO_OPEN
    config_of_claude(open_until=timezone.now() - timedelta(seconds=1))
    Explanation.objects.filter(pk=made.pk).update(not_before=timezone.now())
    claude.play(*[Refuses(500)] * FAILURES_TO_OPEN, Says())
    assert run(made.pk)
    assert config_of_claude().open_until is None
    assert config_of_claude().failures == 0


def test_what_an_answer_costs_is_reserved_and_settled(alarm_of, explained, claude):
    config_of_claude(price_in=Decimal(3), price_out=Decimal(15))
    made = explained(alarm_of(4))["claude"]
    cost = (Decimal(3) * 1234 + Decimal(15) * 321) / 1_000_000
    assert made.spending.cost == cost
    assert made.spending.estimate > cost
    assert made.spending.tokens == 1555


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("provider", "The budget of Claude is used up"),
        ("all", "The budget of all providers is used up"),
        ("plant", "The budget of TEP 1 is used up"),
        ("tokens", "The tokens of Claude are used up"),
    ],
)
def test_at_a_limit_the_embedded_explainer_goes_on_alone(alarm_of, explained, claude, limit, words):
    config_of_claude(
        price_in=Decimal(3),
        price_out=Decimal(15),
        budget_per_day=Decimal("0.01") if limit == "provider" else None,
        tokens_per_day=100 if limit == "tokens" else None,
    )
    Budget.objects.update_or_create(
        pk=1,
        defaults={
            "per_day": Decimal("0.01") if limit == "all" else None,
            "per_plant_and_day": Decimal("0.01") if limit == "plant" else None,
        },
    )
    made = explained(alarm_of(4))
    assert made["embedded"].status == "done"
    assert made["claude"].status == "failed"
    assert words in made["claude"].error
    assert claude.requests == []


def test_a_budget_of_nothing_spends_nothing_even_where_no_price_is_known(
    alarm_of, explained, claude
):
    Budget.objects.update_or_create(pk=1, defaults={"per_day": Decimal(0)})
    assert "used up" in explained(alarm_of(4))["claude"].error
    assert claude.requests == []


def test_a_refused_question_costs_nothing_and_an_unusable_answer_what_it_took(
    alarm_of, claude, make_user
):
    config_of_claude(price_in=Decimal(3), price_out=Decimal(15))
    alarm = alarm_of(4)
    claude.play(Refuses(401), Says("no JSON"), Raw(b"<html>"))
    for name in ("operator", "engineer", "admin"):
        by_hand(alarm, make_user, name)
    refused, unusable, unread = Spending.objects.order_by("pk")
    assert (refused.cost, refused.tokens) == (0, 0)
    assert unusable.tokens == 1555
    assert unread.cost == 0


def test_what_is_under_way_counts_with_its_estimate(plant):
    config = config_of_claude(
        price_in=Decimal(3), price_out=Decimal(15), budget_per_day=Decimal("0.1")
    )
    budget.reserve(config, plant, 10_000)
    with pytest.raises(budget.OverBudget, match=r"0\.0720 of 0\.1000 USD"):
        budget.reserve(config, plant, 10_000)


def test_an_explanation_waits_for_the_delay_that_is_set(alarm_of):
    alarm = alarm_of(4)
    AskingSettings.objects.create(plant=alarm.run.plant, delay_seconds=30.0)
    (made,) = explain_alarm(alarm.pk)
    assert 28 < made.seconds_to_start <= 30


def test_shifted_leading_tags_ask_again_after_the_minimum(alarm_of, explained):
    alarm = alarm_of(7, hours=3.0)
    assert alarm.is_standing
    made = explained(alarm)["embedded"]
    settings = AskingSettings.of(alarm.run.plant)
    settings.shift_jaccard, settings.shift_min_seconds = 1.0, 60.0
    settings.save()
    now = timezone.now()
    newest = Analysis.objects.filter(run=alarm.run).latest("step")
    then = [tag["tag"] for tag in made.evidence["tags"]][:6]
    assert jaccard([p["tag"] for p in newest.top_contributions(6)], then) < 1.0
    assert explain_shifts(now) == []
    (again,) = explain_shifts(now + timedelta(seconds=61))
    assert (again.trigger, again.step, again.alarm) == ("shift", newest.step, alarm)
    assert explain_shifts(now + timedelta(seconds=61)) == []  # it is being written
    run(again.pk)
    assert explain_shifts(now + timedelta(seconds=200)) == []  # there is no newer point
    settings.shift_jaccard = 0.0
    settings.save()
    assert explain_shifts(now + timedelta(seconds=200)) == []


def test_the_overlap_of_two_sets_of_tags():
    assert jaccard("abc", "abc") == 1.0
    assert jaccard("ab", "bc") == pytest.approx(1 / 3)
    assert jaccard("", "") == 1.0


def test_an_answer_that_comes_after_a_later_one_is_filed_as_late(alarm_of, claude, make_user):
    alarm = alarm_of(4)
    early = explain_alarm(alarm.pk)[1]
    by_hand(alarm, make_user)
    run(early.pk)
    early.refresh_from_db()
    assert early.status == "done"
    assert early.is_late


def test_keys_are_in_no_row_of_the_database(alarm_of, explained, claude):
    claude.play(Refuses(403, f"your key {KEY} may not"))
    explained(alarm_of(4))
    for model in (Explanation, ProviderConfig, Spending):
        for row in model.objects.values():
            assert KEY not in str(row)
