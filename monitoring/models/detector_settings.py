"""What an engineer sets on the detector of one plant."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.json_schema import within
from monitoring.models.analysis_preset import AnalysisPreset, AnalysisRule
from monitoring.models.detector_model import DetectorModel
from monitoring.watched import variables_of
from simulation.models import Plant

DEFAULT_ALPHA = 0.0025


@within(1e-6, 0.5)
def validate_alpha(value: float) -> None:
    """Refuse an alpha that is no rate of false alarms."""
    if not 1e-6 <= value <= 0.5:
        raise ValidationError(gettext("Alpha is a false alarm rate from 0.000001 to 0.5."))


class DetectorSettings(AnalysisRule):
    """The rule, alpha and detector of a plant; changed at run time, used from the next point on.

    While a preset is named, its values hold: editing the preset changes them too. A value set by
    hand empties the name.
    """

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="detector_settings")
    preset = models.ForeignKey(
        AnalysisPreset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty when the values were set by hand."),
    )
    alpha = models.FloatField(
        default=DEFAULT_ALPHA,
        validators=[validate_alpha],
        help_text=_("Nominal false alarm rate per scored point (of PCA: of each statistic)."),
    )
    detector_model = models.ForeignKey(
        DetectorModel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty: the active version."),
    )

    class Meta:
        verbose_name_plural = _("detector settings")
        permissions = [("tune_detector", "Can change detector settings of a plant")]

    def __str__(self) -> str:
        return f"Detector settings of {self.plant}"

    @classmethod
    def of(cls, plant: Plant) -> "DetectorSettings":
        """Return the plant's settings, made from the Demo preset at the first call."""
        stored = cls.objects.select_related("preset", "detector_model", "plant")
        found = stored.filter(plant=plant).defer("detector_model__parameters").first()
        if found is not None:
            return found
        preset = AnalysisPreset.objects.filter(slug="demo").first()
        values = preset.rule if preset else {}
        made, _is_new = cls.objects.get_or_create(
            plant=plant, defaults={"preset": preset, **values}
        )
        return made

    def apply(self, preset: AnalysisPreset) -> None:
        """Take over a preset's values (alpha and the detector stay)."""
        for name, value in preset.rule.items():
            setattr(self, name, value)
        self.preset = preset

    def detector_in_use(self) -> DetectorModel | None:
        """Return the chosen version, else the active one for the plant's variables, else None.

        A chosen version that watches what the plant does not know is passed over.
        """
        variables = variables_of(self.plant)
        chosen = self.detector_model
        return (
            chosen if chosen and chosen.variables <= variables else DetectorModel.active(variables)
        )

    def as_act(self) -> dict[str, Any]:
        """Return the settings as the audit trail keeps them."""
        return {**self.as_json(), "detector_model": self.detector_model_id}

    def as_json(self) -> dict[str, Any]:
        """Return the settings as the API gives them."""
        return {
            "analysis_preset": self.preset.slug if self.preset else None,
            **self.rule,
            "alpha": self.alpha,
        }
