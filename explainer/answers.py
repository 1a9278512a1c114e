"""The form of every answer, whoever gives it: ranked causes, story, citations, checks. Pure."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import from_json

from explainer.citations import Citation
from simulation.tep.variables import IDV, N_IDV

UNKNOWN, NO_FAULT = "unknown", "no fault"
MOST_CAUSES, MOST_ITEMS, LONGEST = 3, 8, 4000
_NUMBER = re.compile(r"\(?\s*(\d{1,3})\s*\)?")
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$")


class NotAnAnswer(Exception):
    """What came is not of the form; the message says why."""


class Cited(BaseModel):
    """A claim about the data: the mean of a tag over some steps, in normal standard deviations."""

    model_config = ConfigDict(extra="forbid")
    tag: str = Field(description="For example XMV(10).")
    direction: str = Field(description="high, low or near normal.")
    size_sd: float = Field(description="Distance from the normal mean in normal sd, no sign.")
    first_step: int
    last_step: int

    @property
    def citation(self) -> Citation:
        """It in the form that texts have."""
        return Citation(
            " ".join(self.tag.split())[:20],
            self.direction.strip().lower()[:20],
            abs(self.size_sd),
            self.first_step,
            self.last_step,
        )


class Cause(BaseModel):
    """One possible cause."""

    model_config = ConfigDict(extra="forbid")
    cause: str = Field(description="IDV(n) of the list, or unknown, or no fault.")
    confidence: float | None = Field(description="Probability that this is it, 0 to 1.")
    story: str = Field(
        description="How it leads to what the readings show, along the flow sheet, with numbers."
    )
    citations: list[Cited] = Field(description="What the story rests on.")

    @field_validator("cause", mode="before")
    @classmethod
    def named_as_here(cls, value: object) -> str:
        """Bring «IDV 4», «idv(4): ...» and 4 into one form; leave other words as they are."""
        words = " ".join(str(value).split())[:60]
        low = words.lower()
        if low.startswith("idv") or low.isdecimal():
            found = _NUMBER.search(words)
            return f"IDV({int(found[1])})" if found else words
        if low.startswith(("unknown", "none of")):
            return UNKNOWN
        return NO_FAULT if low.startswith("no fault") else words

    @field_validator("confidence", mode="after")
    @classmethod
    def a_probability(cls, value: float | None) -> float | None:
        """Read 87 as 0.87, and hold the rest to 0..1."""
        if value is None:
            return None
        return min(1.0, max(0.0, value / 100.0 if value > 1.0 else value))

    @property
    def idv(self) -> int | None:
        """The number of the disturbance, None for what is none of the list."""
        found = re.fullmatch(r"IDV\((\d+)\)", self.cause)
        return int(found[1]) if found and 1 <= int(found[1]) <= N_IDV else None

    @property
    def title(self) -> str:
        """The cause as a heading, with a word on one that does not exist."""
        if self.idv is not None:
            known = IDV[self.idv - 1]
            return f"{known.label}, {known.description} ({known.kind})"
        if self.cause in {UNKNOWN, NO_FAULT}:
            return "No fault" if self.cause == NO_FAULT else "Unknown: none of the list"
        return f"{self.cause} (there is no such disturbance)"


class StructuredAnswer(BaseModel):
    """An explanation."""

    model_config = ConfigDict(extra="forbid")
    summary: str = Field(description="What happened, in one or two sentences.")
    causes: list[Cause] = Field(description="One to three, the likeliest first.")
    not_explained: str = Field(description="What this cannot tell or explain.")
    checks: list[str] = Field(description="Three to five checks, the most telling first.")
    actions: list[str] = Field(description="What to do now, if anything.")

    def as_markdown(self) -> str:
        """Return it as text, citations in the one form that the server checks."""
        parts = [self.summary.strip(), "## Likely causes"]
        causes = []
        for rank, cause in enumerate(self.causes, start=1):
            stated = cause.confidence
            how_sure = "" if stated is None else f", probability {100 * stated:.0f} %"
            said = f"{rank}. **{cause.title}{how_sure}.**"
            cited = " ".join(str(one.citation) for one in cause.citations[:MOST_ITEMS])
            story = " ".join(cause.story.split())
            causes.append(" ".join(part for part in (said, story, cited) if part))
        parts.append("\n".join(causes) or "None was named.")
        for title, items in (("Check first", self.checks), ("Do now", self.actions)):
            if items:
                parts.append(f"## {title}")
                parts.append("\n".join(f"- {' '.join(item.split())}" for item in items))
        if self.not_explained.strip():
            parts += ["## What this cannot tell", self.not_explained.strip()]
        return "\n\n".join(part for part in parts if part)


def parse_answer(text: str) -> StructuredAnswer:
    """Return the answer that a model's JSON holds, within bounds. Raises NotAnAnswer."""
    bare = _FENCE.sub("", text)
    begin, end = bare.find("{"), bare.rfind("}")
    if begin < 0 or end < begin:
        raise NotAnAnswer("it holds no JSON object")
    try:
        found = StructuredAnswer.model_validate(from_json(bare[begin : end + 1]))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise NotAnAnswer(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError as error:
        raise NotAnAnswer(f"it is no JSON ({str(error)[:80]})") from None
    if not found.causes:
        raise NotAnAnswer("it names no cause, not even «unknown»")
    return _bounded(found)


def _bounded(answer: StructuredAnswer) -> StructuredAnswer:
    causes = [
        cause.model_copy(
            update={"story": cause.story[:LONGEST], "citations": cause.citations[:MOST_ITEMS]}
        )
        for cause in answer.causes[:MOST_CAUSES]
    ]
    return answer.model_copy(
        update={
            "summary": answer.summary[:LONGEST],
            "not_explained": answer.not_explained[:LONGEST],
            "causes": causes,
            "checks": [item[:400] for item in answer.checks[:MOST_ITEMS]],
            "actions": [item[:400] for item in answer.actions[:MOST_ITEMS]],
        }
    )


def parse_so_far(text: str) -> dict[str, Any]:
    """Return what an unfinished answer already holds: plain values, nothing checked."""
    begin = text.find("{")
    if begin < 0:
        return {}
    try:
        found = from_json(text[begin:], allow_partial="trailing-strings")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def schema() -> dict[str, Any]:
    """Return the JSON schema of an answer, without references, as every protocol takes it."""
    whole = StructuredAnswer.model_json_schema()
    definitions = whole.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolved(definitions[node["$ref"].rpartition("/")[2]])
            return {key: resolved(item) for key, item in node.items() if key != "title"}
        return [resolved(item) for item in node] if isinstance(node, list) else node

    found = resolved(whole)
    return dict(found)
