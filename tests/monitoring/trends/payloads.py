"""Reading what the data address answers, as the page's script does."""

import json
import struct
from dataclasses import dataclass

import numpy as np


@dataclass
class Answer:
    head: dict
    steps: np.ndarray
    times: np.ndarray | None
    values: np.ndarray
    size: int


def decode(response) -> Answer:
    content = response.content
    (length,) = struct.unpack_from("<I", content)
    head = json.loads(content[4 : 4 + length])
    at, count = 4 + length, head["rows"]
    assert at % 8 == 0
    columns = []
    for _ in range(2 if head["wall"] else 1):
        columns.append(np.frombuffer(content, "<f8", count, at))
        at += 8 * count
    kind = "<f8" if head["dtype"] == "float64" else "<f4"
    values = np.frombuffer(content, kind, count * head["traces"], at)
    assert at + values.nbytes == len(content)
    times = columns[1] if head["wall"] else None
    return Answer(head, columns[0], times, values.reshape(head["traces"], count).T, len(content))
