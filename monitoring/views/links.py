"""Making, listing and revoking the public links of a plant."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from monitoring.models import PublicLink
from monitoring.views.dashboard import find_plant
from simulation.models import Plant

#: How long a link may last, in hours.
DURATIONS = ((1, "1 hour"), (8, "8 hours"), (24, "1 day"), (168, "7 days"), (720, "30 days"))
MOST_GOOD_LINKS = 20
LINKS_SHOWN = 100


class LinkForm(forms.Form):
    """A new link."""

    name = forms.CharField(
        max_length=60, label=_("For whom"), help_text=_("For example: the visitors' screen.")
    )
    hours = forms.TypedChoiceField(
        choices=DURATIONS,
        coerce=int,
        initial=8,
        label=_("Good for"),
        error_messages={"invalid_choice": _("Choose 1 hour, 8 hours, 1 day, 7 days or 30 days.")},
    )
    shows_truth = forms.BooleanField(
        required=False,
        label=_("Show what was injected"),
        help_text=_("The truth about the plant, which no instrument could tell."),
    )

    def __init__(self, *args: Any, plant: Plant, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "link-%s", "label_suffix": "", **kwargs})
        self.plant = plant

    def clean(self) -> dict[str, Any]:
        """Bound their number."""
        good = self.plant.public_links.filter(revoked_at=None, expires_at__gt=timezone.now())
        if good.count() >= MOST_GOOD_LINKS:
            self.add_error(
                None,
                gettext("%(most_good_links)s links of a plant are enough: revoke one.")
                % {"most_good_links": MOST_GOOD_LINKS},
            )
        return dict(self.cleaned_data)


def _page(request: HttpRequest, plant: Plant, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "plant": plant,
        "links": plant.public_links.select_related("made_by")[:LINKS_SHOWN],
        "form": LinkForm(plant=plant),
        **more,
    }
    return render(request, "monitoring/links.html", context, status=status)


@never_cache
@require_safe
@permission_required("monitoring.share_dashboard", raise_exception=True)
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """List the links of a plant, and offer to make one."""
    return _page(request, find_plant(pk))


@never_cache
@require_POST
@permission_required("monitoring.share_dashboard", raise_exception=True)
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link and show it, this once."""
    plant = find_plant(pk)
    form = LinkForm(request.POST, plant=plant)
    if not form.is_valid():
        return _page(request, plant, status=422, form=form)
    given = form.cleaned_data
    with transaction.atomic():
        link, token = PublicLink.issue(
            plant,
            timedelta(hours=given["hours"]),
            name=given["name"],
            shows_truth=given["shows_truth"],
            made_by=request.user,
        )
        after = {"until": link.expires_at.isoformat(), "shows_truth": link.shows_truth}
        audit.record("publiclink-make", link, by=request.user, after=after)
    address = request.build_absolute_uri(reverse("monitoring:public", args=[token]))
    return _page(request, plant, new_link=link, address=address)


@require_POST
@permission_required("monitoring.share_dashboard", raise_exception=True)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link useless; its open pages close within seconds."""
    with transaction.atomic():
        found = PublicLink.objects.select_for_update(of=("self",)).select_related("plant")
        link = get_object_or_404(found, pk=pk)
        if link.revoked_at is None:
            link.revoked_at = timezone.now()
            link.save(update_fields=["revoked_at"])
            audit.record("publiclink-revoke", link, by=request.user, before={"visits": link.visits})
    messages.success(request, gettext("The link for %(name)s is revoked.") % {"name": link.name})
    return redirect("monitoring:links", pk=link.plant_id)
