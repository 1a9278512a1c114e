"""Why the alarms of the detector and of the system itself are some."""

from monitoring.alarms.rationale.rationale import Rationale

OF_THE_SYSTEM = {
    "detector": Rationale(
        cause="The readings are unusual together: the detector in charge has been over its limit "
        "as often as its rule asks.",
        consequence="A fault that goes on may trip the plant: of the published disturbances "
        "IDV(6) does, on reactor pressure, 6 h after it begins.",
        response="Open the case: the diagnosis names known causes with their probabilities, the "
        "contributions the tags that lead. Look at the leading tag's faceplate.",
    ),
    "stream-stalled": Rationale(
        cause="A process is silent or too slow (clock, a worker, the web server), broker or "
        "database is out of reach, or a fed plant gets no rows.",
        consequence="What is shown may not be the present; while the steps or the detector stand "
        "still, nothing judges the plant either.",
        response="Read the stage that the strip names, and do what it says. manage.py doctor "
        "looks further.",
    ),
    "bad-data": Rationale(
        cause="Several readings in a row have values that are missing or impossible: a sensor or "
        "the sender is broken.",
        consequence="They are stored and not judged: no detector and no limit watches the plant "
        "meanwhile.",
        response="See which tags have amber crosses in Trends, and mend the sensor or the sender.",
    ),
    "plant-tripped": Rationale(
        cause="A trip limit was passed: reactor pressure or temperature, or the liquid of "
        "reactor, separator or stripper. The alarm says which.",
        consequence="The plant has shut itself down. It makes nothing and takes no sample until "
        "it is reset.",
        response="Look at the event's page for what came first, end what caused it, then press "
        "Reset: a new run begins from the base case.",
    ),
    "plant-failed": Rationale(
        cause="The next step of the simulator could not be taken; the stage Simulate says why.",
        consequence="The plant stands still and takes no sample until it is reset.",
        response="Read the reason at the stage Simulate, then press Reset. If it comes again, "
        "look into the log of the plant worker.",
    ),
}
