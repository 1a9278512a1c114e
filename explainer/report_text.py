"""Any text as what a PDF can show: escaped, and no character lost that the font lacks."""

import unicodedata
from functools import cache
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT, BOLD, ITALIC = "Vera", "VeraBd", "VeraIt"
#: Of one text; a language model's answer is held to 60,000 where it is read.
MOST_CHARACTERS = 60_000
#: How a character is written that the font lacks, where a plainer one says the same.
PLAIN = {
    "\t": "    ", "\r": "", "→": "->", "←": "<-", "↑": "up", "↓": "down", "⇒": "=>", "↔": "<->",
    "✓": "yes", "✔": "yes", "✗": "no", "✘": "no", "‐": "-", "‑": "-", "−": "-", "№": "No.",
    "Δ": "Delta", "∆": "Delta", "α": "alpha", "β": "beta", "σ": "sigma", "Σ": "Sigma", "μ": "µ",
}  # fmt: skip


@cache
def glyphs() -> frozenset[int]:
    """Register the fonts that come with reportlab, and return what all of them can show."""
    found = []
    for name in (FONT, BOLD, ITALIC):
        font = TTFont(name, f"{name}.ttf")
        pdfmetrics.registerFont(font)
        found.append(frozenset(font.face.charToGlyph))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    return frozenset.intersection(*found)


def showable(text: object) -> str:
    """Return a text of which the fonts have every character; others become their code, [U+4E2D].

    A control character or one that turns the direction of writing is written so, too.
    """
    whole = str(text)
    cut = f" [cut after {MOST_CHARACTERS} characters]" if len(whole) > MOST_CHARACTERS else ""
    return "".join(map(_showable, whole[:MOST_CHARACTERS])) + cut


def inert(text: object) -> str:
    """Return a text as markup of a reportlab paragraph that means nothing but the text."""
    return escape(showable(text)).replace("\n", "<br/>")


@cache
def _showable(character: str) -> str:
    if character == "\n" or _has(character):
        return character
    if character in PLAIN:
        return PLAIN[character]
    if unicodedata.category(character) == "Zs":
        return " "
    plainer = unicodedata.normalize("NFKD", character)
    if plainer != character and all(map(_has, plainer)):
        return plainer
    return f"[U+{ord(character):04X}]"


def _has(character: str) -> bool:
    return ord(character) in glyphs() and not unicodedata.category(character).startswith("C")
