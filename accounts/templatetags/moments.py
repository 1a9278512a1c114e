"""Points in time on pages: in the user's zone, with UTC on hover."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import display
from accounts.moments import STYLES, moment_text

register = template.Library()


@register.simple_tag
def moment(value: datetime | None, style: str = "full") -> SafeString | str:
    """Return `<time>` with a moment in the user's zone; a dash for none.

    What is pushed is rendered in UTC for everybody; static/js/moments.js rewrites it.
    """
    if value is None:
        return "–"
    if style not in STYLES:
        raise template.TemplateSyntaxError(f"moment: {style!r} is none of {', '.join(STYLES)}")
    return format_html(
        '<time datetime="{}" data-moment="{}" title="{}">{}</time>',
        f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        style,
        moment_text(value, UTC),
        moment_text(value, display.present().zone, style),
    )


@register.simple_tag
def now_moment(style: str = "clock") -> SafeString | str:
    """Return the present moment: when the page was made."""
    return moment(timezone.now(), style)
