"""Why the limits on condenser, separator, compressor and stripper are alarms."""

from monitoring.alarms.rationale.rationale import Rationale

OF_SEPARATION = {
    "separator-temperature-hi": Rationale(
        cause="The condenser cools too little: XMV(11) is shut or nearly so.",
        consequence="Less condenses and the reactor fills: with XMV(11) shut the plant trips at "
        "24 m³ of reactor liquid after 37 min.",
        response="Give XMV(11) back to loop 11 if it is held: loop 11 moves it by the stripper "
        "underflow, XMEAS(17), not by this temperature.",
        minutes=31,
        case=(11, 0.0),
    ),
    "separator-temperature-lo": Rationale(
        cause="The condenser cools too much (XMV(11) wide open), or less hot gas comes because a "
        "feed is lost (IDV 6).",
        consequence="The loops swing: with XMV(11) wide open the plant trips on reactor pressure "
        "after 37 min.",
        response="Give XMV(11) back if it is held. Else look at the feeds XMEAS(1) to XMEAS(4).",
        minutes=31,
        case=(11, 100.0),
    ),
    "separator-level-hi": Rationale(
        cause="XMV(7) is shut or sticks, so the liquid does not leave for the stripper; or the "
        "condenser cools too much.",
        consequence="The plant trips at 12 m³ of separator liquid: 14 min after XMV(7) shut.",
        response="Give XMV(7) back to loop 7 at once if it is held. Else compare it with the "
        "underflow, XMEAS(14).",
        minutes=8,
        case=(7, 0.0),
    ),
    "separator-level-lo": Rationale(
        cause="XMV(7) is wide open, or nothing condenses because XMV(11) is shut.",
        consequence="With XMV(7) wide open the plant trips below 1 m³ of separator liquid within "
        "5 min, before this alarm; with XMV(11) shut, on reactor liquid, 22 min after it.",
        response="Look at XMV(7) and XMV(11); give back what is held by hand.",
        minutes=22,
        case=(11, 0.0),
    ),
    "separator-pressure-hi": Rationale(
        cause="As of the reactor pressure, which it follows: the A feed is lost (IDV 6), the "
        "condenser's cooling is disturbed (IDV 12), or a feed is too high.",
        consequence="At 2950 kPa the override opens the purge fully; the reactor trips at 3000 "
        "kPa, without A feed 4 h after this alarm.",
        response="Do as for the high reactor pressure: find the feed that is off, and open the "
        "purge, XMV(6), early.",
        minutes=248,
        case=(3, 0.0),
    ),
    "separator-pressure-lo": Rationale(
        cause="The A and C feed is low (IDV 7), the condenser cools too much, or gas is held up "
        "before it (IDV 20, of unknown cause).",
        consequence="At 2300 kPa the override shuts the purge. Without A and C feed the plant "
        "trips on low reactor liquid after 3.5 h.",
        response="Look at XMEAS(4) and XMV(11), and see that the purge, XMV(6), is not held open.",
        minutes=207,
        case=(4, 0.0),
    ),
    "separator-underflow-hi": Rationale(
        cause="Loop 7 lets a high separator level out, or XMV(7) is wide open.",
        consequence="With XMV(7) wide open the plant trips below 1 m³ of separator liquid within "
        "5 min, before this alarm.",
        response="Look at the separator level, XMEAS(12), and give XMV(7) back if it is held.",
    ),
    "separator-underflow-lo": Rationale(
        cause="XMV(7) is shut, or little condenses because XMV(11) is shut.",
        consequence="The separator fills: with XMV(7) shut the plant trips at 12 m³ after 14 min.",
        response="Give XMV(7) back at once if it is held. Else look at XMV(11) and the separator "
        "temperature.",
        minutes=8,
        case=(7, 0.0),
    ),
    "stripper-level-hi": Rationale(
        cause="XMV(8) is shut or sticks, so the product does not leave, or XMV(7) is wide open.",
        consequence="The plant trips at 8 m³ of stripper liquid: 8 min after XMV(8) shut.",
        response="Give XMV(8) back to loop 8 at once if it is held. After 6 min at an end the "
        "trip came all the same.",
        minutes=2,
        case=(8, 0.0),
    ),
    "stripper-level-lo": Rationale(
        cause="XMV(8) is wide open, or nothing comes from the separator because XMV(7) is shut.",
        consequence="The plant trips below 1 m³ of stripper liquid: 7 min after XMV(8) opened "
        "fully.",
        response="Give XMV(8) back at once if it is held. Else look at XMV(7) and the underflow "
        "of the separator, XMEAS(14).",
        minutes=1,
        case=(8, 100.0),
    ),
    "stripper-pressure-hi": Rationale(
        cause="The pressure of the gas before the reactor, which follows that of the reactor: "
        "the A feed is lost (IDV 6), or the A and C feed is too high.",
        consequence="The reactor trips at 3000 kPa gauge: without A feed 4 h after this alarm, "
        "with XMV(4) wide open within minutes.",
        response="Do as for the high reactor pressure: find the feed that is off.",
        minutes=245,
        case=(3, 0.0),
    ),
    "stripper-pressure-lo": Rationale(
        cause="The A and C feed, which comes through the stripper, is low, or the plant's "
        "pressure falls because the condenser cools too much.",
        consequence="Without A and C feed the plant trips on low reactor liquid after 3.5 h.",
        response="Look at XMEAS(4) and XMV(4); then at XMV(11).",
        minutes=207,
        case=(4, 0.0),
    ),
    "stripper-underflow-hi": Rationale(
        cause="Loop 8 lets a high stripper level out, or XMV(8) is wide open.",
        consequence="With XMV(8) wide open the plant trips below 1 m³ of stripper liquid after 7 "
        "min.",
        response="Look at the stripper level, XMEAS(15). Give XMV(8) back at once if it is held.",
        minutes=1,
        case=(8, 100.0),
    ),
    "stripper-underflow-lo": Rationale(
        cause="XMV(8) is shut, or little liquid comes: XMV(7) or XMV(11) is shut.",
        consequence="The stripper fills: with XMV(8) shut the plant trips at 8 m³ after 8 min.",
        response="Give XMV(8) back at once if it is held. Loop 11 opens XMV(11) by itself to "
        "condense more.",
        minutes=2,
        case=(8, 0.0),
    ),
    "stripper-temperature-hi": Rationale(
        cause="Too much steam (XMV(9) wide open), or the cold A and C feed is missing (XMV(4) "
        "shut).",
        consequence="More E than needed is stripped out of the product. Steam alone trips "
        "nothing; without A and C feed the plant trips after 3.5 h.",
        response="See whether XMEAS(4) is low. Else give XMV(9) back if it is held; loop 16 "
        "holds this temperature through loop 9.",
        minutes=207,
        case=(4, 0.0),
    ),
    "stripper-temperature-lo": Rationale(
        cause="Too little steam: XMV(9) is shut; or more or colder liquid comes than it can heat.",
        consequence="More E stays in the product, XMEAS(38). No trip follows: none did in 24 h "
        "with XMV(9) shut.",
        response="Give XMV(9) back to loop 9 if it is held. Else compare the steam flow, "
        "XMEAS(19), with the valve.",
    ),
    "steam-flow-hi": Rationale(
        cause="Loop 16 asks for more steam because the stripper is cold, or XMV(9) is wide open "
        "(swings also under IDV 16, of unknown cause).",
        consequence="Steam is wasted and more E is stripped out. No trip follows: none did in 24 "
        "h with XMV(9) wide open.",
        response="Look at the stripper temperature, XMEAS(18), and at E in the product, "
        "XMEAS(38); give XMV(9) back if it is held.",
    ),
    "steam-flow-lo": Rationale(
        cause="Loop 16 asks for less steam because the stripper is hot, or XMV(9) is shut (swings "
        "also under IDV 16, of unknown cause).",
        consequence="More E stays in the product. No trip follows: none did in 24 h with XMV(9) "
        "shut.",
        response="Look at the stripper temperature, XMEAS(18), and at E in the product, "
        "XMEAS(38); give XMV(9) back if it is held.",
    ),
    "compressor-work-hi": Rationale(
        cause="More gas to be compressed: the A and C feed or the A feed is too high, or gas no "
        "longer reacts because D or E is lost.",
        consequence="It follows the pressure. Without E feed the plant trips on reactor pressure "
        "16 min after this alarm.",
        response="Look at the feeds XMEAS(1) to XMEAS(4) and the reactor pressure; act on what "
        "is off there.",
        minutes=16,
        case=(2, 0.0),
    ),
    "compressor-work-lo": Rationale(
        cause="Less gas to be compressed: the A and C feed is low (IDV 7), or XMV(5) is at an end.",
        consequence="With XMV(5) wide open the reactor fills and the plant trips at 24 m³ after "
        "29 min.",
        response="Give XMV(5) back to loop 5 if it is held. Else look at XMEAS(4).",
        minutes=23,
        case=(5, 100.0),
    ),
    "condenser-coolant-temperature-hi": Rationale(
        cause="Too little cooling water in the condenser: XMV(11) is shut or nearly so.",
        consequence="The reactor fills: with XMV(11) shut the plant trips at 24 m³ of reactor "
        "liquid after 37 min.",
        response="Give XMV(11) back to loop 11 if it is held.",
        minutes=31,
        case=(11, 0.0),
    ),
    "condenser-coolant-temperature-lo": Rationale(
        cause="XMV(11) is wide open, or the condenser takes up less heat: the first sign of "
        "IDV(18), of unknown cause.",
        consequence="With XMV(11) wide open the plant trips on reactor pressure after 37 min; "
        "under IDV(18) pressures and levels swing for hours.",
        response="Give XMV(11) back if it is held. If it opens by itself and the separator does "
        "not cool, less heat is taken up.",
        minutes=31,
        case=(11, 100.0),
    ),
}
