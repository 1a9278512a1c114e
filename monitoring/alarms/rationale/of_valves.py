"""Why the limits on valve positions are alarms: a valve away from its place tells of its loop."""

from monitoring.alarms.rationale.rationale import Rationale

OF_VALVES = {
    "d-feed-valve-hi": Rationale(
        cause="Loop 1 opens the valve for more D, because the supply gives less or loop 14 asks "
        "for more; or it is held.",
        consequence="At 100 % loop 1 has nothing left. Wide open with full supply the plant "
        "trips on reactor pressure after 75 min.",
        response="Compare the valve with the flow, XMEAS(2): more opening without more flow is a "
        "lost supply. Give it back if it is held.",
        minutes=72,
        case=(1, 100.0),
    ),
    "d-feed-valve-lo": Rationale(
        cause="Loop 1 closes the valve because loop 14 asks for less D, or it is held.",
        consequence="With the valve shut the plant trips on reactor pressure after 13 min.",
        response="Give it back at once if it is held. Else compare D in the reactor feed, "
        "XMEAS(26), with its set point.",
        minutes=10,
        case=(1, 0.0),
    ),
    "e-feed-valve-hi": Rationale(
        cause="Loop 2 opens the valve for more E, because the supply gives less or loop 15 asks "
        "for more; or it is held.",
        consequence="At 100 % loop 2 has nothing left. Wide open with full supply the plant "
        "trips on reactor pressure after 70 min.",
        response="Compare the valve with the flow, XMEAS(3): more opening without more flow is a "
        "lost supply. Give it back if it is held.",
        minutes=67,
        case=(2, 100.0),
    ),
    "e-feed-valve-lo": Rationale(
        cause="Loop 2 closes the valve because loop 15 asks for less E, or it is held.",
        consequence="With the valve shut the plant trips on reactor pressure after 28 min.",
        response="Give it back at once if it is held. Else compare E in the reactor feed, "
        "XMEAS(27), with its set point.",
        minutes=25,
        case=(2, 0.0),
    ),
    "a-feed-valve-hi": Rationale(
        cause="Loop 3 opens the valve: the supply of A is lost (IDV 6), or loop 13 asks for more "
        "because A in the feed is low (IDV 1, IDV 2); or it is held.",
        consequence="Without supply the plant trips on reactor pressure after 6 h; wide open "
        "with supply it did not trip in 24 h.",
        response="Compare the valve with the flow, XMEAS(1). Without flow the supply is lost: "
        "open the purge, XMV(6), by hand early.",
    ),
    "a-feed-valve-lo": Rationale(
        cause="Loop 3 closes the valve because loop 13 asks for less A, or it is held.",
        consequence="With the valve shut the plant trips on reactor pressure after 6 h.",
        response="Give it back if it is held: that helps for 4.5 h. Else compare A in the "
        "reactor feed, XMEAS(23), with its set point.",
        minutes=356,
        case=(3, 0.0),
    ),
    "ac-feed-valve-hi": Rationale(
        cause="Loop 4 makes up for a C header with less pressure (IDV 7), or loop 17 asks for "
        "more because the reactor level is low; or it is held.",
        consequence="At 100 % nothing is left to make up with. Wide open with full supply the "
        "plant trips on reactor pressure after 7 min.",
        response="Compare the valve with the flow, XMEAS(4), and look at the reactor level. Give "
        "it back at once if it is held.",
        minutes=4,
        case=(4, 100.0),
    ),
    "ac-feed-valve-lo": Rationale(
        cause="Loop 17 asks for less because the reactor level is high, or the valve is held.",
        consequence="With the valve shut the plant trips on low reactor liquid after 3.5 h.",
        response="Look at the reactor level, XMEAS(8). If the valve was shut for an hour, do not "
        "open it at once: the full flow trips the plant on pressure within 16 min.",
        minutes=210,
        case=(4, 0.0),
    ),
    "recycle-valve-hi": Rationale(
        cause="Loop 5 opens the valve to lower the recycle flow to the reactor, XMEAS(5), or it "
        "is held.",
        consequence="Wide open the reactor fills: the plant trips at 24 m³ after 29 min.",
        response="Give it back at once if it is held. Else look at what drives the flow: the "
        "pressures XMEAS(7) and XMEAS(13).",
        minutes=26,
        case=(5, 100.0),
    ),
    "recycle-valve-lo": Rationale(
        cause="Loop 5 closes the valve to keep the recycle flow up while gas is short (IDV 20, of "
        "unknown cause; IDV 6), or it is held.",
        consequence="Shut, loop 5 has nothing left; by itself that trips the plant on reactor "
        "pressure after 9 h only.",
        response="Compare the separator pressure, XMEAS(13), and the compressor work, XMEAS(20), "
        "with normal; give it back if it is held.",
        minutes=539,
        case=(5, 0.0),
    ),
    "purge-valve-hi": Rationale(
        cause="Loop 19 opens the purge because B in it, XMEAS(30), is high (IDV 2); the override "
        "does at 2950 kPa in the separator; or it is held.",
        consequence="Reactants are lost. No trip follows: none did in 24 h with the valve wide "
        "open.",
        response="Leave it if the separator pressure is high. Else look at XMEAS(30), and give "
        "it back if nobody needs it open.",
    ),
    "purge-valve-lo": Rationale(
        cause="Loop 19 closes the purge because B in it, XMEAS(30), is low (IDV 1); the override "
        "does at 2300 kPa in the separator; or it is held.",
        consequence="Shut, inert B accumulates: the plant trips on reactor pressure after 17 h.",
        response="Look at XMEAS(30) and the separator pressure. Give it back if it is held.",
        minutes=1039,
        case=(6, 0.0),
    ),
    "separator-liquid-valve-hi": Rationale(
        cause="Loop 7 lets a high separator level out, or the valve is held.",
        consequence="Wide open the separator is empty and the plant trips below 1 m³ after 5 min.",
        response="Look at the separator level, XMEAS(12). Give the valve back at once if it is "
        "held.",
        minutes=2,
        case=(7, 100.0),
    ),
    "separator-liquid-valve-lo": Rationale(
        cause="Loop 7 keeps a low separator level, because little condenses (XMV(11) shut); or "
        "the valve is held.",
        consequence="Shut, the plant trips at 12 m³ of separator liquid after 14 min.",
        response="Look at the separator level and temperature, XMEAS(12) and XMEAS(11). Give the "
        "valve back at once if it is held.",
        minutes=11,
        case=(7, 0.0),
    ),
    "stripper-liquid-valve-hi": Rationale(
        cause="Loop 8 lets a high stripper level out, or the valve is held.",
        consequence="Wide open the stripper is empty and the plant trips below 1 m³ after 7 min.",
        response="Look at the stripper level, XMEAS(15). Give the valve back at once if it is "
        "held.",
        minutes=4,
        case=(8, 100.0),
    ),
    "stripper-liquid-valve-lo": Rationale(
        cause="Loop 8 keeps a low stripper level, because little comes from the separator; or the "
        "valve is held.",
        consequence="Shut, the plant trips at 8 m³ of stripper liquid after 8 min.",
        response="Look at the stripper level, XMEAS(15), and at XMV(7). Give the valve back at "
        "once if it is held.",
        minutes=5,
        case=(8, 0.0),
    ),
    "steam-valve-hi": Rationale(
        cause="Loop 9 opens the valve because loop 16 asks for more steam: the stripper is cold, "
        "or E in the product is high; or it is held.",
        consequence="At 100 % the stripper gets no warmer. No trip follows: none did in 24 h.",
        response="Compare it with the steam flow, XMEAS(19), and the stripper temperature, "
        "XMEAS(18). Give it back if it is held.",
    ),
    "steam-valve-lo": Rationale(
        cause="Loop 9 closes the valve because loop 16 asks for less steam: the stripper is hot, "
        "or E in the product is low; or it is held.",
        consequence="Shut, more E stays in the product. No trip follows: none did in 24 h.",
        response="Compare it with the steam flow, XMEAS(19), and the stripper temperature, "
        "XMEAS(18). Give it back if it is held.",
    ),
    "reactor-coolant-valve-hi": Rationale(
        cause="Loop 10 opens the valve because the reactor gets hotter or the cooling does less, "
        "or it is held.",
        consequence="At 100 % loop 10 has nothing left. Held wide open on a normal plant it "
        "trips on reactor pressure after 6 min.",
        response="Look at the reactor temperature, XMEAS(9). Give the valve back at once if it "
        "is held.",
        minutes=3,
        case=(10, 100.0),
    ),
    "reactor-coolant-valve-lo": Rationale(
        cause="Loop 10 closes the valve because a lost feed leaves less heat, or it is held.",
        consequence="Shut, the reaction heats itself and the plant trips within 3 min, as this "
        "alarm comes.",
        response="Give it back at once if it is held. Else look at the feeds XMEAS(1) to XMEAS(4).",
    ),
    "condenser-coolant-valve-hi": Rationale(
        cause="Loop 11 opens the valve because the stripper underflow, XMEAS(17), is low: little "
        "condenses, or the water is warm (IDV 5); or it is held.",
        consequence="Held wide open the plant trips on reactor pressure after 37 min; under "
        "IDV(5) the loop finds its place.",
        response="Compare it with the separator temperature, XMEAS(11), and the stripper "
        "underflow. Give it back if it is held.",
        minutes=34,
        case=(11, 100.0),
    ),
    "condenser-coolant-valve-lo": Rationale(
        cause="Loop 11 closes the valve because the stripper underflow, XMEAS(17), is high, or "
        "it is held.",
        consequence="Shut, the reactor fills: the plant trips at 24 m³ of reactor liquid after "
        "37 min.",
        response="Compare it with the separator temperature, XMEAS(11), and the stripper "
        "underflow. Give it back if it is held.",
        minutes=34,
        case=(11, 0.0),
    ),
}
