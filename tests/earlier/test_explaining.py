"""`/preview/top6` spends nothing, `/explain` asks, `/models/...` tells and switches."""

import pytest

from earlier import explaining as module
from explainer import explaining, tasks
from explainer.models import Explanation, ProviderConfig
from monitoring.models import Analysis
from tests.accounts.callers import assert_says

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(monkeypatch):
    """A worker that takes every hint at once."""

    def take(pks):
        for pk in pks:
            explaining.run(pk)
        return True

    monkeypatch.setattr(tasks, "hint_runs", take)


def test_a_preview_without_a_scored_point_is_empty(program):
    answer = program.get("/preview/top6")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["features"]) == ("empty", [])


def test_a_preview_tells_the_six_leading_tags_and_asks_nobody(program, alarm_of, claude):
    alarm_of(6)
    told = program.get("/preview/top6").json()
    newest = Analysis.objects.order_by("-step").first()
    assert told["status"] == "ok"
    assert [f["tag"] for f in told["features"]] == [
        part["tag"] for part in newest.top_contributions(6)
    ]
    assert told["step"] == newest.step
    assert told["text"].count("\n") == 5
    assert claude.requests == []
    assert not Explanation.objects.exists()


def test_different_faults_have_different_leading_tags(program, alarm_of):
    """Unscaled differences named E Feed in 98 % of the analyses, whatever the fault."""
    leading = {}
    for idv in (1, 4, 6):
        alarm_of(idv)
        leading[idv] = program.get("/preview/top6").json()["features"][0]["tag"]
    assert leading[4] in {"XMV(10)", "XMEAS(9)", "XMEAS(21)"}  # the reactor's cooling
    assert leading[6] in {"XMEAS(1)", "XMV(3)"}  # the lost A feed
    assert len(set(leading.values())) == 3


def test_the_present_point_is_explained_in_the_earlier_shape(program, ran, worker):
    plant = ran()
    answer = program.post("/explain", {"id": "x", "file": "live"})
    assert answer.status_code == 200
    told = answer.json()
    assert {"timestamp", "feature_analysis", "llm_analyses", "performance_summary"} <= set(told)
    assert told["step"] == plant.step
    [said] = told["llm_analyses"].values()
    assert said["status"] == "success"
    assert program.get("/last_analysis").json()["id"] == told["id"]


@pytest.mark.parametrize("how", ["post_form", "post_query"])
def test_forms_and_queries_ask_too(program, ran, worker, how):
    ran()
    assert getattr(program, how)("/explain", id="x").status_code == 200


def test_an_explanation_that_takes_longer_is_fetched_by_its_id(program, ran, monkeypatch):
    ran()
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.0)
    answer = program.post("/explain", {})
    assert answer.status_code == 202
    told = answer.json()
    assert told["status"] == "waiting"
    assert f"/analysis/item/{told['id']}" in told["message"]
    explaining.run(Explanation.objects.get().pk)
    assert program.get(f"/analysis/item/{told['id']}").json()["step"] == told["step"]


def test_values_sent_along_are_not_explained_as_if_they_were_the_plants(program, ran):
    ran()
    answer = program.post("/explain", {"data": {"A Feed": [0.25, 0.26]}, "id": "1", "file": "f"})
    assert_says(answer, 422, "cannot be explained", "/ingest")
    assert not Explanation.objects.exists()


def test_a_plant_without_a_scored_point_has_nothing_to_explain(program, plant):
    plant.start()
    assert_says(program.post("/explain", {}), 409, "Nothing", "Start the plant")


# -- models -------------------------------------------------------------------------------------

MODEL_FIELDS = {
    "config_enabled", "runtime_enabled", "active_models", "available_models", "usage_stats",
    "cost_tracking",
}  # fmt: skip


