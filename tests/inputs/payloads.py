"""Texts that try to become code, and how to see whether one of them did."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

#: An attribute or element of this name can only have come out of a payload.
MARK = "xq7"
#: What a template would make of a payload, if it were read as one.
EVALUATED = "XQ7EVALUATED"
HOST = "evil.example"

#: The first breaks out of whatever holds it, and fits into the shortest columns.
PAYLOADS = (
    "'\"><b xq7>",
    "</textarea></title></script></style>--><b xq7>",
    "<script xq7>xq7()</script>",
    "<img xq7 src=x onerror=xq7()>",
    '"><svg xq7 onload=xq7()>',
    "'><i xq7 onclick='xq7()",
    '" xq7="1" onfocus="xq7()" x="',
    "' xq7='1' onfocus='xq7()",
    "x xq7=1 onfocus=xq7()",
    '{{ "xq7evaluated"|upper }}{% xq7 %}',
    "[a](javascript:xq7()) <b xq7>",
    "![a](//evil.example/a) <a xq7>",
    "<style xq7>*{}</style>`<b xq7>`",
    "x;background:url(//evil.example/b)",
)
#: A browser follows these where the whole of an attribute is a text.
SCRIPT = "javascript:xq7()//"
#: What a spreadsheet computes, if it stands first in a cell.
FORMULAS = ("=cmd|'xq7'!A1", "+1-xq7@SUM(1)", "@xq7", "-2+xq7", "\t=xq7()")
#: The first character of what a spreadsheet computes.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Attributes that a browser follows.
FOLLOWED = {"href", "src", "action", "formaction", "xlink:href", "srcset", "poster", "data"} | {
    f"hx-{method}" for method in ("get", "post", "put", "patch", "delete")
}


def text_for(code: str, room: int | None, first: str = "") -> str:
    """Return `first`, then as many payloads as there is room for.

    `code` tells where it is found which field it came from; in a short column it is all there is
    room for beside the first payload.
    """
    room = 4000 if room is None else room
    text = f"{first} {code}" if room >= 48 else code
    for one in PAYLOADS:
        if len(text) + 1 + len(one) <= room:
            text += f" {one}"
    return text[:room]


class Inert(HTMLParser):
    """Reads HTML or SVG as a browser does, and notes whatever came out of a payload."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if any(MARK in name for name in names) or MARK in tag:
            self.found.append(f"<{tag}> of a payload: {attrs}")
        for name, value in attrs:
            value = value or ""
            self.text += f" {value}"
            if name.startswith(("on", "hx-on")) or name == "style":
                self.found.append(f"<{tag} {name}={value!r}>")
            if name in FOLLOWED and self._leads_away(value):
                self.found.append(f"<{tag} {name}={value!r}>")

    @staticmethod
    def _leads_away(value: str) -> bool:
        plain = re.sub(r"[\s\x00-\x20]", "", value).lower()
        return plain.startswith(("javascript:", "data:text", "vbscript:")) or bool(
            re.match(rf"(https?:)?//[^/]*{re.escape(HOST)}", plain)
        )

    def handle_data(self, data):
        self.text += data

    def complaints(self) -> Iterator[str]:
        """Yield what no page may hold."""
        yield from self.found
        if EVALUATED in self.text:
            yield "a payload was read as a template"
