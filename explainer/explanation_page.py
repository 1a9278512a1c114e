"""The page of one explanation with its evidence, its prompt and the verdicts on it."""

from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from explainer.answers import parse_so_far
from explainer.models import Assessment, Explanation

PERMISSION = "explainer.request_explanation"


class AssessmentForm(forms.ModelForm):
    """Verdict and note."""

    class Meta:
        model = Assessment
        fields = ("verdict", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}


def explanation_page(
    request: HttpRequest, found: Explanation, *, status: int = 200, **bound: Any
) -> HttpResponse:
    """Show an explanation; `bound` replaces the form by one with errors.

    While an answer grows, the page asks for that part again and again.
    """
    judged = Assessment.objects.filter(explanation=found)
    mine = judged.filter(user=cast(User, request.user)).first()
    context = {
        "explanation": found,
        "plant": found.run.plant,
        "evidence": found.evidence,
        "siblings": Explanation.objects.filter(request_key__startswith=f"{found.group_key}:")
        .exclude(pk=found.pk)
        .only("pk", "provider", "status"),
        "assessments": list(judged),
        "assessment_form": AssessmentForm(instance=mine),
        "so_far": parse_so_far(found.draft),
        "may_explain": request.user.has_perm(PERMISSION),
        **bound,
    }
    is_part = request.htmx and not bound  # type: ignore[attr-defined]
    part, whole = "explainer/_explanation.html", "explainer/explanation.html"
    answer = render(request, part if is_part else whole, context, status=status)
    if is_part and not found.is_under_way:
        answer["HX-Refresh"] = "true"  # evidence and verdict have come with it
    return answer
