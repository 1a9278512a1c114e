"""The admin's name, its read-only kind of page, API tokens, second steps, the audit trail."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit, second_step
from accounts.hidden_truth import acts_told
from accounts.models import ApiToken, AuditEntry

admin.site.site_header = "TEP Live"
admin.site.site_title = "TEP Live"
admin.site.index_title = "Plants, detectors and accounts"
# The library's own pages show the keys, with which anybody could pass the second step.
admin.site.unregister(StaticDevice)
admin.site.unregister(TOTPDevice)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records of what happened: to be looked at, not to be written, changed or deleted."""

    #: What the index says of the model, in a sentence.
    about = ""
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


class AuditedAdmin(admin.ModelAdmin):
    """What is added, changed or deleted here gets its entry in the audit trail, with from and to.

    A subclass that saves in its own way calls `record_change`, or a method that records itself.
    """

    #: What the index says of the model, in a sentence.
    about = ""

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[ModelForm]:
        """Give the fields of a list that can be edited their names, which a screen reader says."""
        plain_form: Any = super().get_changelist_form(request, **kwargs)

        class Labelled(plain_form):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                for field in self.fields.values():
                    whose = f" of {self.instance}" if self.instance.pk else ""
                    field.widget.attrs["aria-label"] = f"{field.label}{whose}"

        return Labelled

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Save, and write it down."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change:
                self.record_change(request, obj, form)
            else:
                audit.record(self._act("add"), obj, by=request.user, after=_values(form, "after"))

    def record_change(
        self, request: HttpRequest, obj: Any, form: ModelForm, only: Iterable[str] | None = None
    ) -> None:
        """Write down what the form changed, if it did; of `only` these fields if given."""
        before, after = (_values(form, side, only) for side in ("before", "after"))
        if before != after:
            audit.record(self._act("change"), obj, by=request.user, before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and write it down."""
        with transaction.atomic():
            audit.record(self._act("delete"), obj, by=request.user, before=self.what_goes(obj))
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Delete several, and write each down."""
        with transaction.atomic():
            for obj in queryset:
                audit.record(self._act("delete"), obj, by=request.user, before=self.what_goes(obj))
            super().delete_queryset(request, queryset)

    def what_goes(self, obj: Any) -> Any:
        """Return what the entry of a deletion keeps of a row besides its name."""
        return None

    def _act(self, verb: str) -> str:
        return f"{self.opts.model_name}-{verb}"


def _values(form: ModelForm, side: str, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the changed fields as they were or are, in what JSON can hold; passwords hidden."""
    names = [name for name in form.changed_data if only is None or name in only]
    found = {name: (form.initial if side == "before" else form.cleaned_data).get(name)
             for name in names}  # fmt: skip
    return {
        name: "(hidden)" if "password" in name else plain(value) for name, value in found.items()
    }


def plain(value: Any) -> Any:
    """Return a form's value as JSON can hold it: rows by their keys, the rest as it is written."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet | list | tuple | set):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


admin.site.unregister([User, Group])


@admin.register(User)
class AuditedUserAdmin(AuditedAdmin, UserAdmin):
    """Accounts, their roles and passwords."""

    about = "Accounts. A role is a group: viewer, operator, engineer, admin."

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Let tokens and second step go with their user, though nobody deletes them alone."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        own = {str(model._meta.verbose_name) for model in (ApiToken, TOTPDevice)}
        return found, counts, {name for name in lacking if str(name) not in own}, protected

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Write down that somebody set a password, never which."""
        with transaction.atomic():
            user = self.get_object(request, unquote(id))
            was = user.password if user is not None else ""
            response = super().user_change_password(request, id, form_url)
            if user is not None:
                user.refresh_from_db()
                if user.password != was:
                    audit.record("user-password", user, by=request.user)
        return response


@admin.register(Group)
class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    """Roles."""

    about = "The roles and what each may do. A site may add permissions, and groups of its own."


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens without their secrets. `manage.py token` makes them, because it shows them once."""

    about = "API tokens without their secrets; revoke them here."
    list_display = ("name", "user", "prefix", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change tokens."""
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description=_("Revoke the selected tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiToken]") -> None:
        """Make the tokens useless from now on."""
        good = list(queryset.filter(revoked_at__isnull=True))
        for token in good:
            with transaction.atomic():
                token.revoke()
                audit.record("apitoken-revoke", token, by=request.user)
            self.log_change(request, token, "Revoked.")
        self.message_user(
            request, gettext("Tokens revoked: %(count)s.") % {"count": len(good)}, messages.SUCCESS
        )


@admin.register(TOTPDevice)
class SecondStepAdmin(ReadOnlyAdmin):
    """Who has a second step of the login, without the keys. A lost phone is removed here."""

    fields = ("user", "confirmed", "created_at", "last_used_at", "throttling_failure_count")
    list_display = ("user", "confirmed", "created_at", "last_used_at")
    list_filter = ("confirmed",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    actions = ("remove",)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete devices."""
        return request.user.has_perm("otp_totp.delete_totpdevice")

    @admin.action(description=_("Remove the second step (a lost phone)"), permissions=["remove"])
    def remove(self, request: HttpRequest, queryset: "QuerySet[TOTPDevice]") -> None:
        """Take the second step off, recovery codes with it."""
        with transaction.atomic():
            for device in queryset.select_related("user"):
                self.log_change(request, device, "Second step removed.")
                if second_step.remove(device.user):
                    audit.record("second-step-off", device.user, by=request.user)
        self.message_user(
            request, gettext("The login asks for the password alone."), messages.SUCCESS
        )


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail: who changed what, from what, to what, when and from where."""

    about = "The audit trail: who changed what, from what, to what, when, from where."
    list_display = ("at", "username", "action", "subject", "before", "after", "channel", "address")
    list_filter = ("channel", "action", "subject_type", "at")
    search_fields = ("username", "action", "subject", "comment")
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditEntry]":
        """Leave out others' acts on faults, where the session hides what is injected."""
        return acts_told(request, super().get_queryset(request))


def table_of(rows: list[tuple[Any, ...]]) -> SafeString:
    """Return rows as an HTML table; every cell is escaped."""
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows),
    )
    return format_html("<table>{}</table>", body)
