"""`/models/...`: who explains, and the switch of each model."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Avg, Count, Q, Sum
from django.utils.translation import gettext
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import audit
from earlier.calls import call
from earlier.forms import ToggleForm
from earlier.values import cleaned, values_of
from explainer.models import Explanation, ProviderConfig, Spending
from simulation.models import Plant, PlantError


@call("GET")
def status(request: Request, plant: Plant) -> Response:
    """Tell who can explain, who does, and what they have used."""
    return Response(_status(plant))


@call("POST", permission="explainer.change_providerconfig")
def toggle(request: Request, plant: Plant) -> Response:
    """Switch a model on or off, from its next explanation on."""
    values = cleaned(ToggleForm(values_of(request, *ToggleForm.base_fields)))
    config = _config_named(values["model_name"])
    if not config.is_remote and not values["enabled"]:
        others = ProviderConfig.objects.exclude(pk=config.pk).values_list("name", flat=True)
        raise PlantError(
            gettext("%(title)s cannot be switched off: an alarm is always explained.")
            % {"title": config.title},
            gettext("These can be: %(names)s.") % {"names": ", ".join(others)},
        )
    with transaction.atomic():
        was = {"enabled": config.enabled}
        config.enabled = values["enabled"]
        config.changed_by = request.user.get_username()
        config.save(update_fields=["enabled", "changed_by", "changed_at"])
        now = {"enabled": config.enabled}
        if now != was:
            audit.record("providerconfig-change", config, by=request.user, before=was, after=now)
    return Response(_toggled(plant, config.name, values["enabled"]))


def _toggled(plant: Plant, name: str, enabled: bool) -> dict[str, Any]:
    return {"success": True, "model_name": name, "enabled": enabled, **_status(plant)}


def _config_named(text: str) -> ProviderConfig:
    """Return the provider of a name, or of its model's name. Raises ValidationError."""
    configs = list(ProviderConfig.objects.all())
    for config in configs:
        if text and text in {config.name, config.model}:
            return config
    names = ", ".join(config.name for config in configs)
    raise ValidationError(
        {
            "model_name": ValidationError(
                gettext("There is no such model."), params={"hint": f"Models: {names}."}
            )
        }
    )


def _status(plant: Plant) -> dict[str, Any]:
    configs = list(ProviderConfig.objects.all())
    spent = Spending.objects.filter(plant=plant, cost__isnull=False)
    total = spent.aggregate(sum=Sum("cost"))["sum"]
    return {
        "config_enabled": [_described(config) for config in configs],
        "runtime_enabled": {config.name: config.enabled for config in configs},
        "active_models": [config.name for config in ProviderConfig.in_use()],
        "available_models": [config.name for config in configs],
        "usage_stats": _usage(plant),
        "cost_tracking": {
            "currency": None if total is None else "USD",
            "total_cost": None if total is None else float(total),
            "note": "Of providers whose prices are set in the admin.",
        },
    }


def _described(config: ProviderConfig) -> dict[str, Any]:
    return {
        "name": config.name,
        "model": config.model,
        "enabled": not config.missing,
        "premium": config.is_remote,
        "description": f"{config.title}. {config.missing}".rstrip(". ") + ".",
        "runtime_enabled": config.enabled,
    }


def _usage(plant: Plant) -> dict[str, dict[str, Any]]:
    """Return what each provider has written for the plant; tokens are null where none count."""
    counted = (
        Explanation.objects.filter(run__plant=plant)
        .values("provider")
        .annotate(
            done=Count("pk", filter=Q(status=Explanation.Status.DONE)),
            failed=Count("pk", filter=Q(status=Explanation.Status.FAILED)),
            tokens_in=Sum("tokens_in"),
            tokens_out=Sum("tokens_out"),
            average_seconds=Avg("seconds", filter=Q(status=Explanation.Status.DONE)),
        )
        .order_by("provider")
    )
    return {
        row["provider"]: {name: value for name, value in row.items() if name != "provider"}
        for row in counted
    }
