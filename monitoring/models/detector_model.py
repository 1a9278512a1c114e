"""A fitted detector, kept as data."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import models, transaction

from monitoring.detectors import DETECTORS, Detector
from monitoring.watched import VARIABLE_SETS, WATCHED_LABELS

FULL = len(WATCHED_LABELS)


class DetectorModel(models.Model):
    """One version of a fitted detector with the card of its figures.

    `parameters` are the bytes of `Detector.to_bytes`; `card` tells data, limits and measured
    figures. For each set of variables at most one version is active: it is what the plants with
    those variables use that have no choice of their own.
    """

    kind = models.CharField(max_length=20, choices=[(k, k.upper()) for k in DETECTORS])
    version = models.PositiveIntegerField()
    variables = models.PositiveSmallIntegerField(
        default=FULL,
        choices=[(size, f"{size} variables") for size in VARIABLE_SETS],
        help_text="How many variables it watches.",
    )
    parameters = models.BinaryField()
    card = models.JSONField(default=dict)
    is_active = models.BooleanField(default=False)
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
        return f"{self.kind.upper()} v{self.version}{fewer}"

    @classmethod
    def active(cls, variables: int = FULL) -> "DetectorModel | None":
        """Return the active version for a set of variables, if one has been fitted at all."""
        found = cls.objects.filter(is_active=True, variables=variables)
        return found.defer("parameters").first()

    @classmethod
    def store(cls, detector: Detector, kind: str, card: dict[str, Any]) -> "DetectorModel":
        """Save a fitted detector as the next version of its kind and make it the active one."""
        with transaction.atomic():
            last = cls.objects.filter(kind=kind).aggregate(last=models.Max("version"))["last"] or 0
            made = cls.objects.create(
                kind=kind,
                version=last + 1,
                variables=len(detector.labels),
                parameters=detector.to_bytes(),
                card=card,
            )
            made.activate()
        return made

    def activate(self) -> None:
        """Make this the version that plants use from their next scored point on."""
        with transaction.atomic():
            others = DetectorModel.objects.filter(is_active=True, variables=self.variables)
            others.exclude(pk=self.pk).update(is_active=False)
            DetectorModel.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True

    @property
    def detector(self) -> Detector:
        """The fitted detector. Raises ValueError for unreadable parameters."""
        return _loaded(self.pk, self.created_at)


@lru_cache(maxsize=8)
def _loaded(pk: int, created_at: datetime) -> Detector:
    """Parameters never change once stored, so a process reads and unpacks each version once."""
    kind, parameters = DetectorModel.objects.values_list("kind", "parameters").get(pk=pk)
    return DETECTORS[kind].from_bytes(bytes(parameters))
