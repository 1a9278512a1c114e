"""How a value stands to its normal range, in a state and in words. Pure."""

from monitoring.charts import Trend


def judge(trend: Trend, value: float | None, quality: str) -> tuple[str, str]:
    """Return state and words of a value, as the flow sheet's script says it."""
    if value is None:
        return "none", ""
    if quality:
        return "bad", "bad"
    if trend.high is not None and value > trend.high:
        return "outside", "▲ high"
    if trend.low is not None and value < trend.low:
        return "outside", "▼ low"
    return "normal", ""
