"""The program at the other end of a session, in words."""

import re

#: The first that is found names the browser: most pretend to be others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome without a window"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "a Python program"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """Return browser and system of a User-Agent, e.g. `Firefox 140 on Linux`."""
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    for mark, name in BROWSERS:
        found = re.search(rf"{mark}[A-Za-z]*(?:[/ -](\d{{1,4}}))?", agent, re.IGNORECASE)
        if found is not None:
            version = f" {found[1]}" if found[1] and mark != "Safari" else ""
            return f"{name}{version} on {system}" if system else f"{name}{version}"
    return f"An unknown program on {system}" if system else "An unknown program"
