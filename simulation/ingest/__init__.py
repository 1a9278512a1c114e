"""Rows for plants that are fed from outside: read strictly, stored once, counted by outcome."""

from simulation.ingest.counting import Outcome, count_refused
from simulation.ingest.ingest_row import IngestRow
from simulation.ingest.rows import Problem, RowRefused, parse_row, required_labels
from simulation.ingest.storing import Receipt, StepConflict, store_rows

__all__ = [
    "IngestRow",
    "Outcome",
    "Problem",
    "Receipt",
    "RowRefused",
    "StepConflict",
    "count_refused",
    "parse_row",
    "required_labels",
    "store_rows",
]
