"""The runs that a view names, found in the database."""

from dataclasses import dataclass
from typing import Any

from monitoring.trends.marks import Told, event_step, everything
from monitoring.trends.series import Ends, ends_of
from monitoring.trends.view import ALIGNMENTS, Place, View
from simulation.models import Plant, Reading, Run


class NoSuchRun(Exception):
    """The place names a plant or a run that there is not; the words say which."""


class NeverRan(NoSuchRun):
    """The plant is there, and has nothing to show yet: the address is right."""


@dataclass(frozen=True)
class Source:
    """A run that traces come from: its plant, and how far its samples are laid to the right."""

    plant: Plant
    run: Run
    ends: Ends | None
    shift: int = 0

    @property
    def is_current(self) -> bool:
        """Whether the plant is still in this run."""
        return self.plant.current_run_id == self.run.pk

    @property
    def name(self) -> str:
        """What a legend calls it."""
        return f"{self.plant.name} run {self.run.number}"

    def as_json(self) -> dict[str, Any]:
        """Return what the page's script needs to know of it."""
        newest = None
        if self.ends is not None:
            stored = Reading.objects.filter(run=self.run, step=self.ends.newest)
            newest = stored.values_list("sampled_at", flat=True).first()
        return {
            "plant": self.plant.pk,
            "run": self.run.number,
            "name": self.name,
            "live": self.is_current,
            "interval": self.plant.interval_seconds,
            "first": None if self.ends is None else self.ends.first,
            "newest": None if self.ends is None else self.ends.newest,
            "newest_at": None if newest is None else newest.timestamp(),
            "shift": self.shift,
        }


def source_of(place: Place, shift: int = 0) -> Source:
    """Return the run of a place. Raises NoSuchRun."""
    plant = Plant.objects.select_related("current_run").filter(pk=place.plant).first()
    if plant is None:
        raise NoSuchRun(f"There is no plant {place.plant}.")
    run = plant.current_run
    if place.run is not None:
        run = Run.objects.filter(plant=plant, number=place.run).first()
        if run is None:
            raise NoSuchRun(f"{plant.name} has no run {place.run}.")
    if run is None:
        raise NeverRan(f"{plant.name} has never run: start it first.")
    return Source(plant, run, ends_of(run), shift)


def sources_of(view: View, told: Told = everything) -> tuple[dict[str, Source], dict[str, str]]:
    """Return the sources of a view by what its traces call them, and what could not be found.

    "" is the run of the view, "overlay" the one that is laid over it. `told` leaves out injections
    that the asking session hides.
    """
    sources: dict[str, Source] = {}
    errors: dict[str, str] = {}
    if view.place is not None:
        try:
            sources[""] = source_of(view.place)
        except NoSuchRun as refusal:
            errors["plant" if view.place.run is None else "run"] = str(refusal)
    for trace in view.traces:
        if trace.place is not None and str(trace.place) not in sources:
            try:
                sources[str(trace.place)] = source_of(trace.place)
            except NoSuchRun as refusal:
                errors["chart"] = f"{trace}: {refusal}"
    if view.overlay is not None and "" in sources:
        try:
            over = source_of(view.overlay)
            sources["overlay"] = _laid_over(over, sources[""], view.align, told)
        except NoSuchRun as refusal:
            errors["overlay"] = str(refusal)
    return sources, errors


def _laid_over(over: Source, under: Source, align: str, told: Told) -> Source:
    at = []
    for source in (under, over):
        step = event_step(source.run, align, told)
        if step is None:
            raise NoSuchRun(
                f"{source.name} has no event of this kind: {ALIGNMENTS[align]} cannot be laid over "
                "each other. Align at the start instead."
            )
        at.append(step)
    return Source(over.plant, over.run, over.ends, at[0] - at[1])
