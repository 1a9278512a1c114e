"""Detectors side by side: what each is worth, what each would have said, and limits to try."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.hidden_truth import is_hidden
from monitoring.diagnosis import AGES
from monitoring.live import newest_point
from monitoring.models import (
    Alarm,
    Analysis,
    DetectorEvaluation,
    DetectorModel,
    DetectorSettings,
    DiagnosisModel,
)
from monitoring.models.detector_settings import validate_alpha
from monitoring.scoring import Rule
from monitoring.trying import stored_readings, try_limits
from monitoring.views.dashboard import find_plant
from monitoring.watched import variables_of
from simulation.models import Plant
from simulation.models.reading import hours_at
from simulation.tep.variables import IDV

#: Points of a run that are looked through for what the shadows said.
MOST_POINTS = 5000


@dataclass(frozen=True)
class Said:
    """The alarms that one detector raised, or would have, in the newest points of a run."""

    name: str
    in_charge: bool
    raised_hours: list[float]
    exceeding: int


class TryForm(forms.Form):
    """Another alpha, rule or model, tried on stored readings."""

    model = forms.ModelChoiceField(DetectorModel.objects.none(), label=_("Detector"))
    alpha = forms.FloatField(validators=[validate_alpha])
    consecutive = forms.IntegerField(min_value=1, max_value=60, label=_("Exceedances"))
    among = forms.IntegerField(
        min_value=0, max_value=60, label=_("among the last points (0: in a row)")
    )

    def __init__(self, *args: Any, plant: Plant, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "try-%s", "label_suffix": ""} | kwargs)
        known = DetectorModel.objects.filter(variables__lte=variables_of(plant))
        field = self.fields["model"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = known.defer("parameters").order_by("-created_at")


@require_safe
def plant_detectors(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what each detector said in this run, and what other limits would have given."""
    plant = find_plant(pk)
    settings = DetectorSettings.of(plant)
    model = settings.detector_in_use()
    asked = bool(set(request.GET) & {"alpha", "consecutive", "model"})
    form = TryForm(
        request.GET if asked else None,
        plant=plant,
        initial={
            "model": model,
            "alpha": settings.alpha,
            "consecutive": settings.consecutive,
            "among": settings.among,
        },
    )
    tried: list[Any] = []
    shows_truth = not is_hidden(request)
    if asked and form.is_valid() and model is not None:
        values = form.cleaned_data
        now = Rule(settings.alpha, settings.consecutive, settings.among)
        other = Rule(values["alpha"], values["consecutive"], values["among"])
        try:
            stored = stored_readings(plant)
            tried = [
                try_limits(plant, stored, which, rule, settings.decimation, shows_truth=shows_truth)
                for which, rule in ((model, now), (values["model"], other))
            ]
        except ValueError as error:
            form.add_error("model", str(error))
    context = {
        "plant": plant,
        "settings": settings,
        "detector": model,
        "said": _said(plant),
        "shows_truth": shows_truth and plant.is_simulated,
        "form": form,
        "tried": tried,
        "newest_point": newest_point(plant),
    }
    return render(
        request, "monitoring/plant_detectors.html", context, status=422 if form.errors else 200
    )


def _said(plant: Plant) -> list[Said]:
    """Return what the detector in charge and each shadow raised in the newest points."""
    if plant.current_run_id is None:
        return []
    points = Analysis.objects.filter(run=plant.current_run_id).order_by("-step")
    found = list(points.values_list("step", "exceeds", "shadows")[:MOST_POINTS])[::-1]
    if not found:
        return []
    alarms = Alarm.objects.filter(run=plant.current_run_id, raised_step__gte=found[0][0])
    raised = sorted(alarms.values_list("raised_step", flat=True))
    told = [
        Said("in charge", True, [hours_at(step) for step in raised], sum(one[1] for one in found))
    ]
    shadows: dict[str, tuple[list[float], list[bool]]] = {}
    for step, _over, said in found:
        for one in said:
            hours, over = shadows.setdefault(one["detector"], ([], []))
            over.append(one["exceeds"])
            if one.get("raised"):
                hours.append(hours_at(step))
    return [*told, *(Said(name, False, h, sum(over)) for name, (h, over) in shadows.items())]


@require_safe
def detectors(request: HttpRequest) -> HttpResponse:
    """Show every detector in use with its card, and its evaluation on fresh runs."""
    models = DetectorModel.objects.defer("parameters").order_by("-is_active", "-in_shadow", "kind")
    used = [m for m in models if m.is_active or m.in_shadow]
    evaluations: dict[int, DetectorEvaluation] = {}
    for evaluation in DetectorEvaluation.objects.select_related("detector_model").defer(
        "detector_model__parameters"
    ):
        evaluations.setdefault(evaluation.detector_model_id, evaluation)
    judged = [one for model in models if (one := evaluations.get(model.pk)) is not None]
    rows = [
        {
            "label": idv.label,
            "description": idv.description,
            "cells": [one.figures["faults"].get(str(idv.number)) for one in judged],
            "ceiling": next(
                (c for one in judged if (c := one.figures.get("ceiling", {}).get(str(idv.number)))),
                None,
            ),
        }
        for idv in IDV
    ]
    kinds = list(DiagnosisModel.objects.order_by("kind").values_list("kind", flat=True).distinct())
    return render(
        request,
        "monitoring/detectors.html",
        {
            "used": used,
            "others": len(models) - len(used),
            "judged": judged,
            "rows": rows if judged else [],
            "diagnoses": [DiagnosisModel.in_use(kind) for kind in kinds],
            "ages": AGES,
        },
    )
