"""Why the limits on feeds, recycle and reactor are alarms."""

from monitoring.alarms.rationale.rationale import Rationale

OF_FEEDS_AND_REACTOR = {
    "a-feed-hi": Rationale(
        cause="Loop 13 asks for more A because A in the reactor feed, XMEAS(23), is low (IDV 1, "
        "IDV 2), or XMV(3) is wide open.",
        consequence="The reactor pressure rises past its high limit; with XMV(3) wide open the "
        "plant did not trip in 24 h.",
        response="Give XMV(3) back to loop 3 if it is held by hand. Else find out why XMEAS(23) "
        "is low: the A and C feed may hold less A.",
    ),
    "a-feed-lo": Rationale(
        cause="The supply of A is lost (IDV 6) or XMV(3) is shut; or loop 13 lowers the flow "
        "because XMEAS(23) is high.",
        consequence="Without A the other gases are not used up: the reactor pressure passes its "
        "high limit after 1.5 h and trips the plant after 6 h.",
        response="Give XMV(3) back if it is held: that helps for 4.5 h. If it opens and no flow "
        "follows, the supply is lost: open the purge, XMV(6), by hand; within 2 h that doubles "
        "the time to the trip.",
        minutes=353,
        case=(3, 0.0),
    ),
    "d-feed-hi": Rationale(
        cause="XMV(1) is stuck open or held; or loop 14 asks for more because D in the reactor "
        "feed, XMEAS(26), is low.",
        consequence="More G than H is made. With XMV(1) wide open the plant trips on reactor "
        "pressure after 75 min.",
        response="Give XMV(1) back to loop 1 at once: after 6 min at 100 % the trip still came, "
        "3 h later. Else compare XMEAS(26) with its set point.",
        minutes=69,
        case=(1, 100.0),
    ),
    "d-feed-lo": Rationale(
        cause="The supply of D is lost or XMV(1) is shut; or loop 14 lowers the flow because "
        "XMEAS(26) is high.",
        consequence="Without D the gas no longer reacts: the plant trips on reactor pressure 13 "
        "min after the flow stops.",
        response="Give XMV(1) back at once if it is held. After 6 min without D the trip came "
        "all the same: be ready for a reset.",
        minutes=7,
        case=(1, 0.0),
    ),
    "e-feed-hi": Rationale(
        cause="XMV(2) is stuck open or held; or loop 15 asks for more because E in the reactor "
        "feed, XMEAS(27), is low (IDV 2).",
        consequence="More H than G is made. With XMV(2) wide open the plant trips on reactor "
        "pressure after 70 min.",
        response="Give XMV(2) back to loop 2 at once if it is held. Else compare XMEAS(27) with "
        "its set point.",
        minutes=64,
        case=(2, 100.0),
    ),
    "e-feed-lo": Rationale(
        cause="The supply of E is lost or XMV(2) is shut; or loop 15 lowers the flow because "
        "XMEAS(27) is high (IDV 6, IDV 7).",
        consequence="Without E the gas no longer reacts: the plant trips on reactor pressure 28 "
        "min after the flow stops.",
        response="Give XMV(2) back at once if it is held. After 6 min without E the trip came "
        "all the same: be ready for a reset.",
        minutes=22,
        case=(2, 0.0),
    ),
    "ac-feed-hi": Rationale(
        cause="Loop 17 asks for more because the reactor level, XMEAS(8), is low, or XMV(4) is "
        "wide open.",
        consequence="Gas comes faster than it reacts: with XMV(4) wide open the plant trips on "
        "reactor pressure after 7 min.",
        response="Look at the reactor level first. If XMV(4) is held, give it back at once; loop "
        "4 follows what loop 17 asks for.",
        minutes=1,
        case=(4, 100.0),
    ),
    "ac-feed-lo": Rationale(
        cause="The C header has lost pressure (IDV 7) or XMV(4) is shut; or loop 17 lowers the "
        "flow because the reactor level is high.",
        consequence="Reactor pressure and level fall; without this feed the plant trips after "
        "3.5 h, on reactor liquid below 2 m³.",
        response="See whether XMV(4) opens: under IDV(7) that brings the flow back. If it was "
        "away for an hour, do not bring it back at once: the full flow trips the plant on "
        "pressure within 16 min.",
        minutes=207,
        case=(4, 0.0),
    ),
    "recycle-flow-hi": Rationale(
        cause="XMV(5) is shut, so that nothing flows back around the compressor and all of the "
        "gas goes to the reactor.",
        consequence="It is slow: with XMV(5) shut the plant trips on reactor pressure after 9 h.",
        response="Give XMV(5) back to loop 5 if it is held; given back within an hour, no trip "
        "followed.",
        minutes=536,
        case=(5, 0.0),
    ),
    "recycle-flow-lo": Rationale(
        cause="XMV(5) is wide open, or gas is short because the A and C feed is lost.",
        consequence="With XMV(5) wide open the reactor fills: the plant trips at 24 m³ of "
        "reactor liquid after 29 min.",
        response="Give XMV(5) back to loop 5 if it is held. Else look at the A and C feed, "
        "XMEAS(4).",
        minutes=23,
        case=(5, 100.0),
    ),
    "reactor-feed-rate-hi": Rationale(
        cause="More A and C feed or more recycle than normal: XMV(4) is wide open or XMV(5) is "
        "shut.",
        consequence="With XMV(4) wide open the plant trips on reactor pressure after 7 min, with "
        "XMV(5) shut after 9 h.",
        response="See which of XMEAS(4) and XMEAS(5) is high, and give its valve back if it is "
        "held.",
        minutes=1,
        case=(4, 100.0),
    ),
    "reactor-feed-rate-lo": Rationale(
        cause="The A and C feed or the recycle is lost: XMEAS(4) or XMEAS(5) is low as well.",
        consequence="Less is made. With XMV(5) wide open the reactor fills and the plant trips "
        "at 24 m³ after 29 min.",
        response="See which of the two flows is low; give XMV(4) or XMV(5) back if it is held.",
        minutes=23,
        case=(5, 100.0),
    ),
    "reactor-pressure-hi": Rationale(
        cause="Gas that neither reacts nor condenses: the A feed is lost (IDV 6), the condenser's "
        "cooling is disturbed (IDV 12), or a feed is at the end of its valve.",
        consequence="At 3000 kPa gauge the plant trips: 4.4 h after this alarm without A feed, "
        "within minutes with XMV(1), XMV(2) or XMV(4) at the wrong end.",
        response="Find the feed that is off, XMEAS(1) to XMEAS(4). Without A open the purge, "
        "XMV(6), by hand now: that more than doubles the time; the override does it only at a "
        "separator pressure of 2950 kPa.",
        minutes=266,
        case=(3, 0.0),
    ),
    "reactor-pressure-lo": Rationale(
        cause="The A and C feed is low (IDV 7), or the condenser cools too much: XMV(11) is wide "
        "open.",
        consequence="The loops that make it up overshoot: under IDV(7) the high limit follows 2 "
        "h later; with XMV(11) wide open the plant trips on high pressure after 37 min.",
        response="See whether XMEAS(4) is low as well (supply) or XMV(11) stands open (cooling); "
        "give back what is held by hand.",
        minutes=31,
        case=(11, 100.0),
    ),
    "reactor-level-hi": Rationale(
        cause="The condenser's cooling is lost (XMV(11) shut), XMV(5) is wide open, or too much "
        "D or E is fed.",
        consequence="The plant trips at 24 m³ of reactor liquid: 22 min after this alarm with "
        "XMV(11) shut.",
        response="Give XMV(5) or XMV(11) back if it is held. Loop 17 lowers the A and C feed by "
        "itself: see that XMV(4) closes.",
        minutes=22,
        case=(11, 0.0),
    ),
    "reactor-level-lo": Rationale(
        cause="The A and C feed is lost (XMV(4) shut, IDV 7), or that of D or E.",
        consequence="The plant trips below 2 m³ of reactor liquid, 3.3 h after this alarm "
        "without A and C feed; without D feed it trips on pressure within minutes.",
        response="Look at the flows XMEAS(2) to XMEAS(4) and their valves. Loop 17 raises the A "
        "and C feed by itself.",
        minutes=198,
        case=(4, 0.0),
    ),
    "reactor-temperature-hi": Rationale(
        cause="Too little cooling: XMV(10) is closing, or the coil takes up less heat (IDV 17, of "
        "unknown cause); or too much gas is fed.",
        consequence="The reaction heats itself. With XMV(10) shut the plant trips within 3 min, "
        "before this alarm; under IDV(17) the temperature came back each time.",
        response="See that XMV(10) opens: loop 18 leads it through loop 10. Give it back at once "
        "if it is held.",
    ),
    "reactor-temperature-lo": Rationale(
        cause="Too much cooling: XMV(10) is too far open; or too little D, or A and C, is fed.",
        consequence="The reaction slows down and gas accumulates: with XMV(10) wide open the "
        "plant trips on reactor pressure after 6 min, as this alarm comes.",
        response="Give XMV(10) back at once if it is held. Else look at the feeds XMEAS(2) and "
        "XMEAS(4).",
    ),
    "purge-rate-hi": Rationale(
        cause="B accumulates and loop 19 opens the purge (IDV 2), XMV(6) is wide open, or the "
        "override holds it open at a separator pressure of 2950 kPa.",
        consequence="Reactants are lost with the purge. No trip follows: none did in 24 h with "
        "XMV(6) wide open.",
        response="If XMEAS(13) has been at 2950 kPa leave the purge to the override. Else look "
        "at B in the purge, XMEAS(30), and give XMV(6) back if it is held.",
    ),
    "purge-rate-lo": Rationale(
        cause="Loop 19 closes the purge because B in it, XMEAS(30), is low (IDV 1), or XMV(6) is "
        "shut.",
        consequence="Inert B accumulates: with XMV(6) shut the plant trips on reactor pressure "
        "after 17 h.",
        response="Give XMV(6) back to loop 6 if it is held. Else look at XMEAS(30): the loop is "
        "right if that is low.",
        minutes=1036,
        case=(6, 0.0),
    ),
    "reactor-coolant-temperature-hi": Rationale(
        cause="Little cooling water flows: XMV(10) is nearly shut, by hand or because loop 10 "
        "closes it when a lost feed leaves little heat.",
        consequence="With XMV(10) shut the plant trips within 3 min, before this alarm; without "
        "D feed 7 min after it.",
        response="Look at XMV(10) and the reactor temperature, XMEAS(9). Give XMV(10) back at "
        "once if it is held; then look at the D feed.",
        minutes=7,
        case=(1, 0.0),
    ),
    "reactor-coolant-temperature-lo": Rationale(
        cause="More cooling water than the heat needs (XMV(10) wide open), or the coil takes up "
        "less heat: the first sign of IDV(17), of unknown cause.",
        consequence="With XMV(10) wide open the plant trips as this alarm comes; under IDV(17) "
        "the reactor temperature left its range within half an hour.",
        response="Compare XMV(10) with the reactor temperature: give it back if it is held; if "
        "the temperature rises while the valve opens, less heat is taken up.",
    ),
}