def test_the_models_status_has_the_earlier_fields_and_invents_no_cost(program):
    told = program.get("/models/status").json()
    assert set(told) == MODEL_FIELDS
    assert told["active_models"] == ["embedded"]
    assert told["available_models"] == ["embedded", "claude", "openai", "gemini", "lmstudio"]
    for model in told["config_enabled"]:
        assert {"name", "enabled", "premium", "description", "runtime_enabled"} <= set(model)
    assert told["cost_tracking"]["total_cost"] is None
    assert told["usage_stats"] == {}


def test_the_models_use_is_counted(program, alarm_of, explained, claude):
    explained(alarm_of(6))
    stats = program.get("/api/models/status").json()["usage_stats"]
    assert stats["claude"]["done"] == 1
    assert (stats["claude"]["tokens_in"], stats["claude"]["tokens_out"]) == (1234, 321)
    assert stats["embedded"]["tokens_in"] is None


@pytest.mark.parametrize("how", ["post", "post_form", "post_query"])
def test_a_model_is_switched_off_and_on(program, alarm_of, explained, claude, how):
    def toggle(enabled):
        values = {"model_name": "claude", "enabled": enabled}
        if how == "post":
            return program.post("/models/toggle", values)
        return getattr(program, how)("/models/toggle", **values)

    told = toggle(False).json()
    assert (told["success"], told["enabled"]) == (True, False)
    assert told["active_models"] == ["embedded"]
    assert told["runtime_enabled"] == {"embedded": True} | dict.fromkeys(
        ["claude", "openai", "gemini", "lmstudio"], False
    )
    assert set(explained(alarm_of(6))) == {"embedded"}
    assert claude.requests == []
    assert program.get("/status").json()["llm_enabled"] is False
    assert toggle(True).json()["active_models"] == ["embedded", "claude"]
    assert set(explained(alarm_of(6))) == {"embedded", "claude"}
    assert len(claude.requests) == 1


def test_an_explanation_that_waits_is_not_written_by_a_model_switched_off(
    program,
    alarm_of,
    claude,
):
    from explainer.asking import explain_alarm

    made = explain_alarm(alarm_of(6).pk)
    program.post("/models/toggle", {"model_name": "claude", "enabled": False})
    for one in made:
        explaining.run(one.pk)
        one.refresh_from_db()
    assert {one.provider: one.status for one in made} == {"embedded": "done", "claude": "failed"}
    assert "switched off" in made[1].error
    assert claude.requests == []


def test_a_model_is_also_named_by_its_models_name(program, claude):
    program.post("/models/toggle", {"model_name": "claude-configured", "enabled": 0})
    claude = ProviderConfig.objects.get(name="claude")
    assert not claude.enabled
    assert claude.changed_by == "a program of this machine"


def test_the_embedded_explainer_stays_on(program):
    answer = program.post("/models/toggle", {"model_name": "embedded", "enabled": False})
    assert_says(answer, 409, "cannot be switched off", "claude")
    on = program.post("/models/toggle", {"model_name": "embedded", "enabled": True})
    assert on.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"model_name": "gpt", "enabled": True},
        {"model_name": "claude"},
        {"model_name": "claude", "enabled": "perhaps"},
        {"model_name": ["claude"], "enabled": True},
    ],
)
def test_a_toggle_that_cannot_be_is_refused(program, body):
    assert_says(program.post("/models/toggle", body), 400)
    assert ProviderConfig.objects.get(name="claude").enabled


def test_an_engineer_switches_a_model_in_the_admin(client, make_user):
    client.force_login(make_user("engineer"))
    claude = ProviderConfig.objects.get(name="claude")
    page = f"/admin/explainer/providerconfig/{claude.pk}/change/"
    form = client.get(page).context["adminform"].form
    sent = {name: "" if value is None else value for name, value in form.initial.items()}
    sent.pop("enabled")
    assert client.post(page, sent).status_code == 302
    claude.refresh_from_db()
    assert not claude.enabled
    assert claude.changed_by == "engineer"
    assert claude.key_variable == "ANTHROPIC_API_KEY"
