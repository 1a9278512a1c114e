"""The known faults as an engineer tells them: what happens, how it shows, what to check first.

How a fault shows is measured (`signature_table`); what happens and what to check is written here.
IDV 16 to 20 were published as unknown: they are told by what their pattern suggests.
"""

from dataclasses import dataclass

from explainer.matching import words_of
from explainer.signature_table import PROFILES
from simulation.tep.variables import IDV


@dataclass(frozen=True)
class Signature:
    """A known fault."""

    idv: int
    story: str
    checks: tuple[str, ...]

    @property
    def label(self) -> str:
        """For example «IDV(4)»."""
        return IDV[self.idv - 1].label

    @property
    def description(self) -> str:
        """The published description."""
        return IDV[self.idv - 1].description

    @property
    def kind(self) -> str:
        """The published kind, for example «step»."""
        return IDV[self.idv - 1].kind

    @property
    def profiles(self) -> tuple[dict[str, float], ...]:
        """The measured profiles, none for a fault that hardly shows."""
        return PROFILES.get(self.idv, ())

    def expected(self, count: int = 5) -> tuple[str, ...]:
        """Return the strongest features of the commonest profile, in words."""
        if not self.profiles:
            return ()
        profile = self.profiles[0]
        keys = sorted(profile, key=lambda key: -abs(profile[key]))[:count]
        return tuple(words_of(key, profile[key]) for key in keys)


#: Faults that this control holds so well that they rarely raise an alarm at all.
HARD_TO_SEE = (3, 9, 15)

_COOLING = "Compare the cooling water inlet temperature with its usual value."
_STREAM_4 = "Take a sample of stream 4 (A and C feed), or look at its supplier's analysis."

