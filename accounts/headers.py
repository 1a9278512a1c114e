"""The headers of ours that Django has no setting for."""

from django.http import HttpRequest, HttpResponse

from accounts.around import AroundMiddleware

#: What no page here uses, so that nothing that got into one could. Sound stays: alarms have one.
PERMISSIONS_POLICY = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "usb",
        "xr-spatial-tracking",
    )
)


class HeadersMiddleware(AroundMiddleware):
    """Adds them, to pages and static files alike."""

    def finished(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add them where the answer has none of its own."""
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
