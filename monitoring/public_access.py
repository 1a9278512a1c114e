"""The way in with a public link: its token, judged in one place for pages, data and websocket."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.origin import address_of
from monitoring.models import PublicLink

#: Requests a minute from one address with any links. A page that lost its websocket asks for three
#: things twice a second; a wall of five of them stays below.
MOST_REQUESTS = 1200
#: Tokens that there are not, a minute from one address.
MOST_WRONG = 30
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a view be read with a public link and nothing else; it gets the link for the token.

    404: there is no such link; 410: it has ended; 429: too many requests. No session is asked.
    """

    @login_not_required
    @require_safe
    @wraps(view)
    def judged(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        response = _judge(request, token, view, more)
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    return judged


def _judge(
    request: HttpRequest, token: str, view: Callable[..., HttpResponse], more: dict[str, Any]
) -> HttpResponse:
    address = address_of(request)
    if _count("requests", address) > MOST_REQUESTS or _peek("wrong", address) >= MOST_WRONG:
        response = _refusal(request, "busy", 429)
        response.headers["Retry-After"] = "60"
        return response
    link = PublicLink.find(token)
    if link is None:
        _count("wrong", address)
        return _refusal(request, "unknown", 404)
    if not link.is_good:
        return _refusal(request, "over", 410, link)
    return view(request, link, **more)


def _refusal(
    request: HttpRequest, why: str, status: int, link: PublicLink | None = None
) -> HttpResponse:
    context = {"why": why, "link": link}
    return render(request, "monitoring/public/refused.html", context, status=status)


def _key(what: str, address: str | None) -> str:
    return f"public-{what}:{address}:{int(time.time() // 60)}"


def _count(what: str, address: str | None) -> int:
    """Count in this process: it is for the load, for nobody guesses 256 bits."""
    key = _key(what, address)
    cache.add(key, 0, 120)
    try:
        return int(cache.incr(key))
    except ValueError:  # a full cache has forgotten it meanwhile
        return 1


def _peek(what: str, address: str | None) -> int:
    return int(cache.get(_key(what, address), 0))