SIGNATURES: dict[int, Signature] = {
    signature.idv: signature
    for signature in (
        Signature(
            1,
            "Stream 4 brings less A and more C. C builds up, the reactor feed analyser reports "
            "too little A, and its controller opens the A feed; pressures move until the ratio is "
            "back.",
            (_STREAM_4, "See whether XMEAS(23) (A to the reactor) is below its set point.",
             "Check the A feed: flow XMEAS(1) against valve XMV(3)."),
        ),
        Signature(
            2,
            "Stream 4 brings more B, which does not react and leaves only by the purge: pressures "
            "rise slowly and the purge opens for good.",
            ("Look at XMEAS(30), B in the purge gas.", _STREAM_4,
             "Check that the purge flow XMEAS(10) follows its valve XMV(6)."),
        ),
        Signature(
            3,
            "The D feed is warmer. Reactor cooling makes up for it at once, so hardly anything "
            "shows.",
            ("Read the D feed temperature upstream.", "Look for a small lasting rise of XMV(10)."),
        ),
        Signature(
            4,
            "The reactor's cooling water comes in warmer. The reactor temperature XMEAS(9) rises "
            "for minutes only; then its controller holds it with a wider valve XMV(10), which "
            "stays the one lasting trace.",
            (_COOLING, "See whether XMV(10) has moved in one step and stays there.",
             "Rule out fouling: it would build up slowly, not at once."),
        ),
        Signature(
            5,
            "The condenser's cooling water comes in warmer. Its outlet XMEAS(22) and the separator "
            "XMEAS(11) get warmer at once; pressures and stripper are disturbed for hours.",
            (_COOLING, "Compare XMEAS(22) (condenser water outlet) with XMEAS(11) (separator).",
             "See whether it settles: the production rate loop makes up for it with XMV(11)."),
        ),
        Signature(
            6,
            "The A feed is gone: XMEAS(1) is at 0 although XMV(3) opens fully. The reaction "
            "starves of A, pressure rises, and the plant will trip unless feed returns.",
            ("Check the A feed line now: block valves, supply pressure, pump.",
             "Watch the reactor pressure XMEAS(7) against its trip at 3000 kPa.",
             "Prepare to cut the other feeds."),
        ),
        Signature(
            7,
            "The header of stream 4 has lost pressure: for the same valve less flows. The flow "
            "controller makes up for it with a wider XMV(4), which stays; pressures fall.",
            ("Read the C header pressure.", "Compare XMV(4) with the flow XMEAS(4) it gives.",
             "See how much travel XMV(4) has left."),
        ),
        Signature(
            8,
            "The composition of stream 4 wanders: A, B and C go up and down within the hour, and "
            "feeds, purge and pressures follow.",
            (_STREAM_4, "Look at the analyser trends XMEAS(23), XMEAS(25) and XMEAS(30).",
             "See whether the disturbance changes sign; a step (IDV 1, 2) would not."),
        ),
        Signature(
            9,
            "The D feed temperature wanders. Reactor cooling makes up for it, so hardly anything "
            "shows.",
            ("Read the D feed temperature upstream.", "Look for a restless XMV(10)."),
        ),
        Signature(
            10,
            "The temperature of stream 4 wanders. It enters at the stripper, so the stripper "
            "temperature moves and the steam follows it.",
            ("Read the temperature of stream 4.",
             "Compare the stripper temperature XMEAS(18) with the steam XMEAS(19) and XMV(9).",
             "Rule out the steam side (IDV 16): there steam and temperature move apart."),
        ),
        Signature(
            11,
            "The reactor's cooling water temperature wanders. XMV(10) works all the time, and the "
            "reactor temperature XMEAS(9) is more restless than usual.",
            ("Look at the trend of the cooling water inlet temperature.",
             "See whether XMV(10) comes back (wandering) or stays (a step, IDV 4).",
             "Rule out a sticking valve (IDV 14): it gives a regular saw-tooth."),
        ),
        Signature(
            12,
            "The condenser's cooling water temperature wanders: separator temperature, pressures "
            "and recycle are disturbed back and forth.",
            ("Look at the trend of the cooling water inlet temperature.",
             "Compare XMEAS(22) with XMEAS(11).",
             "See whether it comes back (wandering) or settles (a step, IDV 5)."),
        ),
        Signature(
            13,
            "The reactions run faster or slower than they should, and this drifts over hours: "
            "heat, pressure and composition change together.",
            ("Compare the product analysis XMEAS(40) and XMEAS(41) with a laboratory sample.",
             "Check catalyst dosing and age.",
             "Look whether the heat taken out (XMV(10), XMEAS(21)) changes with pressure."),
        ),
        Signature(
            14,
            "The reactor cooling water valve sticks: it lags behind its controller, then jumps. "
            "XMV(10), XMEAS(21) and XMEAS(9) swing against each other in short, regular cycles.",
            ("Compare the position of the reactor cooling water valve with its command XMV(10).",
             "Put the loop in manual for a minute: the swing stops if the valve sticks.",
             "Check air supply and packing of the valve."),
        ),
        Signature(
            15,
            "The condenser cooling water valve sticks. Its loop is slow, so hardly anything shows.",
            ("Compare the position of the condenser cooling water valve with XMV(11).",),
        ),
        Signature(
            16,
            "Published as unknown. The pattern is that of steam that heats the stripper sometimes "
            "better and sometimes worse: stripper temperature and steam flow wander, the rest "
            "follows weakly.",
            ("Compare the stripper temperature XMEAS(18) with the steam flow XMEAS(19).",
             "Check steam pressure, condensate trap and the heating surface.",
             "Rule out a feed that comes in warmer or colder (IDV 10)."),
        ),
        Signature(
            17,
            "Published as unknown. The pattern is that of a reactor coil that passes less and less "
            "heat over an hour or more and is good again at once: the water leaves colder "
            "(XMEAS(21) falls) while XMV(10) opens to hold the reactor temperature.",
            ("Compare the cooling water valve XMV(10) and outlet XMEAS(21) at equal reactor "
             "temperature with an hour ago.",
             "Check the coil for fouling.",
             "See whether it snaps back; a warm inlet (IDV 4, 11) would not."),
        ),
        Signature(
            18,
            "Published as unknown. The pattern is that of a condenser that passes less and less "
            "heat over hours and is good again at once: its water leaves colder (XMEAS(22) falls) "
            "while the separator XMEAS(11) gets warmer.",
            ("Compare XMEAS(22) at equal production with some hours ago.",
             "Check the condenser for fouling.",
             "See whether it snaps back; a warm inlet (IDV 5, 12) would not."),
        ),
        Signature(
            19,
            "Published as unknown. The pattern is that of valves that move in small jumps: the "
            "recycle flow XMEAS(5) and its valve XMV(5) are restless while nothing has shifted.",
            ("Compare position and command of the valves 5, 7, 8 and 9, one after the other.",
             "Look for jumps in XMEAS(5) and XMEAS(20) while the set points rest."),
        ),
        Signature(
            20,
            "Published as unknown. The pattern is that of a passage out of the reactor that "
            "narrows over hours and then is free at once: the separator pressure XMEAS(13) falls "
            "below its usual distance from the reactor's, the recycle valve XMV(5) closes and the "
            "compressor works less.",
            ("Compare the reactor pressure XMEAS(7) with the separator pressure XMEAS(13).",
             "Check the line from reactor to condenser for plugging.",
             "See whether the difference snaps back."),
        ),
    )
}  # fmt: skip
