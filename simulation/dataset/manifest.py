"""What an experiment's folder says of itself: plan, simulator, every file and every run."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simulation import VERSION
from simulation.dataset.plan import Plan
from simulation.tep.files import whole_file

PLAN, JOURNAL, MANIFEST = "plan.json", "journal.jsonl", "manifest.json"


class OtherExperiment(Exception):
    """The folder holds another experiment, or something else; says what differs."""


@dataclass(frozen=True)
class Entry:
    """One finished file: size, hash, and its runs with seed, rows and trip."""

    name: str
    bytes: int
    sha256: str
    runs: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the entry for the manifest."""
        return {"file": self.name, "bytes": self.bytes, "sha256": self.sha256, "runs": self.runs}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> Entry:
        """Return a stored entry. KeyError for what is none."""
        return cls(stored["file"], stored["bytes"], stored["sha256"], stored["runs"])


@cache
def simulator_digest() -> str:
    """Return the hash of the simulator's sources: the same sources give the same data."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent / "tep"
    for source in sorted(package.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def header(plan: Plan) -> dict[str, Any]:
    """Return what makes two experiments the same: the plan, and what simulates it."""
    return {
        "product": "TEP Live",
        "version": VERSION,
        "simulator_sha256": simulator_digest(),
        "plan": plan.as_json(),
    }


def open_folder(folder: Path, plan: Plan) -> dict[str, Entry]:
    """Begin an experiment in a folder, or go on with the same one; returns what is finished.

    OtherExperiment for a folder with another plan, another simulator or foreign files; OSError for
    one that cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / PLAN).exists():
        _require_same(folder, plan)
        return finished(folder)
    if any(folder.iterdir()):
        raise OtherExperiment(
            f"{folder} holds files that are no data set of this command: choose an empty folder"
        )
    _write_json(folder / PLAN, header(plan))
    return {}


def plan_in(folder: Path) -> Plan:
    """Return the plan of an experiment's folder. OtherExperiment for a folder without one."""
    return Plan.of_json(_read_header(folder)["plan"])


def stored_simulator(folder: Path) -> str:
    """Return the hash of the simulator that made an experiment."""
    return str(_read_header(folder)["simulator_sha256"])


def finished(folder: Path) -> dict[str, Entry]:
    """Return the finished files by name, from the manifest or from the journal of a run under way.

    A last line that was cut off by a crash is no entry: its file is made again.
    """
    if (folder / MANIFEST).exists():
        stored = _read_json(folder / MANIFEST)
        try:
            entries = [Entry.of_json(one) for one in stored["files"]]
        except (KeyError, TypeError) as error:
            raise OtherExperiment(_damaged(folder / MANIFEST, f"{error} is missing")) from error
        return {entry.name: entry for entry in entries}
    found: dict[str, Entry] = {}
    if (folder / JOURNAL).exists():
        for line in (folder / JOURNAL).read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            try:
                entry = Entry.of_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise OtherExperiment(_damaged(folder / JOURNAL, str(error))) from error
            found[entry.name] = entry
    return found


def note(folder: Path, entry: Entry) -> None:
    """Add a finished file to the journal, on the disk before this returns."""
    with (folder / JOURNAL).open("ab") as journal:
        journal.write(json.dumps(entry.as_json()).encode() + b"\n")
        journal.flush()
        os.fsync(journal.fileno())


def mend_journal(folder: Path) -> None:
    """Cut off a line that a crash left unfinished, so that the next one begins on its own."""
    path = folder / JOURNAL
    if path.exists():
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            path.write_bytes(whole)


def complete(folder: Path, plan: Plan, entries: dict[str, Entry]) -> dict[str, Any]:
    """Write the manifest of a finished experiment, and drop the journal."""
    names = [file.name for file in plan.files()]
    files = [entries[name].as_json() for name in names]
    manifest = header(plan) | {
        "columns": "faultNumber, simulationRun, sample, time_h (h), XMEAS(1..41), XMV(1..12)",
        "total_runs": plan.total_runs,
        "total_rows": sum(run["rows"] for one in files for run in one["runs"]),
        "total_bytes": sum(one["bytes"] for one in files),
        "data_sha256": _of_hashes([one["sha256"] for one in files]),
        "files": files,
    }
    _write_json(folder / MANIFEST, manifest)
    (folder / JOURNAL).unlink(missing_ok=True)
    return manifest


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _of_hashes(hashes: list[str]) -> str:
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _require_same(folder: Path, plan: Plan) -> None:
    there, here = _read_header(folder), header(plan)
    differences = [
        f"{name}: {there['plan'].get(name)!r} there, {value!r} asked for"
        for name, value in here["plan"].items()
        if there["plan"].get(name) != value
    ]
    if there["simulator_sha256"] != here["simulator_sha256"]:
        differences.append(
            f"the simulator: version {there.get('version')} with other sources made it"
        )
    if differences:
        raise OtherExperiment(
            f"{folder} holds another experiment ({'; '.join(differences)}): choose another folder, "
            "or the same options"
        )


def _read_header(folder: Path) -> dict[str, Any]:
    path = folder / PLAN
    if not path.exists():
        raise OtherExperiment(f"{folder} holds no data set: there is no {PLAN} in it")
    found = _read_json(path)
    try:
        Plan.of_json(found["plan"])
        found["simulator_sha256"]
    except (KeyError, TypeError, ValueError) as error:
        raise OtherExperiment(_damaged(path, str(error))) from error
    return found


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise OtherExperiment(_damaged(path, str(error))) from error
    if not isinstance(found, dict):
        raise OtherExperiment(_damaged(path, "it is no object"))
    return found


def _damaged(path: Path, why: str) -> str:
    return f"{path} cannot be read ({why}): remove the folder and make the data set anew"


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
