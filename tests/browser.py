"""The browser of the page tests: Debian's Chromium, or the one that CHROMIUM names."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the browser; without one the test is skipped.

    For a fixture of a module at the widest: playwright's loop runs as long as it does, and Django
    refuses to work beside a running loop.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
