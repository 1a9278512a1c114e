"""Texts of people and models in files that other programs open: they stay texts there too."""

import re

#: What a spreadsheet takes for the begin of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: What Markdown takes for more than itself, inside a line.
_MARKS = re.compile(r"([\\`*_{}\[\]()#!|~])")
#: Where Markdown makes a link, an image or the target of one.
_LINKS = re.compile(r"\](?=[(\[:])")


def cell(text: str) -> str:
    """Return a cell of a table that no spreadsheet computes."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(text: str) -> str:
    """Return a text as one line of Markdown that shows it as it is."""
    escaped = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tame(markdown: str) -> str:
    """Return Markdown of a model without its HTML, links and images; lists and tables stay."""
    return _LINKS.sub(r"]\\", markdown.replace("&", "&amp;").replace("<", "&lt;"))
