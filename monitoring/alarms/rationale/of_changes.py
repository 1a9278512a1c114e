"""Why limits before a trip, fast changes and deviations from a set point are alarms.

Before a trip the consequence begins with the trip itself, which `built_in` puts there in figures.
"""

from monitoring.alarms.rationale.rationale import Rationale

OF_CHANGES = {
    "reactor-pressure-hihi": Rationale(
        cause="What the high limit told of was not ended: a feed is lost or too high, or the "
        "condenser's cooling is disturbed.",
        consequence="Without A feed that is 86 min after this alarm, with a feed valve at the "
        "wrong end at once.",
        response="Give back what is held. A feed that comes back now still helps where it is "
        "that of A; opening the purge now does not, it has to come earlier.",
        minutes=86,
        case=(3, 0.0),
    ),
    "reactor-temperature-hihi": Rationale(
        cause="The reaction runs away: the cooling water is lost or XMV(10) is shut.",
        consequence="With XMV(10) shut that is less than 3 min after it shut, as this alarm "
        "comes: there is no time.",
        response="Give XMV(10) back if it is held. Expect the trip, and reset when its cause has "
        "been ended.",
    ),
    "reactor-level-hihi": Rationale(
        cause="The reactor fills: XMV(5) is wide open, or XMV(11) is shut.",
        consequence="With XMV(5) wide open that is 8 min after this alarm.",
        response="Give XMV(5) or XMV(11) back at once if it is held; see that loop 17 has closed "
        "XMV(4).",
        minutes=8,
        case=(5, 100.0),
    ),
    "reactor-level-lolo": Rationale(
        cause="The reactor runs dry: the A and C feed is lost, or XMV(4) is shut.",
        consequence="Without A and C feed that is 2.6 h after this alarm.",
        response="Find out whether the supply comes back. After an hour without it the full flow "
        "at once trips the plant on pressure within 16 min: a reset may be the shorter way.",
        minutes=156,
        case=(4, 0.0),
    ),
    "separator-level-hihi": Rationale(
        cause="The liquid does not leave: XMV(7) is shut.",
        consequence="With XMV(7) shut that is 2 min after this alarm.",
        response="Give XMV(7) back at once if it is held.",
        minutes=2,
        case=(7, 0.0),
    ),
    "separator-level-lolo": Rationale(
        cause="XMV(7) is wide open, or nothing has condensed for long because the A and C feed is "
        "lost.",
        consequence="With XMV(7) wide open that is before this alarm.",
        response="Give XMV(7) back at once if it is held. Else look at the A and C feed, XMEAS(4).",
    ),
    "stripper-level-hihi": Rationale(
        cause="The product does not leave: XMV(8) is shut.",
        consequence="With XMV(8) shut that is 2 min after this alarm.",
        response="Give XMV(8) back at once if it is held.",
        minutes=2,
        case=(8, 0.0),
    ),
    "stripper-level-lolo": Rationale(
        cause="The product leaves too fast: XMV(8) is wide open.",
        consequence="With XMV(8) wide open that is 1 min after this alarm.",
        response="Give XMV(8) back at once if it is held.",
        minutes=1,
        case=(8, 100.0),
    ),
    "reactor-pressure-rate": Rationale(
        cause="Something has jumped: a valve, a feed (IDV 7), or the condenser's cooling wanders "
        "(IDV 12).",
        consequence="It is the first sign of what may end at 3000 kPa: with XMV(4) wide open 4 "
        "min later.",
        response="Look at the valve that moved last, and at the latest actions; give back what "
        "should not be held.",
        minutes=4,
        case=(4, 100.0),
    ),
    "reactor-temperature-rate": Rationale(
        cause="XMV(10) sticks (IDV 14), its water changes temperature (IDV 11), or a feed has "
        "jumped.",
        consequence="Under IDV(14) and IDV(11) the temperature swings about its set point as "
        "long as they last; none of them tripped the plant in 46 h.",
        response="Compare XMV(10) with the cooling water's outlet, XMEAS(21): a valve that "
        "sticks moves in steps.",
    ),
    "reactor-level-deviation": Rationale(
        cause="The A and C feed is disturbed (IDV 7), the condenser's cooling wanders (IDV 12), "
        "or another feed has jumped.",
        consequence="The high and low limits come next. Without A and C feed the plant trips on "
        "low reactor liquid 3.3 h after this alarm.",
        response="Look at XMEAS(4) and XMV(4): loop 17 corrects by them, slowly. Give back what "
        "is held.",
        minutes=198,
        case=(4, 0.0),
    ),
    "reactor-temperature-deviation": Rationale(
        cause="XMV(10) sticks (IDV 14), its water changes temperature (IDV 11), or the coil "
        "takes up less heat (IDV 17, of unknown cause).",
        consequence="The temperature swings; no trip followed in 46 h. It is often the only "
        "alarm of a valve that sticks.",
        response="Compare XMV(10) with the cooling water's outlet, XMEAS(21), on one chart; have "
        "the valve looked at.",
    ),
    "separator-level-deviation": Rationale(
        cause="XMV(7) does not follow loop 7, or much more or less condenses than before.",
        consequence="With XMV(7) shut the plant trips at 12 m³ of separator liquid 8 min after "
        "this alarm.",
        response="Compare XMV(7) with the underflow, XMEAS(14). Give it back at once if it is "
        "held.",
        minutes=8,
        case=(7, 0.0),
    ),
    "stripper-level-deviation": Rationale(
        cause="XMV(8) does not follow loop 8, or much more or less comes from the separator.",
        consequence="With XMV(8) shut the plant trips at 8 m³ of stripper liquid 2 min after "
        "this alarm.",
        response="Compare XMV(8) with the underflow, XMEAS(17). Give it back at once if it is "
        "held.",
        minutes=2,
        case=(8, 0.0),
    ),
}
