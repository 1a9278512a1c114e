"""Whether the web server answers: asked over HTTP, as a browser would."""

import http.client
from urllib.parse import urlsplit

from django.conf import settings

from monitoring.status.judging import START_WEB
from teplive.doctor.examination import Finding
from teplive.doctor.runner import START, is_running

NAME = "web"
PATIENCE_SECONDS = 3.5
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (read, not bound)


def own_url() -> str:
    """Return the address at which the settings say this product serves."""
    host = EVERYWHERE.get(settings.HOST, settings.HOST)
    return f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"


def look(url: str | None = None) -> list[Finding]:
    """Ask for /healthz; an answer of 503 is an answer, and the stages tell its cause."""
    asked = url or own_url()
    parts = urlsplit(asked)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"Accept": "application/json"}
    if url is None:
        # Straight to the server, past the proxy that would say these.
        names = [name for name in settings.ALLOWED_HOSTS if not name.startswith((".", "*"))]
        headers |= {"Host": names[0]} if names else {}
        headers |= {"X-Forwarded-Proto": "https"} if settings.HTTPS else {}
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz", headers=headers)
        status = connection.getresponse().status
    except TimeoutError:
        said = f"the web server at {asked} takes connections and answers none: it hangs"
        return [Finding(NAME, "fail", said, START_WEB)]
    except (OSError, http.client.HTTPException) as error:
        said = f"no web server answers at {asked} ({type(error).__name__})"
        return [Finding(NAME, "fail", said, _remedy(url))]
    finally:
        connection.close()
    if status in {200, 503}:
        return [Finding(NAME, "ok", f"{asked} answers")]
    said = f"{asked}/healthz answers with status {status}"
    return [
        Finding(NAME, "fail", said, "See TEPLIVE_PORT and TEPLIVE_ALLOWED_HOSTS, or use --web.")
    ]


def _remedy(url: str | None) -> str:
    if url is None and not is_running():
        return f"{START}; if it serves elsewhere, name its address: doctor --web URL"
    return f"{START_WEB}; with another port, set TEPLIVE_PORT or use --web."
