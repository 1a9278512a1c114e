"""Where everything is."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import include, path

from accounts.login import AdminLoginForm, LoginForm
from teplive import api, api_page, fidelity_page
from teplive.leaderboard import page as leaderboard_page
from teplive.metrics.view import MetricsView


@login_not_required
def favicon(request: HttpRequest) -> HttpResponsePermanentRedirect:
    """Answer the address that browsers ask for unasked."""
    return HttpResponsePermanentRedirect(static("img/favicon.svg"))


admin.site.login_form = AdminLoginForm

urlpatterns = [
    path("favicon.ico", favicon),
    path("admin/", admin.site.urls),
    path("accounts/login/", LoginView.as_view(authentication_form=LoginForm), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("api/schema", api.schema, name="api-schema"),
    path("api/docs", api_page.docs, name="api-docs"),
    path("leaderboard/", leaderboard_page.page, name="leaderboard"),
    path("leaderboard.csv", leaderboard_page.export, name="leaderboard-csv"),
    path("fidelity/", fidelity_page.page, name="fidelity"),
    path("fidelity/result.json", fidelity_page.stored, name="fidelity-result"),
    path("fidelity/check", fidelity_page.check, name="fidelity-check"),
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
