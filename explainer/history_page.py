"""The searchable list of explanations, its exports, and the operator's verdict."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from explainer import history
from explainer.explanation_page import PERMISSION, AssessmentForm, explanation_page
from explainer.models import Assessment, Explanation

SHOWN = 50


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List what fits the filters, newest first."""
    chosen = history.HistoryFilter(request.GET or {})
    found = Paginator(chosen.found().defer("evidence", "prompt"), SHOWN)
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "filter": chosen,
        "page": found.get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "most": history.MOST_EXPORTED,
    }
    return render(request, "explainer/history.html", context)


@require_safe
def json_lines(request: HttpRequest) -> StreamingHttpResponse:
    """Give what fits the filters as JSON, a line each."""
    found = history.HistoryFilter(request.GET or {}).found().defer("evidence", "prompt")
    return _file(history.json_lines(found), "application/x-ndjson", "explanations.jsonl")


@require_safe
def markdown(request: HttpRequest) -> StreamingHttpResponse:
    """Give what fits the filters as Markdown."""
    found = history.HistoryFilter(request.GET or {}).found().defer("evidence", "prompt")
    return _file(history.markdown(found), "text/markdown; charset=utf-8", "explanations.md")


@require_POST
def assess(request: HttpRequest, pk: int) -> HttpResponse:
    """Store the account's verdict on an explanation, in the place of its earlier one."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied(
            "Your account may not judge explanations: that takes the role operator. "
            "An admin can give it to you."
        )
    found = get_object_or_404(Explanation.objects.select_related("run__plant"), pk=pk)
    user = cast(User, request.user)
    mine = Assessment.objects.filter(explanation=found, user=user).first()
    form = AssessmentForm(request.POST, instance=mine or Assessment(explanation=found, user=user))
    if not form.is_valid():
        return explanation_page(request, found, assessment_form=form, status=422)
    form.instance.username = user.get_username()
    form.save()
    messages.success(request, gettext("Your verdict is stored."))
    return redirect("explainer:explanation", pk)


def _file(lines: object, kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=kind)  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
