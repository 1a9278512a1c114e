"""Application configuration."""

from django.apps import AppConfig
from django.core.signals import got_request_exception
from django.db.models.signals import m2m_changed, post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Roles and API tokens."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Keep roles, staff mark and sessions in step, and notice database outages."""
        from django.contrib.auth import get_user_model
        from django.contrib.auth.signals import user_logged_in

        from accounts import outage, roles, sessions

        post_migrate.connect(roles.make_roles, sender=self, dispatch_uid="accounts.make_roles")
        m2m_changed.connect(
            roles.settle_staff,
            sender=get_user_model().groups.through,
            dispatch_uid="accounts.settle_staff",
        )
        user_logged_in.connect(sessions.note_login, dispatch_uid="accounts.note_login")
        got_request_exception.connect(outage.notice, dispatch_uid="accounts.notice_outage")
