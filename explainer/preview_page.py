"""What an explainer would be told now, and what asking would cost, without asking anybody."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from explainer import budget
from explainer.answering import prompt_for
from explainer.asking import NothingToExplain, subject_of
from explainer.evidence import NoEvidence, build_evidence
from explainer.models import ProviderConfig
from explainer.prompts import Prompt, as_data
from explainer.providers import ProviderError
from monitoring.models import Alarm, Analysis
from simulation.models import Plant


@dataclass(frozen=True)
class Offer:
    """What one provider would be sent, and the most that it could cost."""

    title: str
    prompt: Prompt | None
    characters: int
    tokens: int
    cost: Decimal | None
    problem: str = ""


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the evidence of an alarm (?alarm=ID), else of what would be explained now."""
    plant = get_object_or_404(Plant, pk=pk)
    text = request.GET.get("alarm", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
    alarm = None
    if text:
        alarm = get_object_or_404(Alarm, pk=number or -1, run__plant=plant)
    context: dict[str, object] = {"plant": plant, "alarm": alarm}
    try:
        subject = subject_of(plant, alarm.pk if alarm else None)
        analysis = Analysis.objects.select_related("run__plant", "detector_model").get(
            run_id=subject.run_id, step=subject.step
        )
        evidence = build_evidence(analysis, subject.alarm)
    except NothingToExplain as nothing:
        context["problem"] = f"{nothing} {nothing.hint}"
    except NoEvidence as gone:
        context["problem"] = str(gone)
    else:
        context |= {
            "analysis": analysis,
            "about": subject.alarm,
            "evidence": as_data(evidence),
            "offers": [
                _offer(config, evidence) for config in ProviderConfig.in_use() if config.is_remote
            ],
        }
    return render(request, "explainer/preview.html", context)


def _offer(config: ProviderConfig, evidence: dict[str, object]) -> Offer:
    try:
        prompt = prompt_for(config, evidence)
    except ProviderError as problem:
        return Offer(config.title, None, 0, 0, None, str(problem))
    characters = len(str(prompt))
    tokens, cost = budget.most_of(config, characters)
    return Offer(config.title, prompt, characters, tokens, cost)
