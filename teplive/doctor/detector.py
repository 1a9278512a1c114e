"""Whether every plant's detectors can be read: the one in charge, PCA beside it, the shadows."""

from collections.abc import Iterator

from monitoring.models import DetectorModel, DetectorSettings
from monitoring.watched import VARIABLE_SETS
from simulation.models import Plant
from teplive.doctor.database import impatient
from teplive.doctor.examination import Finding

NAME = "detector"
FIT = "Run: manage.py fitdetector"


@impatient()
def look() -> list[Finding]:
    """Load the detectors of each plant."""
    found: list[Finding] = []
    used: dict[int, str] = {}
    for plant in Plant.objects.all():
        model = DetectorSettings.of(plant).detector_in_use()
        if model is None:
            said = f"{plant.name} has none: its readings are not scored"
            found.append(Finding(NAME, "fail", said, FIT))
            continue
        used[model.pk] = f"{model} ({model.variables} variables)"
        found += _of_plant(plant, model)
    found += [
        Finding(NAME, "warn", said, "Take it out of the shadow in the admin, or fit another.")
        for shadow in DetectorModel.watching(VARIABLE_SETS)
        if shadow.pk not in used and (said := _unreadable(shadow, "watches in the shadow"))
    ]
    names = ", ".join(sorted(used.values())) or "none needed"
    return found or [Finding(NAME, "ok", f"in use: {names}")]


def _of_plant(plant: Plant, model: DetectorModel) -> Iterator[Finding]:
    """Yield what is wrong with the model in charge of a plant, and with the PCA beside it."""
    if said := _unreadable(model, f"{plant.name} uses"):
        yield Finding(NAME, "fail", said, f"{FIT}, or choose another in the admin.")
    if model.kind == "pca":
        return
    companion = DetectorModel.companion(model.variables)
    fit_it = f"{FIT} --detector pca --variables {model.variables} --no-activate"
    if companion is None:
        said = (
            f"no PCA model with {model.variables} variables accompanies {model}, which "
            f"{plant.name} uses: its readings are not scored"
        )
        yield Finding(NAME, "fail", said, fit_it)
    elif said := _unreadable(companion, f"accompanies {model}"):
        yield Finding(NAME, "fail", said, fit_it)


def _unreadable(model: DetectorModel, role: str) -> str:
    """Return in words that a model cannot be read, and why; nothing for one that can."""
    try:
        _ = model.detector
    except ValueError as error:
        return f"{model}, which {role}, cannot be read: {error}"
    return ""
