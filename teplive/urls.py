"""Where everything is."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from accounts.views import login
from teplive import api, api_page, fidelity_page
from teplive.demo import page as demo_page
from teplive.events import page as events_page
from teplive.leaderboard import page as leaderboard_page
from teplive.metrics.view import MetricsView


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponsePermanentRedirect:
    """Answer the address that browsers ask for unasked."""
    return HttpResponsePermanentRedirect(static("img/favicon.svg"))


#: The words of scripts, for every page, that of the login and public ones included.
words = cache_control(public=True, max_age=3600)(login_not_required(JavaScriptCatalog.as_view()))

urlpatterns = [
    path("favicon.ico", favicon),
    path("words.js", words, name="words"),
    # Before the admin's own: its door asks for the second step, too, and passwords change in one
    # place.
    path("admin/login/", login.AdminLogin.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:account")),
    path("admin/", admin.site.urls),
    path("accounts/login/", login.Login.as_view(), name="login"),
    path("accounts/login/code/", login.code, name="login-code"),
    path("accounts/login/set-up/", login.set_up, name="login-set-up"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("account/", include("accounts.account_urls")),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("api/schema", api.schema, name="api-schema"),
    path("api/docs", api_page.docs, name="api-docs"),
    path("events/", events_page.events, name="events"),
    path("events/<int:pk>/", events_page.event, name="event"),
    path("leaderboard/", leaderboard_page.page, name="leaderboard"),
    path("leaderboard.csv", leaderboard_page.export, name="leaderboard-csv"),
    path("demo/", demo_page.page, name="demo"),
    path("demo/begin/", demo_page.begin, name="demo-begin"),
    path("demo/<int:pk>/strip/", demo_page.strip, name="demo-strip"),
    *(
        path(f"demo/<int:pk>/{action}/", demo_page.steer, {"action": action}, f"demo-{action}")
        for action in ("next", "pause", "resume", "stop")
    ),
    path("fidelity/", fidelity_page.page, name="fidelity"),
    path("fidelity/result.json", fidelity_page.stored, name="fidelity-result"),
    path("fidelity/check", fidelity_page.check, name="fidelity-check"),
    path("", include("accounts.urls")),
    path("", include("simulation.api_urls")),
    path("", include("monitoring.api_urls")),
    path("", include("explainer.urls")),
    path("", include("monitoring.urls")),
]

if settings.LEGACY_API:
    # Before the others: it extends /api/status and /last_analysis.
    urlpatterns.insert(0, path("", include("earlier.urls")))

handler400 = "accounts.errors.bad_request"
handler404 = "accounts.errors.not_found"
handler500 = "accounts.errors.server_error"
