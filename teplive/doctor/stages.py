"""Every stage of every plant, as the page and /healthz judge it."""

from monitoring.status import PlantStatus, Stage, plants_with_status
from teplive.doctor.database import impatient
from teplive.doctor.examination import Finding, Level

NAME = "stages"
LEVELS: dict[str, Level] = {"stalled": "fail", "late": "warn"}


@impatient()
def look() -> list[Finding]:
    """Return a finding for each stage of each plant."""
    found = plants_with_status()
    if not found:
        said = "there is no plant"
        return [Finding(NAME, "warn", said, "Add one in the admin; manage.py up makes the first.")]
    return [_finding(status, stage) for status in found for stage in status.stages]


def _finding(status: PlantStatus, stage: Stage) -> Finding:
    said = f"{stage.state}: {stage.reason}"
    if stage.state in LEVELS and stage.age_seconds is not None:
        said = f"{stage.state} for {stage.age_seconds:.0f} s: {stage.reason}"
    level = LEVELS.get(stage.state, "ok")
    return Finding(f"{stage.name} of {status.plant.name}", level, said, stage.remedy)
