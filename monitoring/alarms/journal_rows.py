"""Entries of the journal as rows of a CSV."""

from collections.abc import Iterable, Iterator
from typing import Any

from accounts.exports import cell
from monitoring.models import AlarmJournalEntry

#: Entries that one export holds at most: the newest.
MOST_EXPORTED = 20_000
COLUMNS = (
    *("id", "at", "plant", "run", "step", "sim_time_h", "kind", "occurrence", "definition"),
    *("name", "tag", "source", "priority", "state", "is_announced", "value", "limit", "unit"),
    *("text", "username", "comment"),
)
#: The columns that somebody may have typed.
_TYPED = ("plant", "name", "text", "username", "comment")


def rows(entries: Iterable[AlarmJournalEntry]) -> Iterator[list[Any]]:
    """Yield the entries as rows; what people typed cannot become a formula."""
    for entry in entries:
        told = entry.as_json()
        yield [_cell(name, told[name]) for name in COLUMNS]


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    return cell(value) if name in _TYPED and isinstance(value, str) else value
