"""Whether there is a detector for every plant, and whether it can be read."""

from monitoring.models import DetectorSettings
from simulation.models import Plant
from teplive.doctor.database import be_impatient
from teplive.doctor.examination import Finding

NAME = "detector"
FIT = "Run: manage.py fitdetector"


def look() -> list[Finding]:
    """Load the detector of each plant."""
    be_impatient()
    found: list[Finding] = []
    used: set[str] = set()
    for plant in Plant.objects.all():
        model = DetectorSettings.of(plant).detector_in_use()
        if model is None:
            said = f"{plant.name} has none: its readings are not scored"
            found.append(Finding(NAME, "fail", said, FIT))
            continue
        try:
            used.add(f"{model} ({len(model.detector.labels)} variables)")
        except ValueError as error:
            said = f"{model}, which {plant.name} uses, cannot be read: {error}"
            found.append(Finding(NAME, "fail", said, f"{FIT}, or choose another in the admin."))
    return found or [Finding(NAME, "ok", f"in use: {', '.join(sorted(used)) or 'none needed'}")]
