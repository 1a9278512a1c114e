"""The login: name and password, then the second step where there is one."""

from django.contrib.auth import login as log_in
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.models import Device

from accounts import audit, second_step
from accounts.forms import CodeForm, FirstCodeForm
from accounts.login import AdminLoginForm, LoginForm
from accounts.pending import PendingLogin
from accounts.views.two_step import set_up_context


class Login(LoginView):
    """Asks for name and password."""

    authentication_form = LoginForm

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        """Let the user in, or ask for the second step."""
        user: User = form.get_user()
        if not second_step.is_needed(user):
            enter(self.request, user, None)
            return HttpResponseRedirect(self.get_success_url())
        PendingLogin.begin(self.request, user, self.get_success_url())
        door = "login-code" if second_step.phone_of(user) else "login-set-up"
        return HttpResponseRedirect(self.resolve(door))

    @staticmethod
    def resolve(name: str) -> str:
        """Return the address of a step."""
        return redirect(name).url


class AdminLogin(Login):
    """The admin's own door, which lets staff in only."""

    authentication_form = AdminLoginForm
    next_page = "admin:index"


def enter(request: HttpRequest, user: User, device: Device | None) -> None:
    """Log the user in. A device that took a code is kept in the session as the second step."""
    kind = None if device is None else second_step.Answer(device).kind
    if device is not None:
        user.otp_device = device  # type: ignore[attr-defined]  # django_otp keeps it at the login
    with transaction.atomic():
        log_in(request, user)
        audit.record("login", user, by=user, after={"second_step": kind})


@login_not_required
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, after the password."""
    pending = PendingLogin.of(request)
    if pending is None:
        return redirect("login")
    form = CodeForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        answer = second_step.check(pending.user, form.cleaned_data["code"])
        if answer.device is not None:
            return _through(request, pending, answer.device)
        form.add_error("code", answer.refusal)
        if not answer.wait_seconds:
            with transaction.atomic():
                audit.record("login-failed", pending.user, by=None, after={"reason": "second step"})
    status = 422 if form.errors else 200
    return render(
        request, "registration/code.html", {"form": form, "pending": pending}, None, status
    )


@login_not_required
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Let somebody whose role must have a second step set it up, before they are let in."""
    pending = PendingLogin.of(request)
    if pending is None or second_step.phone_of(pending.user):
        return redirect("login")
    device = second_step.begin(pending.user)
    form = FirstCodeForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        answer = second_step.confirm(device, form.cleaned_data["code"])
        if answer.device is not None:
            with transaction.atomic():
                codes = second_step.renew_recovery_codes(pending.user)
                audit.record("second-step-on", pending.user, by=pending.user)
            next_url = pending.next_url
            _through(request, pending, answer.device)
            return render(
                request, "accounts/recovery_codes.html", {"codes": codes, "next": next_url}
            )
        form.add_error("code", answer.refusal)
    context = {**set_up_context(device), "form": form, "is_required": True}
    status = 422 if form.errors else 200
    return render(request, "accounts/second_step.html", context, status=status)


def _through(request: HttpRequest, pending: PendingLogin, device: Device) -> HttpResponse:
    PendingLogin.forget(request)
    pending.user.backend = pending.backend
    enter(request, pending.user, device)
    return redirect(pending.next_url)
