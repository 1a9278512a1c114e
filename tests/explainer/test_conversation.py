"""Questions about an alarm: the embedded explainer from its facts, models with read-only tools."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from explainer import conversing
from explainer.conversing import MOST_AN_HOUR, MOST_ROUNDS, NotAsked, ask, run
from explainer.facts import WHAT_IT_CAN
from explainer.looking import Lookup
from explainer.models import ProviderConfig, Question
from simulation.models import Reading
from tests.explainer.llm_server import Refuses, Says

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(make_user):
    return make_user("operator")


@pytest.fixture
def answered(alarm_of, operator):
    """Ask about an alarm of IDV 4: answered("why?", "claude")."""
    alarm = alarm_of(4)

    def answer(text, name="embedded") -> Question:
        made = ask(alarm, operator, name, text)
        assert run(made.pk)
        made.refresh_from_db()
        return made

    return answer


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How did XMV(10) go?", "XMV(10) over steps"),
        ("xmeas 9, steps 60 to 80?", "XMEAS(9) over steps 60 to 80"),
        ("What is IDV(4)?", "cooling water comes in warmer"),
        ("What is IDV 21?", "There is no IDV(21)"),
        ("And XMEAS(99)?", "There is no XMEAS(99)"),
        ("XMEAS(9), steps 1 to 99999999?", "nothing can be said: steps must lie between"),
        ("Which loops are in it?", "reactor cooling"),
        ("Why?", "There is no trained diagnosis"),
        ("Tell me a joke.", WHAT_IT_CAN[:40]),
    ],
)
def test_the_embedded_explainer_answers_from_its_facts(answered, text, words):
    made = answered(text)
    assert made.status == "done"
    assert words in made.answer


def test_who_asks_why_hears_what_the_explanation_does_not_say(answered):
    made = answered("Why?")
    assert "speaks:" in made.answer and " sd)" in made.answer
    assert "over steps" in made.answer  # how the leading tags went on
    assert made.looked_at and made.citations
    assert {one["verdict"] for one in made.citations} == {"supported"}
    assert "1. " not in made.answer  # no second ranking


def test_what_it_says_of_a_tag_is_cited_and_supported(answered):
    made = answered("How did XMV(10) go?")
    assert [one["verdict"] for one in made.citations] == ["supported"]
    assert [one["tool"] for one in made.looked_at] == ["compare_with_normal", "statistic", "trend"]


def test_a_model_looks_things_up_and_its_answer_is_checked(answered, claude):
    window = {"tag": "XMV(10)", "first_step": 60, "last_step": 80}
    claude.play(
        Says("", calls=[("statistic", window), ("trend", window)]),
        Says("It rose [XMV(10) low 99.0 sd, steps 60 to 80] by 8888.8 kPa."),
    )
    made = answered("How did the valve go?", "claude")
    assert made.status == "done", made.error
    assert [one["tool"] for one in made.looked_at] == ["statistic", "trend"]
    stored = Reading.objects.filter(step__gte=60, step__lte=80).values_list("values", flat=True)
    mean = sum(row[50] for row in stored) / len(stored)
    assert made.looked_at[0]["found"]["mean"] == pytest.approx(mean)
    assert [one["verdict"] for one in made.citations] == ["wrong direction"]
    assert [one["words"] for one in made.numbers] == ["8888.8"]
    assert made.tokens_in == 2 * 1234
    assert "trend" in str(claude.requests[0]["body"]["tools"])


def test_earlier_turns_are_told_again(answered, claude):
    claude.play(Says("The valve."))
    answered("What is it?", "claude")
    answered("Are you sure?", "claude")
    told = [m["content"] for m in claude.requests[1]["body"]["messages"]]
    assert told[-3:] == ["What is it?", "The valve.", "Are you sure?"]


def test_a_model_that_only_looks_is_ended(answered, claude):
    window = {"tag": "XMV(10)", "first_step": 1, "last_step": 5}
    claude.play(Says("", calls=[("trend", window)] * 5))
    made = answered("Well?", "claude")
    assert made.status == "failed"
    assert "did not answer" in made.error
    assert len(claude.requests) == MOST_ROUNDS + 1


def test_a_refusal_and_an_empty_budget_are_said(answered, claude):
    claude.play(Refuses(500))
    assert "failed (500)" in answered("Why?", "claude").error
    ProviderConfig.objects.filter(name="claude").update(
        price_in=Decimal(3), price_out=Decimal(15), budget_per_day=Decimal(0)
    )
    assert "used up" in answered("Why?", "claude").error
    assert len(claude.requests) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("drop_tables", {}, "there is no tool"),
        ("trend", {"tag": "XMEAS(99)", "first_step": 1, "last_step": 2}, "there is no tag"),
        ("trend", {"tag": "XMEAS(1)", "first_step": "x", "last_step": 2}, "invalid literal"),
        ("trend", {"tag": "XMEAS(1)"}, "first_step"),
        ("trend", {"tag": "XMEAS(1)", "first_step": 5, "last_step": 2}, "steps must lie"),
        ("compare_with_normal", {"tag": "XMEAS(30)", "first_step": 1, "last_step": 2}, "no normal"),
    ],
)
def test_a_look_at_what_is_not_there_finds_the_reason(alarm_of, name, arguments, words):
    assert words in Lookup(alarm_of(4), 100).look(name, arguments)


def test_only_so_many_questions_an_hour(alarm_of, operator):
    alarm = alarm_of(4)
    Question.objects.bulk_create(
        Question(alarm=alarm, user=operator, username="o", provider="embedded", text="x")
        for _ in range(MOST_AN_HOUR)
    )
    with pytest.raises(NotAsked, match="questions an hour"):
        ask(alarm, operator, "embedded", "Why?")


def test_a_question_of_a_dead_worker_is_given_up(alarm_of, operator):
    made = ask(alarm_of(4), operator, "embedded", "Why?")
    assert conversing.due() == [made.pk]
    assert made.claim(timezone.now())
    assert not run(made.pk)
    assert conversing.due(timezone.now() + timedelta(minutes=6)) == []
    made.refresh_from_db()
    assert "The worker was lost" in made.error


def test_the_page_asks_refuses_and_keeps_what_was_typed(client, alarm_of, make_user, operator):
    address = f"/alarms/{alarm_of(4).pk}/questions/"
    client.force_login(make_user("viewer"))
    assert "takes the role operator" in client.get(address).content.decode()
    assert client.post(address, {"question": "Why?", "provider": "embedded"}).status_code == 403
    client.force_login(operator)
    answer = client.post(address, {"question": "  ", "provider": "embedded"})
    assert (answer.status_code, "Write a question first" in answer.content.decode()) == (422, True)
    answer = client.post(address, {"question": "<b>Why?", "provider": "nobody"})
    assert "no explainer" in answer.content.decode() and "&lt;b&gt;Why?" in answer.content.decode()
    assert client.post(address, {"question": "<b>Why?", "provider": "embedded"}).status_code == 302
    made = Question.objects.get()
    run(made.pk)
    page = client.get(address).content.decode()
    assert "<b>Why?" not in page and "There is no trained diagnosis" in page


def test_markup_in_a_models_answer_is_inert(answered, claude, client, operator):
    claude.play(Says("<script>alert(1)</script> [x](javascript:alert(2))"))
    made = answered("Why?", "claude")
    client.force_login(operator)
    page = client.get(f"/alarms/{made.alarm_id}/questions/").content.decode()
    assert "alert(1)" not in page and 'href="javascript' not in page
