"""The running demonstration for every page's strip."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from teplive.demo.page import strip_context
from teplive.models import DemoTour


def demonstration(request: HttpRequest) -> dict[str, Any]:
    """Offer `demo`, looked up when a page asks for it: one indexed query."""
    return {"demo": SimpleLazyObject(lambda: strip_context(request, DemoTour.present()))}
