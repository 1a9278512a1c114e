"""The browser of the page tests: Debian's Chromium, or the one that CHROMIUM names."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
#: How long a page may take to show something, in ms: a busy machine is no fault of a page.
PATIENCE = 20_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start the browser; without one the test is skipped.

    For a fixture of a module, or of a package of nothing else: as long as it is open, playwright's
    loop runs, and neither Django nor a second browser works beside a running loop.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it, or name it in CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
