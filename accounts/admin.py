"""The admin's name, its read-only kind of page, and API tokens."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import ApiToken

admin.site.site_header = "TEP Live"
admin.site.site_title = "TEP Live"
admin.site.index_title = "Plants, detectors and accounts"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records of what happened: to be looked at, not to be written, changed or deleted."""

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


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens without their secrets. `manage.py token` makes them, because it shows them once."""

    list_display = ("name", "user", "prefix", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change tokens."""
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description="Revoke the selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiToken]") -> None:
        """Make the tokens useless from now on."""
        good = list(queryset.filter(revoked_at__isnull=True))
        for token in good:
            token.revoke()
            self.log_change(request, token, "Revoked.")
        self.message_user(request, f"Tokens revoked: {len(good)}.", messages.SUCCESS)


def table_of(rows: list[tuple[Any, ...]]) -> SafeString:
    """Return rows as an HTML table; every cell is escaped."""
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows),
    )
    return format_html("<table>{}</table>", body)
