"""Markdown of a model to HTML that a page may show: sanitised, whatever the model wrote."""

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

#: Text, lists and tables. No links, no images: an explanation needs neither, and a link is what a
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
