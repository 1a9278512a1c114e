"""HTTP and websockets."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")
http = get_asgi_application()  # loads the applications, which the imports below need

from monitoring.origin import SameOriginValidator  # noqa: E402
from monitoring.routing import websocket_urlpatterns  # noqa: E402


def close_connections(**_signal: object) -> None:
    """Close this thread's database connections at the end of a request.

    Each request runs in a thread of its own, so no later one could use them again: kept for
    `CONN_MAX_AGE` they would hold memory, and a place at the server, until Python collects cycles.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


request_finished.connect(close_connections)

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
