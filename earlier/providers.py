"""`/models/...`: who explains, and the switch of each model."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Avg, Count, Q, Sum
from rest_framework.request import Request
from rest_framework.response import Response

from earlier.calls import call
from earlier.forms import ToggleForm
from earlier.values import cleaned, values_of
from explainer.asking import providers_in_use
from explainer.models import Explanation, ProviderSwitch
from explainer.providers import PROVIDERS, REMOTE, Provider
from simulation.models import Plant, PlantError


@call("GET")
def status(request: Request, plant: Plant) -> Response:
    """Tell who can explain, who does, and what they have used."""
    return Response(_status(plant))


@call("POST", permission="explainer.change_providerswitch")
def toggle(request: Request, plant: Plant) -> Response:
    """Switch a model on or off, from its next explanation on."""
    values = cleaned(ToggleForm(values_of(request, *ToggleForm.base_fields)))
    name = _provider_named(values["model_name"])
    if name not in REMOTE:
        if values["enabled"]:
            return Response(_toggled(plant, name, True))
        raise PlantError(
            f"{PROVIDERS[name].title} cannot be switched off: an alarm is always explained.",
            f"These can be: {', '.join(REMOTE)}.",
        )
    ProviderSwitch.objects.update_or_create(
        provider=name,
        defaults={"enabled": values["enabled"], "changed_by": request.user.get_username()},
    )
    return Response(_toggled(plant, name, values["enabled"]))


def _toggled(plant: Plant, name: str, enabled: bool) -> dict[str, Any]:
    return {"success": True, "model_name": name, "enabled": enabled, **_status(plant)}


def _provider_named(text: str) -> str:
    """Return the provider of a name, or of its model's name. Raises ValidationError."""
    for name, kind in PROVIDERS.items():
        if text in {name, kind().model}:
            return name
    raise ValidationError(
        {
            "model_name": ValidationError(
                "There is no such model.", params={"hint": f"Models: {', '.join(PROVIDERS)}."}
            )
        }
    )


def _status(plant: Plant) -> dict[str, Any]:
    off = ProviderSwitch.switched_off()
    providers = [kind() for kind in PROVIDERS.values()]
    return {
        "config_enabled": [_described(provider, off) for provider in providers],
        "runtime_enabled": {provider.name: provider.name not in off for provider in providers},
        "active_models": [provider.name for provider in providers_in_use()],
        "available_models": [provider.name for provider in providers],
        "usage_stats": _usage(plant),
        "cost_tracking": {
            "currency": None,
            "total_cost": None,
            "note": "Tokens are counted (usage_stats); prices are not known here.",
        },
    }


def _described(provider: Provider, off: set[str]) -> dict[str, Any]:
    configured = provider.is_configured()
    return {
        "name": provider.name,
        "model": provider.model,
        "enabled": configured,
        "premium": provider.is_remote,
        "description": provider.title if configured else f"{provider.title}. {provider.setup_hint}",
        "runtime_enabled": provider.name not in off,
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
