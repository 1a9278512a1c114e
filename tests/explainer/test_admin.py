"""Providers, prompts and budget in the admin: set up, tested, compared, and held within bounds."""

import pytest

from explainer.models import Budget, PromptVersion, ProviderConfig
from tests.explainer.conftest import KEY
from tests.explainer.llm_server import Refuses, Says

pytestmark = pytest.mark.django_db

LIST = "/admin/explainer/providerconfig/"
NEW = {
    "name": "local", "title": "Local", "protocol": "openai", "model_name": "m",
    "base_url": "http://127.0.0.1:1234/v1", "key_variable": "", "prompt_style": "engineer",
    "answer_form": "schema", "timeout_seconds": 60, "max_tokens": 4000, "price_in": "",
    "price_out": "", "budget_per_day": "", "tokens_per_day": "",
}  # fmt: skip


@pytest.fixture
def admin(client, make_user):
    client.force_login(make_user("admin"))
    return client


def config(name="claude") -> ProviderConfig:
    return ProviderConfig.objects.get(name=name)


def test_the_list_tells_how_each_provider_is(admin):
    page = admin.get(LIST).content.decode()
    assert "Embedded explainer" in page and "signatures-3" in page
    assert "not set up: Set ANTHROPIC_API_KEY and restart" in page
    assert "switched off" in page or "Set OPENAI_API_KEY" in page


def test_an_admin_adds_a_local_server(admin):
    assert admin.post(f"{LIST}add/", NEW).status_code == 302
    assert config("local").changed_by == "admin"
    assert config("local").missing == ""


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("key_variable", "DJANGO_SECRET_KEY", "ends in _API_KEY"),
        ("key_variable", "sk-ant-real-key", "ends in _API_KEY"),
        ("base_url", "file:///etc/passwd", "An address such as"),
        ("base_url", "http://me:secret@host/v1", "No user or password"),
        ("budget_per_day", "1", "Without both prices nobody knows"),
        ("timeout_seconds", "9999", "less than or equal to 240"),
        ("protocol", "embedded", "There is one embedded explainer"),
        ("name", "claude", "already exists"),
    ],
)
def test_what_cannot_work_is_refused_beside_its_field(admin, field, value, words):
    answer = admin.post(f"{LIST}add/", NEW | {field: value})
    assert answer.status_code == 200
    assert words in " ".join(answer.context["adminform"].form.errors[field])


def test_an_engineer_sets_a_budget_but_not_where_a_key_is_sent(client, make_user):
    client.force_login(make_user("engineer"))
    assert client.post(f"{LIST}add/", NEW).status_code == 403
    page = f"{LIST}{config().pk}/change/"
    client.post(page, NEW | {"tokens_per_day": 5000, "base_url": "http://evil.example/"})
    assert (config().tokens_per_day, config().base_url, config().name) == (5000, "", "claude")


def test_the_embedded_explainer_can_neither_be_switched_off_nor_deleted(admin):
    embedded = config("embedded")
    values = NEW | {"name": "embedded", "title": "E", "protocol": "embedded"}
    answer = admin.post(f"{LIST}{embedded.pk}/change/", values)
    assert "cannot be switched off" in str(answer.context["adminform"].form.errors)
    assert admin.post(f"{LIST}{embedded.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_test_asks_one_short_question_and_says_what_came(admin, claude):
    address = f"{LIST}{config().pk}/test/"
    page = admin.post(address, follow=True).content.decode()
    assert "Claude answered in" in page and "1234 tokens in, 321 out" in page
    claude.play(Says(), Refuses(404))
    assert "does not know the model" in admin.post(address, follow=True).content.decode()
    claude.play(Says("no JSON"))
    page = admin.post(address, follow=True).content.decode()
    assert "it holds no JSON object" in page
    assert KEY not in page


def test_a_test_is_paid_for_like_any_other(admin, claude):
    Budget.objects.create(pk=1, per_day=0)
    page = admin.post(f"{LIST}{config().pk}/test/", follow=True).content.decode()
    assert "is used up for today" in page
    assert claude.requests == []


def test_a_test_is_no_link_and_not_for_everybody(admin, client, make_user):
    address = f"{LIST}{config().pk}/test/"
    assert admin.get(address).status_code == 405
    client.force_login(make_user("operator"))
    assert client.post(address).status_code == 302  # to the login


def test_a_new_version_of_a_prompt_says_what_differs_and_is_used_when_chosen(admin):
    first = PromptVersion.active("engineer")
    address = "/admin/explainer/promptversion/"
    begun = admin.get(f"{address}add/?style=engineer").context["adminform"].form.initial
    assert begun["system"] == first.system
    words = {"style": "engineer", "note": "shorter", "system": "Be short.", "user": "$evidence"}
    assert admin.post(f"{address}add/", words).status_code == 302
    second = PromptVersion.objects.get(style="engineer", number=2)
    assert not second.is_active
    page = admin.get(f"{address}{second.pk}/change/").content.decode()
    assert "<ins>+ Be short.</ins>" in page and "<del>- Explain this alarm" in page
    admin.post(address, {"action": "use", "_selected_action": [second.pk]})
    assert PromptVersion.active("engineer") == second


def test_a_template_with_a_place_that_nobody_fills_is_refused(admin):
    words = {"style": "engineer", "note": "", "system": "Hello", "user": "$evidence $truth"}
    answer = admin.post("/admin/explainer/promptversion/add/", words)
    assert "Known places are" in str(answer.context["adminform"].form.errors["user"])
