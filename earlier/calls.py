"""One call of the earlier interface: who may, in which bodies, about which plant."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.cache import never_cache
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import origin
from accounts.authentication import BearerAuthentication
from accounts.permissions import may
from earlier.access import LoopbackAuthentication
from earlier.plant import legacy_plant

View = Callable[..., HttpResponseBase]


class AnyAccept(DefaultContentNegotiation):
    """Answers as the call answers, whatever Accept says: old clients ask for text/event-stream."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type


class AnyNumber(JSONParser):
    """JSON with the NaN and Infinity that Python's clients write, for calls that name them."""

    strict = False


class EarlierCall(APIView):
    """What all calls have in common."""

    authentication_classes = [BearerAuthentication, SessionAuthentication, LoopbackAuthentication]
    content_negotiation_class = AnyAccept
    parser_classes = [JSONParser, FormParser, MultiPartParser]


def call(
    *methods: str, permission: str | None = None, any_number: bool = False
) -> Callable[[View], View]:
    """Make a view of `function(request, plant, **address)`; reading needs no permission."""

    def decorate(function: View) -> View:
        def handle(self: APIView, request: Request, **address: Any) -> HttpResponseBase:
            came = origin.Origin(origin.Channel.EARLIER, origin.address_of(request._request))
            with origin.acting_from(came):
                return function(request, legacy_plant(), **address)

        attributes: dict[str, Any] = {method.lower(): handle for method in methods}
        attributes["__doc__"] = function.__doc__
        attributes["schema"] = None  # docs/compatibility.md describes them; none is for new clients
        attributes["permission_classes"] = [may(permission) if permission else IsAuthenticated]
        if any_number:
            attributes["parser_classes"] = [AnyNumber, FormParser, MultiPartParser]
        view = type(function.__name__, (EarlierCall,), attributes).as_view()  # type: ignore[attr-defined]
        return never_cache(view)

    return decorate
