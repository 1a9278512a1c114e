"""Setting up and taking off the second step of one's own login."""

from base64 import b32encode
from typing import Any

import segno
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as remember_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit, second_step, sessions
from accounts.forms import FirstCodeForm, PasswordForm
from accounts.views.account import account_page, signed_in


def set_up_context(device: TOTPDevice) -> dict[str, Any]:
    """Return what the set-up shows: the key as a picture to be scanned, and to be typed."""
    key = b32encode(device.bin_key).decode()
    return {
        "picture": segno.make(device.config_url).svg_data_uri(scale=5, light="white"),
        "key": " ".join(key[i : i + 4] for i in range(0, len(key), 4)),
    }


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make a key that waits for its first code."""
    user = signed_in(request)
    if second_step.phone_of(user) is None:
        second_step.begin(user)
    return redirect("accounts:second-step")


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the key, and put it into use with the first code."""
    user = signed_in(request)
    device = TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()
    if second_step.phone_of(user) is not None or device is None:
        return redirect("accounts:account")
    form = FirstCodeForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            answer = second_step.confirm(device, form.cleaned_data["code"])
            if answer.device is not None:
                remember_device(request, answer.device)
                codes = second_step.renew_recovery_codes(user)
                audit.record("second-step-on", user, by=user)
                sessions.end_others(user, request.session.session_key, by=user)
        if answer.device is not None:
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        form.add_error("code", answer.refusal)
    context = {**set_up_context(device), "form": form}
    status = 422 if form.errors else 200
    return render(request, "accounts/second_step.html", context, status=status)


@sensitive_post_parameters("password")
@never_cache
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes; the old ones are worth nothing any more."""
    user = signed_in(request)
    if second_step.phone_of(user) is None:
        return redirect("accounts:account")
    form = PasswordForm(request.POST, user=user, auto_id="codes-%s", label_suffix="")
    if not form.is_valid():
        return account_page(request, status=422, codes_form=form)
    with transaction.atomic():
        codes = second_step.renew_recovery_codes(user)
        audit.record("recovery-codes-new", user, by=user)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@sensitive_post_parameters("password")
@never_cache
@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    """Take the second step off, with the password."""
    user = signed_in(request)
    form = PasswordForm(request.POST, user=user, auto_id="off-%s", label_suffix="")
    if form.is_valid() and second_step.is_required(user):
        form.add_error(
            None, gettext("Your role must have a second step. An admin can remove a lost phone.")
        )
    if not form.is_valid():
        return account_page(request, status=422, off_form=form)
    with transaction.atomic():
        if second_step.remove(user):
            audit.record("second-step-off", user, by=user)
    messages.success(request, gettext("The login asks for the password alone from now on."))
    return redirect("accounts:account")
