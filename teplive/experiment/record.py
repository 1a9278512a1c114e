"""The experiment's file: a head that says what it is of, then one line of JSON for each result.

A line is written and flushed as soon as its result is there, so that whatever ends the experiment,
the file holds all that was done; the half line of a power failure is cut off when it goes on.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

Key = tuple[int, int, int, str]
"""Fault, run, age, provider."""

#: Change it with the shape of the lines.
VERSION = 1


class Foreign(Exception):
    """A file is not of this experiment; the message says why."""


class Record:
    """What is known so far, in memory and, if there is one, in a file."""

    def __init__(self, path: Path | None, head: dict[str, Any]) -> None:
        """Read what the file holds. Raises Foreign, OSError."""
        self.head = {"version": VERSION, **head}
        self.answers: dict[Key, dict[str, Any]] = {}
        self.alarms: dict[tuple[int, int], list[int]] = {}
        self.lost: dict[str, Decimal] = {}
        self.usual: dict[int, dict[str, float]] | None = None
        self._file: TextIO | None = None
        if path is None:
            return
        if path.exists() and path.stat().st_size:
            for line in self._lines(path):
                self._take(line)
            self._file = path.open("a", encoding="utf-8")
        else:
            self._file = path.open("w", encoding="utf-8")
            self._write({"experiment": self.head})

    def _lines(self, path: Path) -> Iterator[dict[str, Any]]:
        whole = path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        lines = kept.decode("utf-8", errors="replace").splitlines()
        try:
            parsed = [json.loads(line) for line in lines if line.strip()]
            stored = parsed[0]["experiment"]
            names = stored.keys() | self.head.keys()
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Foreign(f"{path} is no file of this command. Name another one.") from error
        for name in sorted(names):
            if stored.get(name) != self.head.get(name):
                raise Foreign(
                    f"{path} is of another experiment: its {name} is {stored.get(name)}, not "
                    f"{self.head.get(name)}. Name another file, or ask for the same."
                )
        if len(kept) < len(whole):
            with path.open("r+b") as file:
                file.truncate(len(kept))
        yield from parsed[1:]

    def _take(self, line: dict[str, Any]) -> None:
        if "usual" in line:
            self.usual = {int(fault): tags for fault, tags in line["usual"].items()}
        elif "ages" in line:
            self.alarms[line["fault"], line["run"]] = line["ages"]
        elif "lost" in line:
            name = line["lost"]
            self.lost[name] = self.lost.get(name, Decimal(0)) + Decimal(str(line["cost"]))
        else:
            self.answers[line["fault"], line["run"], line["age"], line["provider"]] = line

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, allow_nan=False) + "\n")
            self._file.flush()

    def add(self, line: dict[str, Any]) -> None:
        """Keep a line: an answer, the ages that a run's alarm reached, or the lookup."""
        self._write(line)
        self._take(line)

    def spent(self, provider: str) -> Decimal:
        """Return what a provider has cost in this experiment, USD."""
        costs = (one["cost"] for one in self.answers.values() if one["provider"] == provider)
        paid = sum((Decimal(str(cost)) for cost in costs if cost is not None), Decimal(0))
        return paid + self.lost.get(provider, Decimal(0))

    def is_whole(self, fault: int, run: int, providers: list[str]) -> bool:
        """Tell whether nothing of a run is left to ask of these."""
        ages = self.alarms.get((fault, run))
        return ages is not None and all(
            (fault, run, age, name) in self.answers for age in ages for name in providers
        )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
