"""How changes of a detector's settings are taken back."""

from typing import Any

from django.utils.translation import gettext

from accounts.models import AuditEntry
from accounts.undoing import CannotUndo, Looked, Way, register
from monitoring.forms import save_settings
from monitoring.models import AnalysisPreset, DetectorModel, DetectorSettings
from simulation.models.actor import Actor

ACTION = "detector-settings"


def _settings(entry: AuditEntry) -> DetectorSettings | None:
    found = DetectorSettings.objects.select_related("preset", "plant")
    return found.filter(plant=int(entry.subject_id)).first()


def _refusal(entry: AuditEntry, looked: Looked) -> str:
    key = ("settings", entry.subject_id)
    if key not in looked:
        looked[key] = _settings(entry)
    settings = looked[key]
    if settings is None:
        return gettext("The plant is gone.")
    now = settings.as_act()
    if any(now[name] != value for name, value in entry.after.items()):
        return gettext("The settings have been changed again since.")
    return ""


def _carry_out(entry: AuditEntry, by: Actor) -> str:
    DetectorSettings.objects.select_for_update().filter(plant=int(entry.subject_id)).first()
    why = _refusal(entry, {})
    settings = _settings(entry)
    if why or settings is None:
        raise CannotUndo(why)
    fields = []
    for name, value in entry.before.items():
        field = {"analysis_preset": "preset"}.get(name, name)
        setattr(settings, field, _row(name, value))
        fields.append(field)
    save_settings(settings, fields, by=by)
    return gettext("The detector has its former settings, from the next scored point on.")


def _row(name: str, value: Any) -> Any:
    """Return a setting's value; a preset or a version that is gone cannot be set again."""
    if value is None or name not in {"analysis_preset", "detector_model"}:
        return value
    found = (
        AnalysisPreset.objects.filter(slug=value).first()
        if name == "analysis_preset"
        else DetectorModel.objects.filter(pk=value).defer("parameters").first()
    )
    if found is None:
        raise CannotUndo(
            gettext("The %(replace)s that was set before is gone.")
            % {"replace": name.replace("_", " ")}
        )
    return found


def register_all() -> None:
    """Tell the trail about them."""
    register(ACTION, Way("monitoring.tune_detector", _refusal, _carry_out))
