"""Fitted detectors: chosen, watched, cleared up."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin import AuditedAdmin, ReadOnlyAdmin, table_of
from monitoring.forms import announce
from monitoring.models import Analysis, DetectorModel, DetectorSettings
from simulation.models import Plant

MOST_SHADOWS = 6


@admin.register(DetectorModel)
class DetectorModelAdmin(AuditedAdmin, ReadOnlyAdmin):
    """Fitted detectors. `manage.py fitdetector` makes them; here they are chosen and cleared up."""

    about = "Fitted detectors with their cards: activate one, let others watch, delete the unused."
    list_display = (
        *("__str__", "kind", "variables", "is_active", "in_shadow", "chosen_by"),
        *("nominal", "far", "found", "created_at"),
    )
    list_filter = ("kind", "variables", "is_active", "in_shadow")
    fields = (
        *("kind", "version", "variables", "is_active", "in_shadow", "created_at"),
        *("parameter_bytes", "figures"),
    )
    actions = ("activate", "watch", "unwatch")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DetectorModel]":
        """Count the plants that chose each."""
        return super().get_queryset(request).annotate(plants=Count("detectorsettings"))

    @admin.display(description=_("chosen by"), ordering="plants")
    def chosen_by(self, model: Any) -> str:
        """How many plants' settings name this version; the others take the active one."""
        return f"{model.plants} plant{'s' if model.plants != 1 else ''}" if model.plants else "–"

    @admin.display(description=_("nominal FAR"))
    def nominal(self, model: DetectorModel) -> str:
        """The rate that the card's figures were made at."""
        alpha = model.card.get("alpha")
        return "–" if alpha is None else f"{100 * alpha:g} %"

    @admin.display(description=_("mean FDR"))
    def found(self, model: DetectorModel) -> str:
        """The mean detection rate over the faults of the card, one run of each."""
        rates = [one["fdr"] for one in model.card.get("detection", {}).values()]
        return f"{100 * sum(rates) / len(rates):.1f} %" if rates else "not measured"

    @admin.display(description=_("measured FAR"))
    def far(self, model: DetectorModel) -> str:
        """The false alarm rate that was measured on fresh normal runs."""
        rate = model.card.get("false_alarms", {}).get("far_either")
        return "not measured" if rate is None else f"{100 * rate:.2f} %"

    @admin.display(description=_("parameters"))
    def parameter_bytes(self, model: DetectorModel) -> str:
        """How large the fitted parameters are; they are numbers for the detector alone."""
        return f"{len(model.parameters):,} bytes"

    @admin.display(description=_("card"))
    def figures(self, model: DetectorModel) -> SafeString:
        """The card's figures, one a line."""
        return table_of(list(flat(model.card)))

    def has_activate_permission(self, request: HttpRequest) -> bool:
        """Engineers."""
        return request.user.has_perm("monitoring.change_detectormodel")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever has the permission; a version in use is refused with the reason."""
        return request.user.has_perm("monitoring.delete_detectormodel")

    @admin.action(description=_("Activate the selected version"), permissions=["activate"])
    def activate(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """Make the version the one that plants use from their next scored point on."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(
                request, gettext("Select one version: one is active."), messages.ERROR
            )
            return
        chosen[0].activate(by=request.user)
        self.log_change(request, chosen[0], "Activated.")
        for plant_id in Plant.objects.values_list("pk", flat=True):
            announce(plant_id)
        self.message_user(
            request, gettext("%(value)s is active.") % {"value": chosen[0]}, messages.SUCCESS
        )

    @admin.action(
        description=_("Let the selected versions watch in the shadow"), permissions=["activate"]
    )
    def watch(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """Let versions say what they would have said, on every plant that knows their variables."""
        self._set_shadow(request, queryset, True)

    @admin.action(
        description=_("Take the selected versions out of the shadow"), permissions=["activate"]
    )
    def unwatch(self, request: HttpRequest, queryset: "QuerySet[DetectorModel]") -> None:
        """End that."""
        self._set_shadow(request, queryset, False)

    def _set_shadow(
        self, request: HttpRequest, queryset: "QuerySet[DetectorModel]", on: bool
    ) -> None:
        others = DetectorModel.objects.filter(in_shadow=True).exclude(pk__in=queryset).count()
        if on and others + queryset.count() > MOST_SHADOWS:
            text = f"At most {MOST_SHADOWS} watch in the shadow: each costs time at every sample."
            self.message_user(request, text, messages.ERROR)
            return
        words = "Watches in the shadow." if on else "Taken out of the shadow."
        with transaction.atomic():
            changing = list(queryset.exclude(in_shadow=on))
            for model in changing:
                self.log_change(request, model, words)
                audit.record(
                    "detector-shadow",
                    model,
                    by=request.user,
                    before={"in_shadow": not on},
                    after={"in_shadow": on},
                )
            count = len(changing)
            DetectorModel.objects.filter(pk__in=[m.pk for m in changing]).update(in_shadow=on)
        self.message_user(
            request,
            gettext("%(count)s changed. %(words)s") % {"count": count, "words": words},
            messages.SUCCESS,
        )

    def get_deleted_objects(
        self, objs: Iterable[DetectorModel], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name what holds a version in numbers: the default lists every scored point."""
        models = list(objs)
        held = [reason for model in models for reason in reasons_to_keep(model)]
        return [str(model) for model in models], {"detector models": len(models)}, set(), held


def reasons_to_keep(model: DetectorModel) -> list[str]:
    """Return why a version cannot be deleted; nothing if it can."""
    reasons = []
    if model.is_active:
        reasons.append(f"{model} is the active version. Activate another one first.")
    for settings in DetectorSettings.objects.filter(detector_model=model).select_related("plant"):
        reasons.append(f"{model} is the chosen version of {settings.plant}. Choose another first.")
    points = Analysis.objects.filter(Q(detector_model=model) | Q(classic_model=model)).count()
    if points:
        reasons.append(f"{model} has scored {points:,} points, whose contributions need it.")
    return reasons


def flat(card: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield the leaves of nested figures with their paths, such as ("rates.spe", "0.0102")."""
    if isinstance(card, dict):
        for key, value in card.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(card, float):
        yield name, f"{card:.6g}"
    else:
        yield name, card if isinstance(card, str) else json.dumps(card)
