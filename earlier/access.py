"""Who may call: tokens and sessions as everywhere, and programs of this machine without either."""

import ipaddress

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.request import split_domain_port
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.errors import MayNot
from accounts.roles import ENGINEER, ROLES

#: With one of these a proxy stands before us, and the address that we see is the proxy's.
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


class LoopbackClient(AnonymousUser):
    """A program on this machine that sends no token: operator and engineer of the one plant.

    It is no account: it has no session, and neither pages nor admin know it.
    """

    username = "a program of this machine"  # type: ignore[assignment]

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        """It may call."""
        return True

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        """It is known by where it calls from."""
        return False

    def get_username(self) -> str:
        """Return how it is named where it changed something."""
        return self.username

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Tell whether an engineer may do it."""
        return perm in ROLES[ENGINEER]


class LoopbackAuthentication(BaseAuthentication):
    """Admits clients of this machine, but no web page that their browser was led to.

    A browser sends a foreign page's requests from the same address, so the address alone proves
    nothing: what names another origin is refused, and the Host must be a name of this machine, or
    else a foreign name that was made to point here would count as our own origin.
    """

    def authenticate(self, request: Request) -> tuple[LoopbackClient, None] | None:
        """Return the client, None if it is not of this machine. Raises MayNot for a page."""
        if settings.HTTPS or not is_of_this_machine(request._request):
            return None
        refuse_foreign_page(request._request)
        return LoopbackClient(), None


def is_of_this_machine(request: HttpRequest) -> bool:
    """Whether client and host name are both loopback, and no proxy is in between."""
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    host, _ = split_domain_port(request.get_host())
    client = request.META.get("REMOTE_ADDR", "")
    return _is_loopback(client) and (host == "localhost" or _is_loopback(host.strip("[]")))


def refuse_foreign_page(request: HttpRequest) -> None:
    """Raise MayNot for what a page of another origin made a browser send."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    if site in {"none", "same-origin"} and origin in {None, own}:
        return
    raise MayNot(
        "A web page of another origin may not use the earlier interface.",
        "Programs send no Origin header; a page of your own needs a token: "
        "`manage.py token USERNAME`.",
    )


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
