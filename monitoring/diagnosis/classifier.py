"""From the signature of an event to ranked causes with probabilities, or «none of these».

Extremely randomised trees give the ranking. Their shares are too modest to be probabilities: p^γ,
scaled to one, is calibrated, with the γ of least log loss on events that the trees had not seen.

An event is unknown when two things together say so: the trees hesitate (1 - the largest share), and
the signature lies far from every signature that was learnt (the distance to the fifth nearest, in
the space that best separates the known causes: linear discriminants). Both are standardised on
events that had not been seen, and a limit on their sum lets a stated share of known causes be
called unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from monitoring.detectors import archive
from monitoring.detectors.bank import InnovationBank, RobustBank, SharpBank
from monitoring.detectors.base import Array
from monitoring.diagnosis.trees import Trees

TREES = 100
#: Share of known causes that may be called unknown.
MISTAKEN_FOR_UNKNOWN = 0.04
NEIGHBOURS = 5
SHRINKAGE = 0.02
FOLDS = 4
_BANKS: dict[str, type[InnovationBank]] = {
    RobustBank.kind: RobustBank,
    SharpBank.kind: SharpBank,
}
_LEAST_SHARE = 1e-4


class Diagnosis(NamedTuple):
    """What an event looks like: (cause, probability) by falling probability, and novelty.

    A novelty above 1 says that it looks like none of the causes.
    """

    ranking: tuple[tuple[int, float], ...]
    novelty: float

    @property
    def is_unknown(self) -> bool:
        """Whether the event looks like none of the known causes."""
        return self.novelty > 1.0


class Discriminants(NamedTuple):
    """Linear discriminants of compressed signatures: centre, scale (k,), directions (k, d)."""

    centre: Array
    scale: Array
    directions: Array

    @classmethod
    def of(cls, X: Array, y: NDArray[np.int64]) -> Discriminants:
        """Learn from signatures (n, k) of known causes (n,)."""
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        compressed = _compressed(X)
        centre, scale = compressed.mean(axis=0), compressed.std(axis=0)
        scale[scale == 0.0] = 1.0
        model = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE)
        model.fit((compressed - centre) / scale, y)
        return cls(centre, scale, model.scalings_[:, : model._max_components])

    def __call__(self, X: Array) -> Array:
        """Return the coordinates (n, d) of signatures (n, k)."""
        return np.asarray(((_compressed(X) - self.centre) / self.scale) @ self.directions)


class DiagnosisClassifier:
    """Learnt signatures of causes. `bank` is the one whose innovations they are made of."""

    causes_: NDArray[np.int64]
    trees_: Trees
    sharpness_: float
    """γ."""
    discriminants_: Discriminants
    learnt_: Array
    """(n, d): the learnt events' coordinates."""
    doubt_: Array
    """Means and sd of the two parts of novelty, the limit and median of their sum, (6,)."""

    def __init__(self, bank: InnovationBank) -> None:
        self.bank = bank

    def fit(
        self,
        X: Array,
        causes: NDArray[np.int64],
        events: NDArray[np.int64],
        *,
        trees: int = TREES,
        seed: int = 0,
    ) -> Self:
        """Learn from signatures (n, k), their causes (n,) and the event (n,) each is a moment of.

        Calibration is on events that the trees in question have not seen, by cross-validation.
        ValueError for fewer than two causes, or a cause with fewer events than folds.
        """
        self.causes_, y = np.unique(causes, return_inverse=True)
        if len(self.causes_) < 2:
            raise ValueError("a diagnosis needs at least two causes to tell apart")
        for cause in self.causes_:
            count = len(np.unique(events[causes == cause]))
            if count < FOLDS:
                raise ValueError(f"cause {cause} has {count} events; at least {FOLDS} are needed")
        shares, distances = np.zeros((len(X), len(self.causes_))), np.zeros(len(X))
        for held_out in _folds(causes, events):
            rest = ~held_out
            part = Trees.grown(X[rest], y[rest], trees, seed)
            shares[held_out] = part.probabilities(X[held_out])
            turned = Discriminants.of(X[rest], y[rest])
            distances[held_out] = _distances(turned(X[rest]), turned(X[held_out]))
        self.trees_ = Trees.grown(X, y, trees, seed)
        self.discriminants_ = Discriminants.of(X, y)
        self.learnt_ = self.discriminants_(X)
        self.sharpness_ = _sharpness(shares, y)
        doubts, far = 1.0 - shares.max(axis=1), np.log(distances + 1e-9)
        scale = np.array([doubts.mean(), doubts.std() + 1e-9, far.mean(), far.std() + 1e-9])
        total = (doubts - scale[0]) / scale[1] + (far - scale[2]) / scale[3]
        right = total[shares.argmax(axis=1) == y]
        limit = float(np.quantile(right, 1.0 - MISTAKEN_FOR_UNKNOWN))
        self.doubt_ = np.array([*scale, limit, float(np.median(right))])
        return self

    def diagnose(self, X: Array) -> list[Diagnosis]:
        """Return what each of the signatures (n, k) looks like."""
        shares = self.trees_.probabilities(X)
        probabilities = _sharpened(shares, self.sharpness_)
        mean, sd, far_mean, far_sd, limit, usual = self.doubt_
        far = np.log(_distances(self.learnt_, self.discriminants_(X)) + 1e-9)
        total = (1.0 - shares.max(axis=1) - mean) / sd + (far - far_mean) / far_sd
        # Said so that 0 is the usual event and 1 the limit.
        novelties = (total - usual) / (limit - usual)
        found = []
        for row, novelty in zip(probabilities, novelties, strict=True):
            order = np.argsort(-row, kind="stable")
            ranking = tuple((int(self.causes_[i]), float(row[i])) for i in order)
            found.append(Diagnosis(ranking, float(novelty)))
        return found

    def to_bytes(self) -> bytes:
        """Store the classifier with its bank: plain arrays, no pickle."""
        return archive.pack(
            {
                "bank_kind": np.array(self.bank.kind),
                "bank": np.frombuffer(self.bank.to_bytes(), dtype=np.uint8),
                "causes": self.causes_,
                "sharpness": np.array(self.sharpness_),
                "centre": self.discriminants_.centre,
                "scale": self.discriminants_.scale,
                "directions": self.discriminants_.directions,
                "learnt": self.learnt_,
                "doubt": self.doubt_,
                **self.trees_.to_arrays(),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; ValueError for anything else."""
        arrays = archive.unpack(data)
        try:
            bank = _BANKS[str(arrays["bank_kind"])].from_bytes(arrays["bank"].tobytes())
            found = cls(bank)
            found.causes_ = arrays["causes"]
            found.sharpness_ = float(arrays["sharpness"])
            found.discriminants_ = Discriminants(
                arrays["centre"], arrays["scale"], arrays["directions"]
            )
            found.learnt_, found.doubt_ = arrays["learnt"], arrays["doubt"]
            found.trees_ = Trees(arrays)
        except KeyError as missing:
            raise ValueError(f"the stored diagnosis lacks {missing}") from missing
        return found


def expected_calibration_error(probability: Array, is_right: NDArray[np.bool_]) -> float:
    """Return the mean distance of stated from met probability over ten bins (Naeini et al. 2015).

    `probability` (n,) is that of the first cause, `is_right` (n,) whether it was the true one.
    """
    error = 0.0
    for low in np.arange(10) / 10.0:
        here = (probability > low) & (probability <= low + 0.1)
        if here.any():
            error += here.mean() * abs(probability[here].mean() - is_right[here].mean())
    return float(error)


def _compressed(X: Array) -> Array:
    return np.asarray(np.sign(X) * np.log1p(np.abs(X)))


def _sharpened(shares: Array, gamma: float) -> Array:
    raised = np.maximum(shares, _LEAST_SHARE) ** gamma
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _sharpness(shares: Array, y: NDArray[np.int64]) -> float:
    candidates = np.linspace(0.5, 4.0, 141)
    rows = np.arange(len(y))
    losses = [-np.log(_sharpened(shares, gamma)[rows, y]).mean() for gamma in candidates]
    return float(candidates[int(np.argmin(losses))])


def _distances(learnt: Array, points: Array) -> Array:
    """Return the distance of each point (n, d) to its fifth nearest of the learnt ones."""
    found = np.empty(len(points))
    squares = (learnt**2).sum(axis=1)
    for first in range(0, len(points), 500):
        part = points[first : first + 500]
        apart = (part**2).sum(axis=1)[:, np.newaxis] + squares - 2.0 * part @ learnt.T
        near = np.partition(apart, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1]
        found[first : first + 500] = np.sqrt(np.maximum(near, 0.0))
    return found


def _folds(causes: NDArray[np.int64], events: NDArray[np.int64]) -> Sequence[NDArray[np.bool_]]:
    """Return what each fold holds out: whole events, of every cause alike."""
    fold_of: dict[int, int] = {}
    for cause in np.unique(causes):
        for place, event in enumerate(np.unique(events[causes == cause])):
            fold_of[int(event)] = place % FOLDS
    folds = np.array([fold_of[int(event)] for event in events])
    return [folds == fold for fold in range(FOLDS)]
