"""An analysis in the shape that clients of the earlier system read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from explainer.models import Explanation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_ms(moment: datetime) -> int:
    """Return the id that the earlier system gave an analysis: whole milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment_of(milliseconds: int) -> datetime:
    """Return the first moment of a millisecond. Raises OverflowError beyond the calendar."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def as_earlier(newest: Explanation, members: list[Explanation] | None = None) -> dict[str, Any]:
    """Return one analysis: what every provider said of the same point.

    `members` are the explanations of the same request, if the caller has them already.
    """
    if members is None:
        group = Explanation.objects.filter(request_key__startswith=f"{newest.group_key}:")
        members = list(group.order_by("pk"))
    done = [member for member in members if member.status == Explanation.Status.DONE]
    return {
        "status": "ok",
        "timestamp": newest.created_at.isoformat(),
        "id": epoch_ms(newest.created_at),
        "plant": newest.run.plant.name,
        "plant_id": newest.run.plant_id,
        "run": newest.run.number,
        "step": newest.step,
        "alarm": newest.alarm_id,
        "feature_analysis": features_in_words(newest.evidence),
        "llm_analyses": {_key(member): member.as_json() for member in members},
        "performance_summary": {
            _key(member): {
                "response_time": member.seconds,
                "word_count": len(member.text.split()),
            }
            for member in done
        },
    }


def _key(explanation: Explanation) -> str:
    return explanation.model or explanation.provider


def features_in_words(evidence: dict[str, Any]) -> str:
    """Return the leading tags as text, a line each."""
    return "\n".join(
        f"{tag['tag']} {tag['name']}: {tag['value']:.5g} {tag['unit']} "
        f"(normal {tag['normal_mean']:.5g}, z {tag['z']:+.1f}, {tag['trend']['words']})"
        for tag in evidence.get("tags", [])
    )
