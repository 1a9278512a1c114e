"""A question before an act: a dialog with JavaScript, a page of its own without."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import reswap, retarget

from simulation.models import Plant

#: What a form sends that was asked about, and answered.
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Question:
    """What is about to be done, in words, with the form that does it."""

    title: str
    lines: tuple[str, ...]
    yes: str
    warning: str = ""


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the question has been answered with yes."""
    return request.POST.get(CONFIRMED) == "1"


def ask(
    request: HttpRequest,
    plant: Plant,
    question: Question,
    fields: Iterable[str] = (),
    *,
    target: str = "#controls",
    back: str = "",
) -> HttpResponse:
    """Ask; the answer posts the same values to the same address again. Nothing is done yet.

    `target` is what the answer's result replaces, `back` where a no leads without JavaScript.
    """
    context = {
        "plant": plant,
        "question": question,
        "action": request.path,
        "values": [(name, request.POST[name]) for name in fields if request.POST.get(name)],
        "confirmed": CONFIRMED,
        "target": target,
        "back": back or reverse("monitoring:plant", args=[plant.pk]),
    }
    if not request.htmx:  # type: ignore[attr-defined]
        return render(request, "monitoring/question.html", context)
    response = render(request, "monitoring/_question_dialog.html", context)
    return reswap(retarget(response, "#question"), "innerHTML")
