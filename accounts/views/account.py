"""Each user's own page: password, second step, sessions, API tokens."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, second_step, sessions
from accounts.agent import in_words
from accounts.forms import PasswordForm, TokenForm, check_present_password
from accounts.models import ApiToken, SessionRecord
from accounts.roles import ROLES


class OwnPasswordForm(PasswordChangeForm):
    """Django's, which tires of wrong present passwords."""

    def clean_old_password(self) -> str:
        """Check the present password."""
        given = self.cleaned_data["old_password"]
        check_present_password(self.user, given)
        return str(given)


def signed_in(request: HttpRequest) -> User:
    """Return the user, whom LoginRequiredMiddleware has made sure of."""
    if not isinstance(request.user, User):
        raise TypeError("this view is for users only")
    return request.user


def account_page(request: HttpRequest, *, status: int = 200, **bound: Any) -> HttpResponse:
    """Show the page; `bound` replaces forms by those with errors, or tells a new token."""
    user = signed_in(request)
    phone = second_step.phone_of(user)
    held = set(user.groups.values_list("name", flat=True))
    context = {
        "roles": [name for name in ROLES if name in held],
        "password_rules": password_validators_help_texts(),
        "password_form": OwnPasswordForm(user, auto_id="password-%s", label_suffix=""),
        "phone": phone,
        "is_required": second_step.is_required(user),
        "codes_left": second_step.recovery_codes_left(user) if phone else 0,
        "codes_form": PasswordForm(user=user, auto_id="codes-%s", label_suffix=""),
        "off_form": PasswordForm(user=user, auto_id="off-%s", label_suffix=""),
        "sessions": [
            {
                "record": record,
                "program": in_words(record.agent),
                "is_this": record.session_id == request.session.session_key,
            }
            for record in sessions.sessions_of(user)
        ],
        "tokens": ApiToken.objects.filter(user=user)[:50],
        "token_form": TokenForm(user=user, auto_id="token-%s", label_suffix=""),
        **bound,
    }
    return render(request, "accounts/account.html", context, status=status)


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show the page."""
    return account_page(request)


@sensitive_post_parameters()
@never_cache
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Change the password; every other session of the user ends."""
    user = signed_in(request)
    form = OwnPasswordForm(user, request.POST, auto_id="password-%s", label_suffix="")
    if not form.is_valid():
        return account_page(request, status=422, password_form=form)
    with transaction.atomic():
        ended = sessions.end_others(user, request.session.session_key, by=user)
        form.save()
        update_session_auth_hash(request, user)
        sessions.note_login(User, request, user)  # the session has a new key
        audit.record("password-change", user, by=user, after={"sessions_ended": ended})
    messages.success(
        request,
        gettext("The password is changed. Other sessions ended: %(ended)s.") % {"ended": ended},
    )
    return redirect("accounts:account")


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session."""
    user = signed_in(request)
    record = get_object_or_404(SessionRecord.objects.select_related("user"), pk=pk, user=user)
    if record.session_id == request.session.session_key:
        messages.warning(request, gettext("This is the session you are in: log out to end it."))
    else:
        sessions.end(record, by=user)
        messages.success(
            request,
            gettext("The session of %(program)s has ended.") % {"program": in_words(record.agent)},
        )
    return redirect("accounts:account")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    user = signed_in(request)
    ended = sessions.end_others(user, request.session.session_key, by=user)
    messages.success(request, gettext("Other sessions ended: %(ended)s.") % {"ended": ended})
    return redirect("accounts:account")


@never_cache
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make an API token and show it, this once."""
    user = signed_in(request)
    form = TokenForm(request.POST, user=user, auto_id="token-%s", label_suffix="")
    if not form.is_valid():
        return account_page(request, status=422, token_form=form)
    with transaction.atomic():
        token, plain = ApiToken.issue(user, form.cleaned_data["name"])
        audit.record("apitoken-make", token, by=user, after={"name": token.name})
    return account_page(request, new_token=token, plain_token=plain)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of the user's tokens useless."""
    user = signed_in(request)
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    if not token.is_revoked:
        with transaction.atomic():
            token.revoke()
            audit.record("apitoken-revoke", token, by=user, before={"name": token.name})
    messages.success(request, gettext("The token %(token)s is revoked.") % {"token": token})
    return redirect("accounts:account")
