"""System checks: the interface is on, but serves no plant."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from earlier.plant import NoPlant, legacy_plant


@register()
def the_legacy_plant_exists(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn where every call of the earlier interface would be answered 503."""
    if not settings.LEGACY_API:
        return []
    try:
        legacy_plant()
    except NoPlant as missing:
        return [Warning(str(missing.detail), hint=missing.hint, id="earlier.W001")]
    except DatabaseError:
        return []  # not migrated yet, or away: that is said elsewhere
    return []
