"""System checks: a wrong setting is named, with what would do."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from accounts.roles import ROLES


@register()
def environment_is_usable(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Report every environment variable that could not be used."""
    return [
        Error(f"{p.variable}: {p.message}.", hint=p.hint, id="teplive.E001")
        for p in settings.ENVIRONMENT.problems
    ]


@register()
def plain_http_stays_on_this_machine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse to serve other machines without TLS."""
    if settings.HTTPS or settings.SERVES_LOOPBACK_ONLY:
        return []
    return [
        Error(
            f"TEPLIVE_HOST is {settings.HOST}, which other machines reach, but passwords would "
            "travel in plain HTTP.",
            hint="Put a TLS proxy in front and set TEPLIVE_HTTPS=1, or use TEPLIVE_HOST=127.0.0.1.",
            id="teplive.E003",
        )
    ]


@register()
def nothing_is_wide_open(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse what would let other machines see too much."""
    found: list[CheckMessage] = []
    if settings.DEBUG and not settings.SERVES_LOOPBACK_ONLY:
        found.append(Error("TEPLIVE_DEBUG is on.", hint="Unset it.", id="teplive.E004"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                "TEPLIVE_ALLOWED_HOSTS allows every host name, which turns the origin checks off.",
                hint="List the names under which this server is reached.",
                id="teplive.E005",
            )
        )
    return found


@register()
def roles_of_the_second_step_exist(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse a role that there is not: its members would go without a second step unnoticed."""
    unknown = [name for name in settings.REQUIRE_TOTP_ROLES if name not in ROLES]
    if not unknown:
        return []
    return [
        Error(
            f"TEPLIVE_REQUIRE_TOTP_ROLES names roles that there are not: {', '.join(unknown)}.",
            hint=f"The roles are {', '.join(ROLES)}.",
            id="teplive.E007",
        )
    ]


@register(Tags.security, deploy=True)
def debug_is_off(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Name our own variable for DEBUG."""
    if not settings.DEBUG:
        return []
    return [Error("TEPLIVE_DEBUG is on.", hint="Unset it.", id="teplive.E006")]


@register(Tags.security)
def the_data_folder_is_private(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of a data folder that other accounts can read: sessions and hashes lie in it."""
    if not settings.DATA_DIR.stat().st_mode & 0o077:
        return []
    return [
        Warning(
            f"Other accounts of this machine can enter {settings.DATA_DIR}.",
            hint=f"chmod 700 {settings.DATA_DIR}",
            id="teplive.W001",
        )
    ]
