"""What the panel «What if» shows: the forecast, the branches, and the form of a new one."""

from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.http import HttpRequest

from accounts.hidden_truth import is_hidden
from simulation import branching
from simulation.models import ForecastRecord, Plant
from simulation.models.reading import hours_at
from simulation.whatif_forms import BranchForm


@dataclass(frozen=True)
class BranchShown:
    """One branch in the list."""

    plant: Plant

    @property
    def hours(self) -> float:
        """Process time at which it branched off."""
        return hours_at(self.plant.run.branch_step or 0)

    @property
    def percent(self) -> int:
        """How much of the way it has run, in %."""
        until, first = self.plant.run_until_step, self.plant.run.branch_step or 0
        if until is None:
            return 100
        return round(100 * (self.plant.step - first) / max(1, until - first))

    @property
    def words(self) -> str:
        """What it does."""
        plant = self.plant
        if plant.run_until_step is not None:
            goal = hours_at(plant.run_until_step)
            if plant.tep_state is None:
                return "being prepared"
            return f"running to {goal:.2f} h, {self.percent} %"
        return f"{plant.get_state_display()} at {plant.sim_hours:.2f} h"


def whatif_context(
    request: HttpRequest, plant: Plant, message: str = "", form: Form | None = None
) -> dict[str, Any]:
    """Return the context of `_whatif.html`."""
    record = ForecastRecord.objects.filter(plant=plant).select_related("run").first()
    if record is not None and record.run_id != plant.current_run_id:
        record = None
    run = plant.current_run
    faults = run is not None and run.injections.filter(start_step__lte=plant.step).exists()
    shown = [BranchShown(made) for made in branching.branches_of(plant)]
    parent = run.parent if run is not None and run.parent is not None else None
    return {
        "plant": plant,
        "forecast": record,
        "branches": shown,
        "is_moving": any(one.plant.run_until_step is not None for one in shown),
        "original": parent.plant if parent is not None else None,
        "has_faults": faults or is_hidden(request),  # the button would tell
        "whatif_message": message,
        "branch_form": form
        or BranchForm(auto_id="branch-%s", label_suffix="", initial={"hours": 8}),
        "may_operate": request.user.has_perm("simulation.operate_plant"),
        "is_tripped": plant.state == Plant.State.TRIPPED,
    }
