"""A fitted detector, kept as data."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.audit import Actor
from monitoring.detectors import DETECTORS, Detector
from monitoring.watched import VARIABLE_SETS, WATCHED_LABELS

FULL = len(WATCHED_LABELS)
#: How a kind is written in front of its version.
NAMES = {
    "robust": "Robust",
    "sharp": "Sharp",
    "pca": "PCA",
    "dpca": "DPCA",
    "cva": "CVA",
    "mewma": "MEWMA",
    "iforest": "IForest",
}


class DetectorModel(models.Model):
    """One version of a fitted detector with the card of its figures.

    The active one of a set of variables is in charge of the plants with those variables that have
    no choice of their own: its claims raise alarms. Those in the shadow watch all plants that know
    their variables, and say what they would have said. A PCA model accompanies them for T² and SPE.

    `parameters` are the bytes of `Detector.to_bytes`; `card` tells data, limits and measured
    figures. For each set of variables at most one version is active: it is what the plants with
    those variables use that have no choice of their own.
    """

    kind = models.CharField(
        max_length=20, choices=[(kind, cls.title) for kind, cls in DETECTORS.items()]
    )
    version = models.PositiveIntegerField()
    variables = models.PositiveSmallIntegerField(
        default=FULL,
        choices=[(size, f"{size} variables") for size in VARIABLE_SETS],
        help_text=_("How many variables it watches."),
    )
    parameters = models.BinaryField()
    card = models.JSONField(default=dict)
    is_active = models.BooleanField(default=False)
    in_shadow = models.BooleanField(
        default=False,
        help_text=_("Watches every plant that knows its variables, and raises nothing."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="detector_unique_version"),
            models.UniqueConstraint(
                fields=["variables"],
                condition=models.Q(is_active=True),
                name="detector_one_active_by_variables",
            ),
        ]

    def __str__(self) -> str:
        fewer = "" if self.variables == FULL else f" ({self.variables} variables)"
        return f"{NAMES.get(self.kind, self.kind)} v{self.version}{fewer}"

    @classmethod
    def active(cls, variables: int = FULL) -> "DetectorModel | None":
        """Return the active version for a set of variables, if one has been fitted at all."""
        found = cls.objects.filter(is_active=True, variables=variables)
        return found.defer("parameters").first()

    @classmethod
    def companion(cls, variables: int = FULL) -> "DetectorModel | None":
        """Return the PCA model that gives T² and SPE beside another detector, if there is one.

        The one that is active or in the shadow comes first, then the newest.
        """
        found = cls.objects.filter(kind="pca", variables=variables).defer("parameters")
        return found.order_by("-is_active", "-in_shadow", "-version").first()

    @classmethod
    def watching(cls, sets: Iterable[int] = (FULL,)) -> list["DetectorModel"]:
        """Return the models in the shadow for any of some sets of variables."""
        found = cls.objects.filter(in_shadow=True, variables__in=list(sets)).defer("parameters")
        return list(found.order_by("pk"))

    @classmethod
    def newest(cls, kind: str, variables: int = FULL) -> "DetectorModel | None":
        """Return the model of a kind that is in use, or for want of one the newest."""
        found = cls.objects.filter(kind=kind, variables=variables).defer("parameters")
        return found.order_by("-is_active", "-in_shadow", "-version").first()

    @classmethod
    def store(
        cls, detector: Detector, kind: str, card: dict[str, Any], *, activate: bool = True
    ) -> "DetectorModel":
        """Save a fitted detector as the next version of its kind; by default it becomes active."""
        with transaction.atomic():
            last = cls.objects.filter(kind=kind).aggregate(last=models.Max("version"))["last"] or 0
            made = cls.objects.create(
                kind=kind,
                version=last + 1,
                variables=len(detector.labels),
                parameters=detector.to_bytes(),
                card=card,
            )
            if activate:
                made.activate()
        return made

    def activate(self, *, by: Actor | None = None) -> None:
        """Make this the version in charge of plants from their next scored point on."""
        with transaction.atomic():
            found = DetectorModel.objects.filter(is_active=True, variables=self.variables)
            active = list(found.select_for_update().only("kind", "version", "variables"))
            if [one.pk for one in active] != [self.pk]:
                found.exclude(pk=self.pk).update(is_active=False)
                DetectorModel.objects.filter(pk=self.pk).update(is_active=True)
                before = {"active": str(active[0])} if active else None
                audit.record(
                    "detector-activate", self, by=by, before=before, after={"active": str(self)}
                )
        self.is_active = True

    @property
    def detector(self) -> Detector:
        """The fitted detector. Raises ValueError for unreadable parameters."""
        return _loaded(self.pk, self.created_at)


# Room for one in charge, its PCA and some shadows of each set of variables at once.
@lru_cache(maxsize=16)
def _loaded(pk: int, created_at: datetime) -> Detector:
    """Parameters never change once stored, so a process reads and unpacks each version once."""
    kind, parameters = DetectorModel.objects.values_list("kind", "parameters").get(pk=pk)
    if kind not in DETECTORS:
        raise ValueError(f"a detector of kind {kind!r} is not known")
    return DETECTORS[kind].from_bytes(bytes(parameters))
