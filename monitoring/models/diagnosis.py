"""Which cause an alarm looks like: the classifiers, and what they said of each alarm."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from monitoring.diagnosis import DiagnosisClassifier
from monitoring.models.alarm import Alarm
from simulation.models.reading import hours_at
from simulation.tep.variables import IDV

#: Causes that a page names before it says «others».
SHOWN = 3


class DiagnosisModel(models.Model):
    """One version of a trained classifier, with the card of its figures.

    `kind` is the bank whose innovations it reads. The newest version of a kind is in use.
    """

    kind = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    parameters = models.BinaryField()
    card = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="diagnosis_unique_version")
        ]

    def __str__(self) -> str:
        return f"Diagnosis {self.kind} v{self.version}"

    @classmethod
    def in_use(cls, kind: str) -> "DiagnosisModel | None":
        """Return the newest version for a kind of bank; for other detectors the robust one's."""
        found = cls.objects.defer("parameters").order_by("-version")
        return found.filter(kind=kind).first() or found.filter(kind="robust").first()

    @classmethod
    def store(cls, classifier: DiagnosisClassifier, card: dict[str, Any]) -> "DiagnosisModel":
        """Save a trained classifier as the next version of its kind."""
        kind = classifier.bank.kind
        with transaction.atomic():
            last = cls.objects.filter(kind=kind).aggregate(last=models.Max("version"))["last"] or 0
            return cls.objects.create(
                kind=kind, version=last + 1, parameters=classifier.to_bytes(), card=card
            )

    @property
    def classifier(self) -> DiagnosisClassifier:
        """The classifier. Raises ValueError for unreadable parameters."""
        return _loaded(self.pk, self.created_at)


@lru_cache(maxsize=4)
def _loaded(pk: int, created_at: datetime) -> DiagnosisClassifier:
    parameters = DiagnosisModel.objects.values_list("parameters", flat=True).get(pk=pk)
    return DiagnosisClassifier.from_bytes(bytes(parameters))


class AlarmDiagnosis(models.Model):
    """What an alarm looked like `age` samples after it was raised."""

    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, related_name="diagnoses")
    age = models.PositiveIntegerField(help_text=_("Samples after the alarm was raised."))
    step = models.PositiveIntegerField(help_text=_("The last reading it rests on."))
    ranking = models.JSONField(help_text=_("[[IDV, probability], ...] by falling probability."))
    novelty = models.FloatField(help_text=_("0: as usual for a known cause; above 1: unknown."))
    model = models.ForeignKey(DiagnosisModel, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["alarm", "age"]
        verbose_name_plural = _("alarm diagnoses")
        constraints = [
            models.UniqueConstraint(fields=["alarm", "age"], name="diagnosis_one_by_alarm_and_age")
        ]

    def __str__(self) -> str:
        return f"Diagnosis of alarm {self.alarm_id}, {self.age} samples later"

    @property
    def is_unknown(self) -> bool:
        """Whether the event looks like none of the known causes."""
        return self.novelty > 1.0

    @property
    def hours(self) -> float:
        """Process time of the last reading it rests on, in hours."""
        return hours_at(self.step)

    @property
    def causes(self) -> list[dict[str, Any]]:
        """The first few causes with label, description and probability in percent."""
        return [
            {
                "idv": idv,
                "label": IDV[idv - 1].label,
                "description": IDV[idv - 1].description,
                "percent": 100.0 * p,
            }
            for idv, p in self.ranking[:SHOWN]
        ]

    def as_json(self) -> dict[str, Any]:
        """Return it as the API and the push give it."""
        return {
            "age": self.age,
            "step": self.step,
            "ranking": self.ranking[:SHOWN],
            "novelty": self.novelty,
            "is_unknown": self.is_unknown,
        }
