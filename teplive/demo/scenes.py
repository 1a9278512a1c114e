"""The scenes of the tour: what happens, what to look at and why. Pure data."""

from dataclasses import dataclass

#: The plant that the tour runs on, and its wall seconds from sample to sample: 0.5 s are six
#: process minutes a second.
PLANT = "Demonstration"
INTERVAL_SECONDS = 0.5
#: The fault: the reactor's cooling water comes in 5 °C warmer. It is found within minutes, the
#: control loop fights it, and the plant neither trips nor drifts away: it can be recovered.
FAULT = 4
#: Normal operation has lasted for so many samples before the fault comes.
SETTLED_STEPS = 40
#: Recovered: so many scored points in a row with T² and SPE below their limits.
BACK_POINTS = 10


@dataclass(frozen=True)
class Scene:
    """One scene. It ends when its condition holds and it has been shown for `at_least` seconds.

    Past `at_most` the tour says that the condition did not come, and goes on.
    """

    slug: str
    title: str
    now: str
    look: str
    reached: str
    missed: str
    at_least: float
    at_most: float


SCENES = (
    Scene(
        "normal",
        "Normal operation",
        "The plant begins at the base case and settles. Nothing is wrong.",
        "The charts move inside their shaded bands, the stages are grey, T² and SPE stay below "
        "their limits. This is what everything later is compared with.",
        "The plant ran without an alarm",
        "the plant did not settle without an alarm",
        35.0,
        120.0,
    ),
    Scene(
        "fault",
        "A fault is injected",
        "IDV(4): the reactor's cooling water comes in 5 °C warmer, from the next sample on.",
        "The violet strip marks the truth. The detector and the explanations never see it; all "
        "they get are the measurements.",
        "The fault is in force",
        "no sample with the fault was taken",
        8.0,
        40.0,
    ),
    Scene(
        "alarm",
        "The detector raises an alarm",
        "The detector compares each sample with normal operation; some in a row beyond its limit "
        "are an alarm.",
        "Open the alarm: the tags and control loops that contribute most, and the known causes "
        "that it looks like. The cooling water's valve XMV(10) works harder.",
        "The alarm was raised",
        "the detector raised no alarm",
        35.0,
        90.0,
    ),
    Scene(
        "explanation",
        "The alarm is explained",
        "An explanation is written from the evidence. Without a key it is the embedded one's.",
        "Each citation is recomputed from the stored readings and marked: supported, wrong, or "
        "not in the data. A click on one opens its window.",
        "An explanation is finished",
        "no explanation was finished",
        45.0,
        120.0,
    ),
    Scene(
        "whatif",
        "What if it had not happened?",
        "A twin is computed: the same plant, seed and noise, without the fault.",
        "Compare both: where the curves part is the effect of the fault alone. The reactor's "
        "temperature hardly differs, because the valve does.",
        "The twin is at the same hour",
        "the twin was not finished",
        45.0,
        150.0,
    ),
    Scene(
        "recovery",
        "The fault goes, the plant recovers",
        "The fault is cleared. The loops bring the plant back to where it was.",
        "T² and SPE, which judge each sample alone, fall below their limits within an hour of "
        "process time. The detector in charge adds up a longer past, which is how it finds small "
        "faults: its alarm is cleared later.",
        "T² and SPE are back below their limits",
        "T² and SPE did not come back below their limits",
        20.0,
        180.0,
    ),
)
