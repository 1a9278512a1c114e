"""The page of a conversation about one alarm."""

from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from explainer import conversing, tasks
from explainer.models import Question
from monitoring.models import Alarm

SHOWN = 40
PERMISSION = "explainer.request_explanation"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the questions about an alarm and their answers; POST asks another one."""
    alarm = get_object_or_404(Alarm.objects.select_related("run__plant", "analysis"), pk=pk)
    context: dict[str, object] = {"typed": "", "problem": ""}
    status = 200
    if request.method == "POST":
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied(
                "Your account may not ask: that takes the role operator. "
                "An admin can give it to you."
            )
        text = request.POST.get("question", "")
        try:
            asked = conversing.ask(
                alarm, cast(User, request.user), request.POST.get("provider", ""), text
            )
        except conversing.NotAsked as problem:
            context, status = {"typed": text, "problem": str(problem)}, 422
        else:
            tasks.hint_question(asked.pk)
            return redirect("explainer:conversation", pk)
    newest = Question.objects.filter(alarm=alarm).order_by("-pk")[:SHOWN]
    questions = list(reversed(newest))
    context |= {
        "alarm": alarm,
        "plant": alarm.run.plant,
        "questions": questions,
        "is_under_way": any(one.is_under_way for one in questions),
        "explainers": conversing.explainers(),
        "chosen": request.POST.get("provider") or (questions[-1].provider if questions else ""),
        "may_ask": request.user.has_perm(PERMISSION),
    }
    part, whole = "explainer/_conversation.html", "explainer/conversation.html"
    is_part = request.htmx and request.method != "POST"  # type: ignore[attr-defined]
    return render(request, part if is_part else whole, context, status=status)
