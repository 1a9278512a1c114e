"""Trend views that users keep: saved, renamed, shared, deleted, each by its owner alone."""

from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from monitoring.models import SavedTrend
from monitoring.trends.view import read_view

#: Views that a user can keep.
MOST = 200


def free_name(kept: SavedTrend, name: str) -> str:
    """Return the name. Raises ValidationError if another view of its owner has it."""
    others = SavedTrend.objects.filter(owner_id=kept.owner_id, name=name).exclude(pk=kept.pk)
    if others.exists():
        raise forms.ValidationError(gettext("You have saved a view under this name already."))
    return name


class SaveForm(forms.ModelForm):
    """Name and address of a view to be kept."""

    class Meta:
        model = SavedTrend
        fields = ["name", "shared", "query"]
        widgets = {"query": forms.HiddenInput}

    def clean_query(self) -> str:
        """Return the query as this site writes it; one that shows nothing is refused."""
        view = read_view(parse_qs(self.cleaned_data["query"]))
        if view.errors:
            raise forms.ValidationError(next(iter(view.errors.values())))
        if not view.charts or view.place is None:
            raise forms.ValidationError(
                gettext("There is nothing to save: choose a plant and a tag first.")
            )
        return view.query()

    def clean(self) -> dict[str, Any] | None:
        """Refuse a further view of somebody who has very many."""
        owner = self.instance.owner_id
        if self.instance.pk is None and SavedTrend.objects.filter(owner=owner).count() >= MOST:
            raise forms.ValidationError(
                gettext("You keep %(most)s views: delete one first.") % {"most": MOST}
            )
        return super().clean()

    def clean_name(self) -> str:
        """Refuse a name that the owner has given to another view."""
        return free_name(self.instance, self.cleaned_data["name"])


class RenameForm(forms.ModelForm):
    """A new name, and whether others see it."""

    class Meta:
        model = SavedTrend
        fields = ["name", "shared"]

    def clean_name(self) -> str:
        """Refuse a name that the owner has given to another view."""
        return free_name(self.instance, self.cleaned_data["name"])


def saved_context(request: HttpRequest, query: str, **more: Any) -> dict[str, Any]:
    """Return the context of `_trends_saved.html`; `more` replaces forms by those with errors."""
    rows = SavedTrend.objects.seen_by(request.user).select_related("owner")
    return {
        "query": query,
        "saved": [(one, one.owner_id == request.user.pk) for one in rows],
        "save_form": SaveForm(auto_id="save-%s", label_suffix="", initial={"query": query}),
        **more,
    }


def _answer(request: HttpRequest, query: str, words: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        context = saved_context(request, query, told=words)
        return render(request, "monitoring/_trends_saved.html", context)
    messages.success(request, words)
    return redirect(f"{reverse('monitoring:trends')}?{query}")


def _refuse(request: HttpRequest, query: str, **more: Any) -> HttpResponse:
    context = saved_context(request, query, **more)
    template = "_trends_saved" if request.htmx else "trends_saved"  # type: ignore[attr-defined]
    return render(request, f"monitoring/{template}.html", context, status=422)


def _own(request: HttpRequest, pk: int) -> SavedTrend:
    """Return the user's own view; of somebody else's nobody is told that there is one."""
    return get_object_or_404(SavedTrend, pk=pk, owner_id=request.user.pk)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a view under a name."""
    instance = SavedTrend(owner=request.user)  # type: ignore[misc]
    form = SaveForm(request.POST, auto_id="save-%s", label_suffix="", instance=instance)
    if not form.is_valid():
        return _refuse(request, request.POST.get("query", "")[:4000], save_form=form)
    with transaction.atomic():
        kept = form.save()
        audit.record("trend.save", kept, by=request.user, after=kept.as_json())
    return _answer(request, kept.query, f"Saved as «{kept.name}».")


@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an own view another name, share it or keep it for oneself."""
    kept = _own(request, pk)
    before = kept.as_json()
    form = RenameForm(request.POST, instance=kept)
    query = request.POST.get("query", "")[:4000]
    if not form.is_valid():
        return _refuse(request, query, wrong=pk, rename_form=form)
    with transaction.atomic():
        kept = form.save()
        audit.record("trend.change", kept, by=request.user, before=before, after=kept.as_json())
    return _answer(request, query, f"«{kept.name}» is changed.")


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an own view, having asked."""
    kept = _own(request, pk)
    if request.method != "POST":
        return render(request, "monitoring/trends_delete.html", {"one": kept})
    with transaction.atomic():
        audit.record("trend.delete", kept, by=request.user, before=kept.as_json())
        kept.delete()
    query = request.POST.get("query") or kept.query
    return _answer(request, query[:4000], f"«{kept.name}» is deleted.")
