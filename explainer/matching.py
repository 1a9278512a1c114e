"""How well the present pattern fits each known signature, and in which tags it does.

The pattern is a vector of two halves: how far each watched tag is from normal (`mean_z` of the
evidence), and how much more or less restless than normal it is (`spread_z`, compared on a
logarithmic scale with NORMAL_SPREAD). Both are compressed by sign(v) ln(1 + v²/2), so that one
tag at z = 300 does not outweigh all others, nor do many at z = 0.5 outweigh one at 5. A signature
is a direction in that space; the score is the cosine between the two: 1 for the same pattern
whatever its size, 0 for an unrelated one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from explainer.signature_table import NORMAL_SPREAD, PROFILES

#: Below this cosine a signature is not said to fit; see docs/explanation.md for its measurement.
FITS_FROM = 0.55
#: Two scores closer than this are not told apart.
MARGIN = 0.05
BEST = 3
DRIVERS = 4
#: From this compressed value on, a tag is called restless (or calm).
RESTLESS_FROM = math.log1p(3.0**2 / 2)


@dataclass(frozen=True)
class Match:
    """A fault's score, and the features that speak for it, the strongest first."""

    idv: int
    score: float
    agrees: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the score is high enough to be named."""
        return self.score >= FITS_FROM


@dataclass(frozen=True)
class Matches:
    """The best matches, best first."""

    best: tuple[Match, ...]
    restless: tuple[str, ...]

    @property
    def fitting(self) -> tuple[Match, ...]:
        """Those that fit."""
        return tuple(match for match in self.best if match.fits)

    @property
    def is_close(self) -> bool:
        """Whether the first two are too close to be told apart."""
        return len(self.best) > 1 and self.best[0].score - self.best[1].score < MARGIN


def match_signatures(evidence: Mapping[str, Any]) -> Matches:
    """Compare the evidence's profile with every signature."""
    pattern = pattern_of(evidence["profile"])
    matches = [
        max((_match(idv, profile, pattern) for profile in profiles), key=lambda m: m.score)
        for idv, profiles in PROFILES.items()
    ]
    best = tuple(sorted(matches, key=lambda m: -m.score)[:BEST])
    restless = tuple(
        key[1:]
        for key, value in sorted(pattern.items(), key=lambda item: -item[1])
        if key.startswith("~") and value >= RESTLESS_FROM
    )
    return Matches(best, restless)


def best_profile(idv: int, pattern: Mapping[str, float]) -> Mapping[str, float]:
    """Return the one of a fault's profiles that fits a pattern best."""
    return max(PROFILES[idv], key=lambda profile: _match(idv, profile, pattern).score)


def pattern_of(profile: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the compressed pattern; `~TAG` is a tag's restlessness."""
    pattern = {tag: compressed(z) for tag, z in profile["mean_z"].items()}
    for tag, spread in profile["spread_z"].items():
        if tag in NORMAL_SPREAD and spread > 0.0:
            usual, width = NORMAL_SPREAD[tag]
            pattern[f"~{tag}"] = compressed((math.log(spread) - usual) / width)
    return pattern


def compressed(value: float) -> float:
    """Return sign(v) ln(1 + v²/2)."""
    return math.copysign(math.log1p(value * value / 2.0), value)


def words_of(key: str, weight: float) -> str:
    """Return a feature in words, for example «XMV(10) high» or «XMEAS(9) restless»."""
    if key.startswith("~"):
        return f"{key[1:]} {'restless' if weight > 0 else 'calm'}"
    return f"{key} {'high' if weight > 0 else 'low'}"


def _match(idv: int, profile: Mapping[str, float], pattern: Mapping[str, float]) -> Match:
    # Where a young run has no spreads yet, the signature is compared in the other half alone.
    shared = {key: weight for key, weight in profile.items() if key in pattern}
    norm = _norm(shared.values()) * _norm(pattern.values())
    if norm == 0.0:
        return Match(idv, 0.0, ())
    products = {key: weight * pattern[key] / norm for key, weight in shared.items()}
    drivers = sorted((k for k in products if products[k] > 0.02), key=lambda k: -products[k])
    return Match(
        idv,
        sum(products.values()),
        tuple(words_of(key, shared[key]) for key in drivers[:DRIVERS]),
    )


def _norm(values: Any) -> float:
    return math.sqrt(sum(value * value for value in values))
