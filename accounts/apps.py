"""Application configuration."""

from django.apps import AppConfig
from django.core.signals import got_request_exception
from django.db.models.signals import m2m_changed, post_migrate


class AccountsConfig(AppConfig):
    """Roles and API tokens."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Keep the roles' groups and the staff mark in step, and notice database outages."""
        from django.contrib.auth import get_user_model

        from accounts import outage, roles

        post_migrate.connect(roles.make_roles, sender=self, dispatch_uid="accounts.make_roles")
        m2m_changed.connect(
            roles.settle_staff,
            sender=get_user_model().groups.through,
            dispatch_uid="accounts.settle_staff",
        )
        got_request_exception.connect(outage.notice, dispatch_uid="accounts.notice_outage")
