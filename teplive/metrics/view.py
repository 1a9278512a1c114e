"""`GET /metrics`: Prometheus' text format, for whoever may read the API."""

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import outage
from accounts.description import described
from accounts.json_schema import STRING, said
from teplive.metrics.collector import TepliveCollector


class PlainText(BaseRenderer):
    """Passes text on."""

    media_type = "text/plain"
    format = "txt"
    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Return the text; an error of the API as its sentence."""
        if isinstance(data, bytes):
            return data
        return f"{data.get('error', '')} {data.get('hint', '')}\n".encode()


class OneFormat(BaseContentNegotiation):
    """Prometheus may ask for whatever it likes: it gets the text format, which it always reads."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the first parser; nothing is ever sent here."""
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        """Return the only renderer."""
        return renderers[0], renderers[0].media_type


@method_decorator(never_cache, name="dispatch")
class MetricsView(APIView):
    """Asks for a token or a session as the API does; tells of an outage without one."""

    renderer_classes = [PlainText]
    content_negotiation_class = OneFormat

    @described(
        "Watching",
        said(STRING, "Prometheus' text format."),
        media_type=PlainText.media_type,
        example="teplive_up 1.0\n",
    )
    def get(self, request: Request) -> Response:
        """Give all metrics."""
        return _text(TepliveCollector())

    def handle_exception(self, exc: Exception) -> Response:
        """Answer for a database that is out of reach: it would know who asks, and cannot be asked.

        Nothing is told then but that; /healthz tells it to everybody, too.
        """
        if outage.outage_in(exc) is not None:
            return _text(TepliveCollector(outage="database"))
        return super().handle_exception(exc)


def _text(collector: TepliveCollector) -> Response:
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)  # of the web server, which answers
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
