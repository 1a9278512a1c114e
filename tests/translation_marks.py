"""Finds words in a template that no translation can reach."""

import re

#: A tag of HTML with whatever template tags stand in it, a template's tag, variable or comment.
_PIECES = re.compile(
    r"<!--.*?-->|<!doctype[^>]*>"
    r"|</?[a-zA-Z](?:\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|[^>{]|\{)*>"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|[^<{]+|.",
    re.DOTALL,
)
_WORDS_OF_ATTRIBUTES = re.compile(
    r"\s(?:aria-label|title|placeholder|alt|hx-confirm|data-shortcut-title)="
    r'"((?:\{%.*?%\}|\{\{.*?\}\}|[^"{]|\{)*)"',
    re.DOTALL,
)
_TEMPLATE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
#: What is the same in every language: the product, the field's names and units, code.
_NAMES = re.compile(
    r"&\w+;|\b(?:TEP Live|UTC|CSV|PDF|JSON|PNG|API|OpenAPI|SHA-256|Python|NumPy|Numba|Brier|USD"
    r"|HTTP|T²|SPE|PCA|XMEAS|XMV|IDV|kPa|mol|kW|sd|Wilson)\b"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Blocks that fill an attribute: a class, aria-current.
_MACHINE_BLOCK = re.compile(r"\{% block (?:main_class|nav_\w+) %\}")
#: Their content is for machines and programmers.
_CODE = {"code", "pre", "kbd", "script", "style"}


def unmarked(source: str) -> list[str]:
    """Return the visible texts of a template that stand outside translate and blocktranslate."""
    found: list[str] = []
    in_block = in_code = in_comment = False
    for piece in _PIECES.findall(source):
        if piece.startswith("{%"):
            name = piece[2:-2].split()[0]
            if name in {"blocktranslate", "endblocktranslate"}:
                in_block = name == "blocktranslate"
            if _MACHINE_BLOCK.match(piece):
                in_block = True
            elif name == "endblock":
                in_block = False
            if name in {"comment", "endcomment"}:
                in_comment = name == "comment"
        elif piece.startswith("<") and len(piece) > 1:
            tag = re.match(r"</?([a-zA-Z]+)", piece)
            if tag and tag[1] in _CODE:
                in_code = not piece.startswith("</")
            if not in_comment:
                found += [
                    words
                    for value in _WORDS_OF_ATTRIBUTES.findall(_without_marks(piece))
                    for words in _words(_TEMPLATE.sub(" ", value))
                ]
        elif not (in_block or in_code or in_comment) and not piece.startswith("{"):
            found += _words(piece)
    return found


def _without_marks(tag: str) -> str:
    return re.sub(
        r"\{% blocktranslate.*?%\}.*?\{% endblocktranslate %\}|\{% translate .*?%\}",
        " ",
        tag,
        flags=re.DOTALL,
    ).replace('""', '" "')


def _words(text: str) -> list[str]:
    plain = _NAMES.sub(" ", text)
    return [text.strip()] if _WORD.search(plain) else []
