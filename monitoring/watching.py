"""The detectors that watch a plant: the one in charge, PCA beside it, and those in the shadow.

All work inside the transaction that scores the points. What a detector remembers lies in its
`Watch`; one that does not fit (a new model, a new run) is made anew from the stored readings, so a
refit neither stops the stream nor begins blind. Nor does a failure in the shadow stop it.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from monitoring.detectors import Change, NotFittedError, Persistence, PersistenceRule
from monitoring.models import DetectorModel, DetectorSettings, Watch
from monitoring.watched import sets_of
from simulation.fields import Vector
from simulation.models import Reading, Run
from simulation.tep.variables import index_of

logger = logging.getLogger(__name__)

#: Readings that a detector new on a run is shown first: of what came before them, 1 part in 10²¹
#: would be left in its slowest average.
SHOWN_FIRST = 5000
#: What a detector raises that cannot make anything of a point.
REFUSALS = (ValueError, ArithmeticError)

_told: set[int] = set()
"""Models in the shadow of which the log has said that they cannot be read."""


class Verdict(NamedTuple):
    """What a detector says of one point: k statistics with their limits, and the leading one."""

    statistics: Vector
    limits: Vector
    exceeds: bool
    member: str
    ratio: float


class Watcher:
    """One fitted detector at work on one run, from a state on."""

    def __init__(self, model: DetectorModel, alpha: float, decimation: int) -> None:
        self.model = model
        self.detector = model.detector
        self.columns = [index_of(label) for label in self.detector.labels]
        self.limits = self.detector.limits(alpha, decimation)
        self.state = self.detector.start()
        self.state_before = self.state
        self.memory = Persistence()

    def take(self, block: list[Vector]) -> Verdict:
        """Take the readings of one point. A dynamic detector sees each, another one their mean.

        A point alone, never several at once: a product of another shape may round differently, and
        what is stored must be what anybody finds who takes the stored readings again.
        """
        rows = [values[self.columns] for values in block]
        for x in rows if self.detector.dynamic else [np.mean(rows, axis=0)]:
            self.state_before = self.state
            self.state, statistics = self.detector.update(self.state, x)
            self.last = x
        leading, ratio = self.detector.leading(statistics, self.limits)
        exceeds = bool(self.detector.exceed(statistics, self.limits))
        name = self.detector.statistics[leading]
        return Verdict(statistics, self.limits, exceeds, name, ratio)

    def contributions(self) -> dict[str, Vector]:
        """Return the contributions to the last point."""
        return self.detector.contributions(self.state, self.last)


@dataclass
class Team:
    """The detectors of a plant for one transaction."""

    charge: Watcher
    classic: Watcher
    """The PCA of T² and SPE; the same object as `charge` where PCA is in charge."""
    shadows: list[Watcher]

    @classmethod
    def of(cls, settings: DetectorSettings, model: DetectorModel, run: Run, after: int) -> "Team":
        """Return the team with what each remembers after the reading `after` of the run.

        Raises LookupError where no PCA model accompanies the detector in charge, ValueError where
        one of these two cannot be read. One in the shadow that cannot is left out.
        """
        classic = model if model.kind == "pca" else DetectorModel.companion(model.variables)
        if classic is None:
            raise LookupError(
                f"No PCA model with {model.variables} variables accompanies {model}. Run: "
                f"manage.py fitdetector --detector pca --variables {model.variables} --no-activate"
            )
        sets = sets_of(settings.plant)
        others = [m for m in DetectorModel.watching(sets) if m.pk != model.pk]
        alpha, decimation = settings.alpha, settings.decimation
        charge = Watcher(model, alpha, decimation)
        team = cls(
            charge,
            charge if classic.pk == model.pk else Watcher(classic, alpha, decimation),
            _readable(others, alpha, decimation),
        )
        team._recall(run, after)
        return team

    def _recall(self, run: Run, after: int) -> None:
        kept = {
            watch.detector_model_id: watch
            for watch in Watch.objects.filter(plant=run.plant_id, run=run, step=after)
        }
        blind = []
        for watcher in (self.charge, *self.shadows):
            watch = kept.get(watcher.model.pk)
            if watch is not None and len(watch.state) == watcher.detector.state_size:
                watcher.state = watcher.state_before = watch.state
                watcher.memory = Persistence(watch.streak, watch.alarming, watch.recent)
            elif watcher.detector.dynamic and after > 0:
                blind.append(watcher)
        if not blind:
            return
        past = Reading.objects.filter(run=run, step__lte=after, quality="").order_by("-step")
        refused: dict[int, int] = {}
        for values in list(past.values_list("values", flat=True)[:SHOWN_FIRST])[::-1]:
            for watcher in blind:
                x = values[watcher.columns]
                try:
                    watcher.state, _ = watcher.detector.update(watcher.state, x)
                except REFUSALS:
                    if watcher is self.charge:
                        raise
                    refused[watcher.model.pk] = refused.get(watcher.model.pk, 0) + 1
        for watcher in self.shadows:
            if count := refused.get(watcher.model.pk):
                logger.warning("%s, in the shadow, refused %s past readings", watcher.model, count)

    def said_in_shadow(
        self, block: list[Vector], rule: PersistenceRule, step: int
    ) -> list[dict[str, Any]]:
        """Return what each detector in the shadow says of the point that ends with `step`.

        One that fails says nothing of this point, and goes on from what it knew before it.
        """
        said = []
        for watcher in self.shadows:
            before = watcher.state
            try:
                verdict = watcher.take(block)
            except REFUSALS as error:
                watcher.state = before
                logger.warning(
                    "%s, in the shadow, failed at step %s: %s", watcher.model, step, error
                )
                continue
            said.append(shadow_of(watcher, verdict, rule))
        return said

    def keep(self, run: Run, step: int) -> None:
        """Store what each remembers after the reading `step`."""
        for watcher in (self.charge, *self.shadows):
            if not watcher.detector.dynamic and watcher is self.charge:
                continue  # it remembers nothing, and its rule is the cursor's
            Watch.objects.update_or_create(
                plant_id=run.plant_id,
                detector_model=watcher.model,
                defaults={
                    "run": run,
                    "step": step,
                    "state": watcher.state,
                    "streak": watcher.memory.streak,
                    "recent": watcher.memory.recent,
                    "alarming": watcher.memory.alarmed,
                },
            )


def move_on(run: Run, before: int, after: int) -> None:
    """Let what is remembered after the reading `before` stand after `after`.

    For bad readings, of which no detector sees anything: without it, the next point would find no
    memory where the cursor is, and make it anew from thousands of readings.
    """
    Watch.objects.filter(plant=run.plant_id, run=run, step=before).update(step=after)


def _readable(models: Iterable[DetectorModel], alpha: float, decimation: int) -> list[Watcher]:
    """Return watchers for the models that can be read; the log names each other one once."""
    found = []
    for model in models:
        try:
            found.append(Watcher(model, alpha, decimation))
        except (ValueError, NotFittedError) as error:
            if model.pk not in _told:
                _told.add(model.pk)
                logger.warning("%s, in the shadow, cannot be read: %s", model, error)
    return found


def shadow_of(watcher: Watcher, verdict: Verdict, rule: PersistenceRule) -> dict[str, Any]:
    """Return what a detector in the shadow says of a point, and remember it for the rule."""
    outcome = rule.step(watcher.memory, verdict.exceeds)
    watcher.memory = outcome.state
    said: dict[str, Any] = {
        "model": watcher.model.pk,
        "detector": str(watcher.model),
        "ratio": float(np.clip(verdict.ratio, 0.0, 1e9)),
        "member": verdict.member,
        "exceeds": verdict.exceeds,
        "alarming": outcome.state.alarmed,
    }
    if outcome.change is Change.RAISED:
        said["raised"] = True
    return said
