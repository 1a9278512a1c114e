"""What a forecast claims: a trip, or a measurement that leaves its normal range."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TripClaim:
    """A limit on which ``count`` of ``members`` trip, after so many hours from now."""

    quantity: str
    unit: str
    bound: float
    side: str
    count: int
    members: int
    first_h: float
    median_h: float
    last_h: float

    @property
    def words(self) -> str:
        """The claim in words: «reactor pressure trips in 5 h 48 min, 7 of 8»."""
        return (
            f"{self.quantity} trips in {span(self.median_h)}, {self.count} of {self.members} "
            f"({span(self.first_h)} to {span(self.last_h)})"
        )


@dataclass(frozen=True)
class RangeClaim:
    """A critical measurement that ``count`` of ``members`` see leave its normal range."""

    label: str
    name: str
    unit: str
    bound: float
    side: str
    count: int
    members: int
    median_h: float

    @property
    def words(self) -> str:
        """The claim in words."""
        return (
            f"{self.name} {self.side} {self.bound:g} {self.unit} in {span(self.median_h)}, "
            f"{self.count} of {self.members}"
        )


def span(hours: float) -> str:
    """Return a span of time in words: «5 h 48 min»."""
    minutes = round(60 * hours)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
