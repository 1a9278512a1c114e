"""Which pages may open a websocket: those of this very server."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]


class SameOriginValidator:
    """Lets a websocket in if its Origin has the host and port that it was sent to.

    A page on another port of the same host is another origin. Origins of `CSRF_TRUSTED_ORIGINS`
    are let in as well, for proxies that change the Host header.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Pass the connection on, or deny it."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if is_allowed(headers.get(b"origin", ""), headers.get(b"host", "")):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def is_allowed(origin: str, host: str) -> bool:
    """Tell whether a websocket sent to `host` may come from a page of `origin`."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _ = split_domain_port(host)
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(netloc) and netloc == host and validate_host(domain, settings.ALLOWED_HOSTS)
