"""What speaks for one known cause rather than another, in the pattern that is seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explainer.matching import best_profile, pattern_of, words_of
from explainer.signature_table import PROFILES

#: Features that are told for each of the two, and the least part of the difference of one.
MOST, LEAST = 3, 0.02


@dataclass(frozen=True)
class Feature:
    """One feature of the pattern: what is seen, and where the tag is, in sd from normal."""

    words: str
    mean_z: float | None

    def __str__(self) -> str:
        return self.words if self.mean_z is None else f"{self.words} ({self.mean_z:+.1f} sd)"


@dataclass(frozen=True)
class Comparison:
    """Features that speak for the first cause, and for the second, the strongest first."""

    for_first: tuple[Feature, ...]
    for_second: tuple[Feature, ...]


def tell_apart(evidence: Mapping[str, Any], first: int, second: int) -> Comparison | None:
    """Compare the signatures of two IDVs where they differ; None if one has no signature.

    A feature's part is the difference of both signatures' weights times what is seen: positive
    where the first expects it more than the second.
    """
    if first not in PROFILES or second not in PROFILES:
        return None
    pattern = pattern_of(evidence["profile"])
    one, other = (best_profile(idv, pattern) for idv in (first, second))
    parts = {
        key: (one.get(key, 0.0) - other.get(key, 0.0)) * seen
        for key, seen in pattern.items()
        if key in one or key in other
    }
    whole = sum(abs(part) for part in parts.values()) or 1.0
    ordered = sorted(parts, key=lambda key: -abs(parts[key]))
    told = [key for key in ordered if abs(parts[key]) / whole >= LEAST]
    means = evidence["profile"]["mean_z"]

    def feature(key: str) -> Feature:
        return Feature(words_of(key, pattern[key]), None if key[0] == "~" else means[key])

    return Comparison(
        tuple(feature(key) for key in told if parts[key] > 0)[:MOST],
        tuple(feature(key) for key in told if parts[key] < 0)[:MOST],
    )
