"""The file of presets: a versioned JSON document. Pure: it knows no model and no database."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FORMAT = "teplive-presets"
VERSION = 1
#: A file of every preset there is has a few kB; one of this size is a mistake.
MAX_BYTES = 256 * 1024
#: All rows are written in one transaction, which must not keep a plant's step waiting.
MAX_ROWS = 200


class DocumentError(Exception):
    """The text is no document of presets; the message says why."""


@dataclass(frozen=True)
class Row:
    """One preset as the document holds it; `number` counts from 1 over the whole document."""

    number: int
    kind: str
    values: Mapping[str, Any]


def write(presets: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """Return the document of presets by kind."""
    kinds = {kind: list(rows) for kind, rows in presets.items()}
    document = {"format": FORMAT, "version": VERSION, "presets": kinds}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def parse(text: str | bytes) -> list[Row]:
    """Return the rows of a document. Raises DocumentError."""
    document = _decoded(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DocumentError(f'This is no file of presets: it has no "format": "{FORMAT}".')
    version = document.get("version")
    if type(version) is not int or version != VERSION:
        raise DocumentError(f"The file has version {version!r:.40}; this program reads {VERSION}.")
    strange = sorted(set(document) - {"format", "version", "presets"})
    if strange:
        raise DocumentError(f"The file has unknown keys: {', '.join(strange)[:200]}.")
    kinds = document.get("presets")
    if not isinstance(kinds, dict):
        raise DocumentError('"presets" must be an object: a list of presets for each kind.')
    rows: list[Row] = []
    for kind, listed in kinds.items():
        if not isinstance(listed, list):
            raise DocumentError(f'"{kind[:60]}" must be a list of presets.')
        for values in listed:
            if not isinstance(values, dict):
                raise DocumentError(f'Preset {len(rows) + 1} (of "{kind[:60]}") is no object.')
            rows.append(Row(len(rows) + 1, kind, values))
    if not rows:
        raise DocumentError("The file holds no presets.")
    if len(rows) > MAX_ROWS:
        raise DocumentError(f"The file holds {len(rows)} presets; at most {MAX_ROWS} at a time.")
    return rows


def _decoded(text: str | bytes) -> Any:
    """Return what the JSON says, strictly: no twice-given key, no NaN, no number without end."""
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise DocumentError(f"The file is larger than {MAX_BYTES // 1024} kB.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_once_each,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError as error:
        raise DocumentError("The file is not UTF-8 text.") from error
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"Not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise DocumentError("A number of the file is too long.") from error
    except RecursionError as error:
        raise DocumentError("The file is nested too deeply.") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DocumentError(f'The key "{twice[:60]}" is given twice in one object.')
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise DocumentError(f"The number {digits[:40]} is too large.")
    return number


def _no_constant(name: str) -> Any:
    raise DocumentError(f"{name} is no number.")
