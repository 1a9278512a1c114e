"""One of everything that can be stored, made by the product where it has a way, else by hand."""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from explainer import explaining
from explainer.asking import explain_alarm
from explainer.models import Explanation, ProviderConfig, Question
from monitoring.models import Alarm, AlarmDefinition, AlarmOccurrence, EventFrame, PublicLink
from simulation import branching
from simulation.models import Plant, PlantEvent, Reading
from tests.monitoring.pages import SEED, run_for

CITATION = {"words": "x", "found": "x", "verdict": "x", "tag": "x", "first_step": 1, "last_step": 2}
NUMBER = {"words": "1.5", "found": "x"}
#: Shapes of stored JSON that a page reads, where no real run of a test makes one.
JSON: dict[str, Any] = {
    "teplive.DemoTour.log": [{"title": "Normal", "words": "It ran.", "reached": False}],
    "explainer.Question.looked_at": [
        {
            "tool": "look",
            "arguments": {"tag": "XMEAS(1)", "first_step": 1, "last_step": 2},
            "found": {"error": "nothing"},
        }
    ],
    "explainer.Question.citations": [CITATION],
    "explainer.Question.numbers": [NUMBER],
    "monitoring.AlarmDiagnosis.ranking": [[6, 0.9], [1, 0.1]],
    "monitoring.DiagnosisModel.card": {"words": "a card", "figures": {"recall": 0.5}},
    "monitoring.DetectorEvaluation.figures": {"words": "a figure", "faults": {}},
}
#: Values that decide whether a row is shown at all, or that the generic filling cannot know.
VALUES: dict[str, dict[str, Any]] = {
    "admin.LogEntry": {
        "content_type": lambda: ContentType.objects.get_for_model(Plant),
        "object_id": lambda: str(Plant.objects.order_by("pk").values_list("pk", flat=True)[0]),
        "action_flag": 2,
    },
    "otp_totp.TOTPDevice": {"confirmed": False},
    "otp_static.StaticDevice": {"confirmed": False},
    "teplive.DemoTour": {"state": "stopped", "ended_at": timezone.now},
    "explainer.Question": {"status": "failed", "provider": "embedded", "answer": "x", "error": "x"},
    "explainer.Assessment": {"note": "x"},
    "monitoring.AlarmDiagnosis": {"step": 20},
    "monitoring.Shelving": {
        "until": lambda: timezone.now() + timedelta(hours=1),
        "ended_at": None,
        "ended_by": None,
    },
    "monitoring.LogEntry": {"at": timezone.now, "step": 5, "withdrawn_at": timezone.now},
    "monitoring.PublicLink": {"revoked_at": None},
    "monitoring.SavedTrend": {"query": "span=1h", "shared": True},
    "accounts.ApiToken": {"revoked_at": None},
    "accounts.Preferences": {"zone": "UTC", "theme": "auto", "units": "si"},
    "simulation.Hand": {"kind": "valve", "number": 3},
    "simulation.ForecastRecord": {"claims": {"ranges": [{"words": "x"}]}, "series": {}},
}
#: Rows that the product itself keeps by their meaning; made where a test needs them.
LEFT_OUT = {
    "sessions.Session",
    "accounts.SessionRecord",
    "accounts.Preferences",
    "explainer.Spending",
}


def build(plant: Plant, user: Any) -> dict[str, Any]:
    """Run a plant into an alarm with its explanation, then add what is still missing."""
    plant.reset(SEED)
    plant.start(by=user)
    run_for(plant, 10)
    plant.inject([6], by=user)
    run_for(plant, 40)
    alarm = Alarm.objects.get()
    for one in explain_alarm(alarm.pk):
        explaining.run(one.pk)
    _, token = PublicLink.issue(plant, timedelta(days=1), name="hall", made_by=user)
    other = branching.branch(plant, hours=1.0, by=user)
    named = {
        Plant: plant,
        type(user): user,
        Alarm: alarm,
        type(plant.run): plant.run,
        EventFrame: EventFrame.objects.get(),
        AlarmOccurrence: AlarmOccurrence.objects.get(),
    }
    for model in apps.get_models():
        label = model._meta.label
        if label not in LEFT_OUT and not model._default_manager.exists():
            _make(model, named)
    _second_states(plant)
    Explanation.objects.update(numbers=[NUMBER])
    Reading.objects.filter(run=plant.run, step=3).update(quality="x", ingest_key="x")
    code = apps.get_model("monitoring.AlarmDefinition").objects.order_by("pk").first().code
    return {"token": token, "plant": plant, "alarm": alarm, "other": other, "code": code}


def _second_states(plant: Plant) -> None:
    """Bring rows into states in which pages show texts that they else do not."""
    now = timezone.now()
    failed = Question.objects.get()
    failed.pk, failed.answer = None, ""
    failed.save()
    away = AlarmDefinition.objects.order_by("-pk")[0]
    AlarmDefinition.objects.filter(pk=away.pk).update(
        in_service=False, out_of_service_since=now, cannot_work=""
    )
    ProviderConfig.objects.update(last_error="x", last_error_at=now, last_ok_at=None)
    PlantEvent.note(plant, PlantEvent.Kind.FAILED, "x")


def _make(model: type[models.Model], named: dict[Any, Any]) -> None:
    label = model._meta.label
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.auto_created or (field.primary_key and not isinstance(field, models.CharField)):
            continue
        values[field.name] = _value(field, label, named)
    for name, value in VALUES.get(label, {}).items():
        values[name] = value() if callable(value) else value
    known = {field.name for field in model._meta.concrete_fields}
    model._default_manager.bulk_create([model(**{k: v for k, v in values.items() if k in known})])


def _value(field: models.Field, label: str, named: dict[Any, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        other = field.related_model
        return named.get(other) or other._default_manager.order_by("pk").first()
    if isinstance(field, models.JSONField):
        return JSON.get(f"{label}.{field.name}", field.get_default() or {})
    if field.has_default():
        return field.get_default()
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.GenericIPAddressField):
        return "192.0.2.1"
    if isinstance(field, models.CharField | models.TextField):
        return "x"
    if isinstance(field, models.BinaryField):
        return b""
    if isinstance(field, models.BooleanField):
        return False
    return None if field.null else 1
