"""A row that has been read and can be stored. Pure: knows no Django."""

from dataclasses import dataclass
from datetime import datetime

from simulation.ingest.rows import Vector
from simulation.tep.variables import LABELS

#: The largest step that the database can hold.
MAX_STEP = 2**31 - 1
MAX_KEY_LENGTH = 100


@dataclass(frozen=True)
class IngestRow:
    """One row to store: 53 values, and what the sender says of it.

    `step` is the sample's number in the run (next after the last one if None), `time` when the
    sender took it (aware), `key` names the row so that sending it twice stores it once.
    Raises ValueError for a row that no reading can hold.
    """

    values: Vector
    step: int | None = None
    time: datetime | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if self.values.shape != (len(LABELS),):
            raise ValueError(f"a row has {len(LABELS)} values, not shape {self.values.shape}")
        if self.step is not None and not 1 <= self.step <= MAX_STEP:
            raise ValueError(f"a step is a whole number from 1 to {MAX_STEP}")
        if self.time is not None and self.time.tzinfo is None:
            raise ValueError("a time needs an offset from UTC, for example 2026-01-31T12:00:00Z")
        if len(self.key) > MAX_KEY_LENGTH or not (self.key.isprintable() and self.key.isascii()):
            raise ValueError(f"a key has at most {MAX_KEY_LENGTH} printable ASCII characters")
