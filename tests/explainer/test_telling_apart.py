"""What tells two known causes apart in a pattern."""

import pytest

from explainer.signature_table import PROFILES
from explainer.telling_apart import tell_apart


def evidence_like(idv: int, size: float = 6.0) -> dict:
    """A profile of the means alone that looks like a fault's first signature."""
    means = {tag: size * weight for tag, weight in PROFILES[idv][0].items() if tag[0] != "~"}
    return {"profile": {"mean_z": means, "spread_z": {}}}


@pytest.mark.parametrize(("first", "second"), [(4, 6), (6, 1), (1, 4)])
def test_what_looks_like_the_first_speaks_for_it_more_than_for_the_second(first, second):
    found = tell_apart(evidence_like(first), first, second)
    strongest = max((abs(one.mean_z) for one in found.for_first), default=0.0)
    assert strongest > max((abs(one.mean_z) for one in found.for_second), default=0.0)


def test_the_other_way_round_says_the_same():
    evidence = evidence_like(4)
    one, other = tell_apart(evidence, 4, 6), tell_apart(evidence, 6, 4)
    assert (one.for_first, one.for_second) == (other.for_second, other.for_first)


def test_a_fault_without_a_signature_is_not_compared():
    assert tell_apart(evidence_like(4), 4, 3) is None
