"""Contributions: how much of a quadratic index each variable accounts for.

T² and SPE are both quadratic forms of the standardised vector z, index(z) = zᵀ M z with M
symmetric and positive semidefinite. Both kinds of contribution need no more than M.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RELATIVE_ZERO = 1e-12


def reconstruction_based(
    index_matrix: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Reconstruction-based contributions, RBC_i = (M z)_i² / M_ii (Alcala & Qin 2009).

    RBC_i is what the index falls by when variable i alone is moved to where the index is least:
    index(z) - RBC_i = min over f of index(z - f e_i). Hence 0 <= RBC_i <= index(z), and for a pure
    shift z = f e_j it is variable j that reaches the upper bound, whatever M is: that
    variable's contribution is the largest. They do not add up to the index.

    Where M_ii is zero the index does not see variable i (then (M z)_i is zero too, because M is
    positive semidefinite), and its contribution is zero.
    """
    diagonal = np.diagonal(index_matrix)
    gradient = index_matrix @ z
    seen = diagonal > _RELATIVE_ZERO * max(float(diagonal.max(initial=0.0)), 0.0)
    contributions = np.zeros_like(gradient)
    np.divide(gradient**2, diagonal, out=contributions, where=seen)
    return contributions


def complete_decomposition(
    root_matrix: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The classical contributions, (M^½ z)_i², with the symmetric root of M given.

    They are never negative and add up to the index. For SPE they are the squared residuals of each
    variable. They smear: a shift in one variable may leave the largest contribution at another.
    """
    return (root_matrix @ z) ** 2
