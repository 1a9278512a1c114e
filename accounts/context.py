"""What every template knows of whoever looks."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import display
from accounts.models import Preferences


def preferences(request: HttpRequest) -> dict[str, Any]:
    """Add the user's preferences and how the page is shown.

    An error page comes here as well, without what the middleware has set.
    """
    chosen = getattr(request, "preferences", None)
    if chosen is None:
        chosen = Preferences()
    return {"preferences": chosen, "display": SimpleLazyObject(display.present)}
