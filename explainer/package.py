"""The form of the evidence package, version 3: what every explainer is told, and nothing else.

Stored with each explanation. What does not fit this form is a defect and is not sent.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: Change it with the shape of the package, so that a stored one stays readable.
VERSION = 3
Direction = Literal["high", "low", "near normal"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class AlarmTiming(_Part):
    """The alarm as the detector claims it."""

    id: int
    onset_step: int
    onset_hours: float
    onset_estimate_step: int | None
    raised_step: int
    raised_hours: float
    cleared_step: int | None
    consecutive: int
    peak_ratio: float
    severity: str
    member: str


class Statistics(_Part):
    """T² and SPE, and the detector in charge with the member that leads."""

    t2: float
    t2_limit: float
    t2_ratio: float
    spe: float
    spe_limit: float
    spe_ratio: float
    detector: str
    member: str
    kind_of_change: str
    ratio: float
    exceeds: bool
    streak: int
    leading: str


class Rule(_Part):
    """How points are made and alarms raised."""

    window_points: int
    consecutive: int
    readings_per_point: int
    sample_seconds: float


class Window(_Part):
    """A tag over some steps: the mean's distance from normal in sd, and the trend."""

    window: str
    first_step: int
    last_step: int
    mean_z: float
    direction: Direction
    trend: str
    change_in_sd: float | None


class Tag(_Part):
    """A leading contribution."""

    tag: str
    name: str
    unit: str
    area: str
    is_manipulated: bool
    loops: list[str]
    contribution: float
    value: float
    normal_mean: float
    normal_sd: float
    z: float
    direction: Direction
    trend: dict[str, Any]
    windows: list[Window]


class LoopTold(_Part):
    """A control loop that a leading tag belongs to."""

    name: str
    area: str
    words: str


class SaturatedValve(_Part):
    """A valve without room."""

    tag: str
    name: str
    value: float
    at: Literal["closed", "fully open"]


class Analyser(_Part):
    """A composition now and before the onset; analysers report late, so «now» may lag."""

    tag: str
    name: str
    unit: str
    before: float
    now: float
    change_in_sd: float


class ProfileTold(_Part):
    """Distance and restlessness of every watched tag, for the embedded explainer."""

    mean_z: dict[str, float]
    spread_z: dict[str, float]


class DetectorTold(_Part):
    """The card of the detector in charge, in short."""

    name: str
    variables: int
    n_components: int | None
    alpha_of_card: float | None
    false_alarm_rate: float | None


class CauseTold(_Part):
    """One cause of the classifier's ranking."""

    idv: int
    probability: float


class DiagnosisTold(_Part):
    """The classifier's ranking, told where the provider's row says so."""

    model: str
    ranking: list[CauseTold]
    novelty: float
    is_unknown: bool


class Evidence(_Part):
    """The whole package."""

    version: Literal[3] = Field(default=3)
    plant: str
    run: int
    step: int
    first_step: int
    process_hours: float
    alarm: AlarmTiming | None
    statistics: Statistics
    rule: Rule
    tags: list[Tag]
    loops: list[LoopTold]
    saturated: list[SaturatedValve]
    analysers: list[Analyser]
    profile: ProfileTold
    cited_as: list[str]
    detector: DetectorTold
    diagnosis: DiagnosisTold | None
