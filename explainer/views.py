"""The pages of explanations."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from explainer import display, tasks
from explainer.asking import NothingToExplain, explain_by_hand
from explainer.comparing import compare
from explainer.display import PARTIAL, partial_context
from explainer.explanation_page import PERMISSION, explanation_page
from explainer.models import Explanation, ProviderConfig
from monitoring.models import Alarm
from simulation.models import Plant


@require_safe
def explanations(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plant's explanations, of one alarm with ?alarm=ID; the list alone to htmx."""
    plant = get_object_or_404(Plant, pk=pk)
    alarm = _alarm_of(plant, request.GET.get("alarm"))
    context = partial_context(plant, alarm.pk if alarm else None)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, PARTIAL, context)
    context |= {"alarm": alarm, "may_explain": request.user.has_perm(PERMISSION)}
    return render(request, "explainer/explanations.html", context)


@require_safe
def explanation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one explanation with its evidence and its prompt."""
    found = get_object_or_404(
        Explanation.objects.select_related(
            "run__plant", "alarm", "requested_by", "spending", "reused_from"
        ),
        pk=pk,
    )
    return explanation_page(request, found)


@require_safe
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the answers to one alarm side by side; what comes in is added as it comes."""
    alarm = get_object_or_404(Alarm.objects.select_related("run__plant"), pk=pk)
    context = {
        "alarm": alarm,
        "plant": alarm.run.plant,
        "comparison": compare(alarm),
        "may_explain": request.user.has_perm(PERMISSION),
    }
    part = "explainer/_comparison.html"
    whole = "explainer/comparison.html"
    return render(request, part if request.htmx else whole, context)  # type: ignore[attr-defined]


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a question that is not answered yet."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(
            "Your account may not cancel explanations: that takes the role operator. "
            "An admin can give it to you."
        )
    found = get_object_or_404(Explanation.objects.select_related("run__plant"), pk=pk)
    if found.cancel(request.user.get_username()):
        display.push(found.run.plant_id)
        messages.success(request, gettext("The question was taken back."))
    else:
        messages.error(
            request,
            gettext("There is nothing to take back: it is %(state_words)s.")
            % {"state_words": found.state_words},
        )
    return redirect("explainer:explanation", pk)


@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an explanation: of the alarm named, else of the newest one, else of the latest point.

    htmx gets the list back; without it the list's page is next.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(
            "Your account may not ask for explanations: that takes the role operator. "
            "An admin can give it to you."
        )
    plant = get_object_or_404(Plant, pk=pk)
    alarm = _alarm_of(plant, request.POST.get("alarm"))
    try:
        made = explain_by_hand(plant, cast(User, request.user), alarm.pk if alarm else None)
    except NothingToExplain as refusal:
        return _answer(request, plant, alarm, f"{refusal} {refusal.hint}", status=422)
    words = f"Step {made[0].step} is being explained."
    if not tasks.hint_runs(one.pk for one in made if one.is_due):
        words = (
            f"Step {made[0].step} will be explained when the broker is back: it does not answer."
        )
    if missing := ProviderConfig.wanting():
        words += f" By the embedded explainer alone: {missing[0].title} is not set up."
    return _answer(request, plant, alarm, words)


def _answer(
    request: HttpRequest, plant: Plant, alarm: Alarm | None, words: str, status: int = 200
) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        context = partial_context(plant, alarm.pk if alarm else None, notice=words)
        return render(request, PARTIAL, context, status=status)
    level: Any = messages.success if status < 400 else messages.error
    level(request, words)
    return redirect(reverse("explainer:explanations", args=[plant.pk]))


def _alarm_of(plant: Plant, text: str | None) -> Alarm | None:
    """Return the alarm that a request names; 404 for one that the plant does not have."""
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else -1
    return get_object_or_404(Alarm, pk=number, run__plant=plant)
