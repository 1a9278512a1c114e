"""A sender that does everything wrong, at random: nothing refused is stored, nothing accepted lost.

A model that knows only the rules of docs/api.md foretells each answer; the readings and the
counters must agree with it after every call. `make fuzz` sends thousands.
"""

import json
import os
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from monitoring import ingest_throttle
from monitoring.ingest_api import MAX_INGEST_BYTES
from simulation.ingest.bodies import MAX_ROWS
from simulation.ingest.storing import outcomes_of
from simulation.models import Plant, Reading
from simulation.tep.variables import LABELS
from tests.accounts.callers import JSON, Caller
from tests.description import conforming
from tests.simulation.ingest.feeds import fed_plant, simulated_rows

pytestmark = [pytest.mark.django_db, pytest.mark.datapath]

#: Calls of the sender without being asked for more, and calls of one plant's life.
REQUESTS = int(os.environ.get("TEPLIVE_FUZZ_REQUESTS", "600")) // 2
LIFE = 30
NAMES = LABELS[:22]
BROKEN: dict[str, Any] = {
    "a name is missing": lambda row: row.pop("XMEAS(7)"),
    "a name is unknown": lambda row: row.update({"XMEAS(42)": 1.0}),
    "a name is a disturbance": lambda row: row.update({"IDV(6)": 1}),
    "a variable comes twice": lambda row: row.update({"A Feed": 0.25}),
    "a value is text": lambda row: row.update({"XMEAS(1)": "0.25"}),
    "a value is true": lambda row: row.update({"XMEAS(1)": True}),
    "a value is null": lambda row: row.update({"XMEAS(1)": None}),
    "a value is a list": lambda row: row.update({"XMEAS(1)": [0.25]}),
    "a value is NaN": lambda row: row.update({"XMEAS(1)": float("nan")}),
    "a value is infinite": lambda row: row.update({"XMEAS(1)": float("-inf")}),
    "a value is too large for a float": lambda row: row.update({"XMEAS(1)": 10**400}),
}
BROKEN_BESIDE: list[dict[str, Any]] = [
    {"step": 0},
    {"step": -1},
    {"step": 1.5},
    {"step": "7"},
    {"step": True},
    {"step": 2**31},
    {"time": "yesterday"},
    {"time": "2026-01-05T08:00:00"},
    {"time": 1767600000},
    {"key": "k" * 101},
    {"key": "\u00e9"},
    {"key": 7},
    {"colour": "red"},
]
BROKEN_BODIES: list[bytes] = [
    b"",
    b"\x00",
    b"{",
    b"[]",
    b"7",
    b"null",
    b'"row"',
    b"\xff\xfe{}",
    b"[" * 5000,
    b'{"rows": []}',
    b'{"rows": {}}',
    b'{"rows": null}',
    b'{"rows": [7]}',
    b'{"values": []}',
    b'{"values": {"XMEAS(1)": 1, "XMEAS(1)": 2}}',
    b'{"run": 0, "values": {}}',
    b'{"values": {}, "run": "1"}',
    b"{}",
]
rows = st.fixed_dictionaries(
    {
        "which": st.integers(0, 39),
        "sort": st.sampled_from(
            [*["new"] * 12, *["again"] * 4, "other values", "passed over", "same key", "broken"]
        ),
        "skip": st.sampled_from([None, None, 1, 1, 1, 2, 5]),
        "key": st.sampled_from(["", "", "a", "b", "c", "d/0", "e f"]),
        "time": st.sampled_from([None, "2026-01-05T08:00:00Z", "1999-12-31T23:59:59+14:00"]),
        "stored": st.integers(0, 1000),
        "envelope": st.sampled_from(["values", "data_point", ""]),
        "broken": st.sampled_from([*BROKEN, *range(len(BROKEN_BESIDE))]),
        "huge": st.integers(0, 14).map(lambda n: n == 0),
    }
)


