"""Markdown of a model to HTML that a page may show: sanitised, whatever the model wrote."""

import re
from collections.abc import Callable
from typing import Any

import markdown
import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from explainer.verdicts import ABSENT, SUPPORTED

#: Text, lists and tables. No images, and of links only ours, made afterwards: a link is what a
#: text that was smuggled into a model's input would want an operator to click.
TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "b", "i", "sub", "sup",
    "ul", "ol", "li", "blockquote", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
#: Not only unwanted: on a text of many brackets their search takes minutes.
LINK_PATTERNS = (
    *("reference", "link", "image_link", "image_reference", "short_reference"),
    *("short_image_ref", "autolink", "automail"),
)
MAX_CHARACTERS = 50_000
DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "template", "noscript", "svg"}


#: How each verdict is marked beside a citation: a sign for the eye, with the word for everybody.
MARKS = {SUPPORTED: ("cite-supported", "✓"), ABSENT: ("cite-absent", "?")}
WRONG = ("cite-wrong", "✗")


def mark(
    html: SafeString,
    citations: list[dict[str, Any]],
    numbers: list[dict[str, Any]] | None = None,
    address: Callable[[dict[str, Any]], str] | None = None,
) -> SafeString:
    """Return clean HTML with each citation followed by its verdict, and loose numbers marked.

    `address` gives the page by which a citation can be checked, empty where there is none: the
    only links in a model's text, and they are the server's own.
    """
    marked = str(html)
    for number in numbers or []:
        words = escape(number["words"])
        note = format_html(
            '<mark class="loose" title="{}">{}</mark>', number["found"], number["words"]
        )
        marked = re.sub(
            rf"(?<![\w.,-]){re.escape(words)}(?![\w])", note.replace("\\", r"\\"), marked
        )
    for one in citations:
        name, sign = MARKS.get(one["verdict"], WRONG)
        note = format_html(
            '<span class="cite {}" title="The readings say: {}">{} {}</span>',
            name,
            one["found"],
            sign,
            one["verdict"],
        )
        words = escape(one["words"])
        where = address(one) if address is not None else ""
        linked = format_html('<a href="{}">{}</a>', where, one["words"]) if where else words
        marked = marked.replace(words, f"{linked} {note}")
    return mark_safe(marked)  # noqa: S308  (clean HTML, and marks made by format_html)


def render_markdown(text: str) -> SafeString:
    """Return the Markdown `text` as HTML of the allowed tags, without any attribute."""
    reader = markdown.Markdown(extensions=["tables", "sane_lists"], output_format="html")
    for pattern in LINK_PATTERNS:
        reader.inlinePatterns.deregister(pattern)
    html = reader.convert(text[:MAX_CHARACTERS])
    clean = nh3.clean(
        html, tags=TAGS, attributes={}, clean_content_tags=DROPPED_WITH_CONTENT, link_rel=None
    )
    return mark_safe(clean)  # noqa: S308  (the one place: nh3 has just cleaned it)
