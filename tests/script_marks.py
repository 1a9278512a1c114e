"""Finds the texts that scripts show to people and that are not marked for translation."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<template>`(?:\\.|\$\{(?:`[^`]*`|[^`}])*\}|[^`\\])*`)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r"\$\{(?:`[^`]*`|[^`}])*\}")
_MARK = re.compile(r"gettext\((?:\s*\"(?:\\.|[^\"\\\n])*\",)?\s*$")
#: What browsers, servers and developers read: fonts, selectors, headers, keys, the console.
_MACHINES = re.compile(
    r"""
    use[ ]strict | .*sans-serif | \(prefers-.* | https?:.* | .*\[.*\].* | .*\#[a-z-]+[ ,.].*
    | scale\(.* | translate\(.* | var\(.* | .*=\$.* | .*;[ ]path=.* | ;[ ]Secure
    | [a-z]+(-[A-Z][A-Za-z]*)* | HX-[A-Za-z-]+ | UTC | [ ]UTC | en-GB | [A-Z0-9.]+ | Arrow[A-Za-z]*
    | Escape | Enter | [a-z]+[A-Z][A-Za-z]* | (state[ ]state-|number[ ]delta|trend-chart).*
    | (not[ ]loaded|first[ ]load[ ]failed|(alarms|marks)[ ]not[ ]renewed):
    | \.[a-z-]+[ ][a-z.*+-]+ | IDV\(.*
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^\W*[A-Z][a-z]{2,}\b|^[a-z]+ \W*$")


def unmarked(source: str) -> list[str]:
    """Return the texts of a script that are not in gettext() or ngettext(), with their lines."""
    return list(_found(source))


def _found(source: str) -> Iterator[str]:
    for token in _TOKEN.finditer(source):
        if token.lastgroup == "comment":
            continue
        text = token.group()[1:-1]
        if _MACHINES.fullmatch(text) or not _WORDS.search(_PLACE.sub("", text)):
            continue
        if not _MARK.search(source, 0, token.start()):
            line = source.count("\n", 0, token.start()) + 1
            yield f"{line}: {text}"