class Sender(RuleBasedStateMachine):
    """What a sender knows of the plant it feeds: what was accepted, by step and with which key."""

    caller: Caller
    sent: Counter[int]

    @initialize()
    def begin(self) -> None:
        self.plant = fed_plant(variables=22, name="Fuzzed")
        self.path = f"/api/plants/{self.plant.pk}/ingest"
        self.run, self.running = 1, True
        self.lives: dict[int, dict[int, tuple[np.ndarray, str]]] = {1: {}}
        self.expected: Counter[str] = Counter()

    def teardown(self) -> None:
        Plant.objects.all().delete()

    @property
    def stored(self) -> dict[int, tuple[np.ndarray, str]]:
        return self.lives[self.run]

    def post(self, raw: bytes, **headers: str) -> Any:
        answer = self.caller.client.post(
            self.path, raw, content_type=JSON, headers={**self.caller.headers, **headers}
        )
        self.sent[answer.status_code] += 1
        return conforming("POST", self.path, answer)

    @rule(batch=st.lists(rows, min_size=4, max_size=8), key=st.booleans())
    def send_new_rows(self, batch: list[dict[str, Any]], key: bool) -> None:
        self.send([{**drawn, "sort": "new", "key": ""} for drawn in batch], False, key)

    @rule(batch=st.lists(rows, min_size=1, max_size=6), key=st.booleans())
    def send_rows_some_of_them_again(self, batch: list[dict[str, Any]], key: bool) -> None:
        sorts = {"new": "new", "again": "again"}
        self.send(
            [{**drawn, "sort": sorts.get(drawn["sort"], "again")} for drawn in batch], False, key
        )

    @rule(batch=st.lists(rows, min_size=1, max_size=6), alone=st.booleans(), key=st.booleans())
    def send_rows(self, batch: list[dict[str, Any]], alone: bool, key: bool) -> None:
        self.send(batch[:1] if alone else batch, alone, key)

    def send(self, batch: list[dict[str, Any]], alone: bool, key: bool) -> None:
        """Send rows, alone or as a batch, and hold the answer against what the model foretells."""
        last, made = max(self.stored, default=0), dict(self.stored)
        keys = {name: step for step, (_, name) in made.items() if name}
        bodies, broken, conflicts, new = [], 0, 0, 0
        call_key = f"call{len(self.stored) % 5}" if key else ""
        for place, drawn in enumerate(batch):
            body, row = self.row_of(drawn, made, last)
            bodies.append(body)
            if row is None:
                broken += 1
                continue
            values, step, name = row
            if call_key and not name:
                name = call_key if alone else f"{call_key}/{place}"
            known = keys.get(name) if name else None
            if known is not None:
                same = step in (None, known) and np.array_equal(made[known][0], values, True)
                conflicts += not same
            elif step is None or step > last:
                last = last + 1 if step is None else step
                made[last] = (values, name)
                keys |= {name: last} if name else {}
                new += 1
            else:
                same = step in made and np.array_equal(made[step][0], values, True)
                conflicts += not same
        raw = json.dumps(bodies[0] if alone else {"rows": bodies}).encode()
        answer = self.post(raw, **({"Idempotency-Key": call_key} if key else {}))
        if broken:
            assert answer.status_code == 422, answer.content
            self.expected["refused"] += len(batch)
        elif not self.running or conflicts:
            assert answer.status_code == 409, answer.content
            self.expected["refused"] += len(batch)
        else:
            assert answer.status_code == 202, answer.content
            told = answer.json()
            assert (told["accepted"], told["duplicate"]) == (new, len(batch) - new)
            assert told["last_step"] == last
            self.lives[self.run] = made
            self.expected["accepted"] += new
            self.expected["duplicate"] += len(batch) - new

    def row_of(
        self, drawn: dict[str, Any], made: dict[int, tuple[np.ndarray, str]], last: int
    ) -> tuple[Any, tuple[np.ndarray, int | None, str] | None]:
        """A row as it is sent, and as it must be understood; None for one that must be refused."""
        values = np.full(len(LABELS), np.nan)
        values[:22] = simulated_rows()[drawn["which"]][:22]
        if drawn["huge"]:
            values[drawn["which"] % 22] = 1.7e308
        step = None if drawn["skip"] is None else last + drawn["skip"]
        name, sort = drawn["key"] if drawn["sort"] == "new" else "", drawn["sort"]
        if made and sort in ("again", "other values", "same key"):
            step = sorted(made)[drawn["stored"] % len(made)]
            values, name = made[step][0].copy(), made[step][1]
            if sort == "other values":
                values[drawn["which"] % 22] += 0.125
            if sort == "same key" and name:
                step = None
        elif sort == "passed over" and last:
            step = 1 + drawn["stored"] % last
        row: dict[str, Any] = dict(zip(NAMES, map(float, values[:22]), strict=True))
        beside = {"step": step, "time": drawn["time"], "key": name or None}
        beside = {key: value for key, value in beside.items() if value is not None}
        if sort == "broken" and drawn["broken"] in BROKEN:
            BROKEN[drawn["broken"]](row)
        elif sort == "broken":
            beside |= BROKEN_BESIDE[drawn["broken"]]
        body = {drawn["envelope"]: row, **beside} if drawn["envelope"] else {**row, **beside}
        return body, None if sort == "broken" else (values, step, name)

    @rule(raw=st.one_of(st.sampled_from(BROKEN_BODIES), st.binary(max_size=80)))
    def send_what_is_no_row(self, raw: bytes) -> None:
        answer = self.post(raw)
        assert answer.status_code in {400, 422}, answer.content
        self.note_some_refused()

    @rule(kind=st.sampled_from(["rows", "bytes"]))
    def send_too_much(self, kind: str) -> None:
        row = dict(zip(NAMES, map(float, simulated_rows()[0][:22]), strict=True))
        body: dict[str, Any] = {"rows": [row] * (MAX_ROWS + 1)} if kind == "rows" else row
        raw = json.dumps(body).encode()
        answer = self.post(raw + b" " * (MAX_INGEST_BYTES if kind == "bytes" else 0))
        assert answer.status_code == 413
        self.note_some_refused()

    @rule(drawn=rows, ahead=st.sampled_from([-1, 1]))
    def send_for_another_run(self, drawn: dict[str, Any], ahead: int) -> None:
        drawn = {**drawn, "sort": "new", "key": ""}
        body, _ = self.row_of(drawn, self.stored, max(self.stored, default=0))
        answer = self.post(json.dumps({"rows": [body], "run": max(1, self.run + ahead)}).encode())
        if self.run + ahead >= 1:
            assert answer.status_code == 409
            self.expected["refused"] += 1
        elif answer.status_code == 202:  # asked for run 1, which it is
            self.stored[answer.json()["last_step"]] = (_values_in(body), "")
            self.expected["accepted"] += 1
        else:
            assert not self.running
            self.expected["refused"] += 1

    @rule(action=st.sampled_from(["pause", "resume", "reset"]))
    def operate(self, action: str) -> None:
        answer = self.caller.post(f"/api/plants/{self.plant.pk}/{action}")
        if answer.status_code == 200:
            if action == "reset":
                self.run += 1
                self.lives[self.run] = {}
            self.running = answer.json()["state"] == "running"
        assert answer.status_code in {200, 409}

    def note_some_refused(self) -> None:
        """A body that cannot be read counts at least once: nobody knows how many rows it had."""
        refused = self.refused()
        assert refused > self.expected["refused"]
        self.expected["refused"] = refused

    def refused(self) -> int:
        counts = outcomes_of(self.plant)
        return counts.total() - counts["accepted"] - counts["duplicate"] - counts["bad"]

    @invariant()
    def what_is_stored_is_what_was_accepted(self) -> None:
        if not hasattr(self, "plant"):
            return
        found: dict[int, dict[int, tuple[np.ndarray, str]]] = {number: {} for number in self.lives}
        for reading in Reading.objects.filter(run__plant=self.plant).select_related("run"):
            found[reading.run.number][reading.step] = (reading.values, reading.ingest_key)
        assert {run: set(life) for run, life in found.items()} == {
            run: set(life) for run, life in self.lives.items()
        }
        for run, life in self.lives.items():
            for step, (values, key) in life.items():
                assert np.array_equal(found[run][step][0], values, True), (run, step)
                assert found[run][step][1] == key
        counts = outcomes_of(self.plant)
        assert counts["accepted"] == self.expected["accepted"] == sum(map(len, found.values()))
        assert counts["duplicate"] == self.expected["duplicate"]
        assert self.refused() == self.expected["refused"]


def _values_in(body: dict[str, Any]) -> np.ndarray:
    row = body.get("values") or body.get("data_point") or body
    values = np.full(len(LABELS), np.nan)
    values[:22] = [row[name] for name in NAMES]
    return values


def test_whatever_a_sender_does_what_is_stored_is_what_was_accepted(make_user, settings_of_ingest):
    Sender.caller = Caller(make_user("operator"))
    Sender.sent = Counter()
    run_state_machine_as_test(
        Sender,
        settings=settings(
            max_examples=max(1, REQUESTS // LIFE),
            stateful_step_count=LIFE,
            deadline=None,
            database=None,
            derandomize=REQUESTS <= 300,
            phases=[Phase.generate],  # shrinking a life of thirty calls takes minutes
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    by_status = ", ".join(f"{code}: {n}" for code, n in sorted(Sender.sent.items()))
    print(f"\n{Sender.sent.total()} posts of rows; by status {by_status}")
    assert {202, 400, 409, 413, 422} <= set(Sender.sent)


@pytest.fixture
def settings_of_ingest(settings):
    """As many posts as the test likes."""
    settings.INGEST_RATE = 10_000
    ingest_throttle.BUCKETS.clear()
