"""From `make run` in a fresh copy of the repository to the first diagnosed fault, in wall seconds.

Does what README says, as a newcomer would: `make run`, log in with the password that it prints,
inject IDV(6) with the page's own controls, and look on, without a reload. The copy is a clone in a
folder of its own; its environment is made anew, from the package cache where there is one. Fails
if something does not come.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page, expect

from tests.browser import a_browser

REPOSITORY = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"TEP Live is at (\S+?)/?\s")
SECRET = re.compile(r"with the password (\S+)")
#: The detector in charge judges from the 21st sample on.
FIRST_JUDGED = 21
JUDGED = re.compile(r"^(2[1-9]|[3-9]\d|\d{3,})$")


class Clock:
    """Prints what has been reached, and when."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def tell(self, what: str) -> None:
        """Print seconds since the begin, what was reached, and the machine's load."""
        load = os.getloadavg()[0]
        print(f"{time.monotonic() - self.begun:7.1f} s  {what}  (load {load:.1f})", flush=True)


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0, help="patience with each step")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="teplive-first-") as folder:
        copy = Path(folder) / "tep-live"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(copy)], check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("TEPLIVE_", "DJANGO_"))}
        log = Path(folder) / "terminal.txt"
        clock = Clock()
        with log.open("w") as terminal:
            product = subprocess.Popen(
                ["make", "run"], cwd=copy, stdout=terminal, stderr=subprocess.STDOUT,
                env={**clean, "TEPLIVE_PORT": str(port)}, start_new_session=True,
            )  # fmt: skip
        clock.tell("make run typed")
        try:
            password = wait_for(log, SECRET, product, options.seconds)
            clock.tell("user and password printed")
            address = wait_for(log, ADDRESS, product, options.seconds)
            clock.tell("address printed")
            with a_browser() as browser:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                expect.set_options(timeout=options.seconds * 1000)
                look_on(page, address, password, clock)
        finally:
            os.killpg(product.pid, signal.SIGINT)
            product.wait(60)
        clock.tell("ended by Ctrl-C")
    return 0


def wait_for(
    log: Path, found: re.Pattern[str], product: subprocess.Popen[bytes], seconds: float
) -> str:
    """Return what the terminal said. Raises SystemExit if it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and product.poll() is None:
        if said := found.search(log.read_text()):
            return said[1]
        time.sleep(0.1)
    raise SystemExit(f"Not said: {found.pattern}\n{log.read_text()[-2000:]}")


def look_on(page: Page, address: str, password: str, clock: Clock) -> None:
    """Log in, inject, look on until cause and diagnosis are named."""
    page.goto(address)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#plant-step")).not_to_have_text("0")
    clock.tell("logged in, the dashboard has values")
    expect(page.locator("#plant-step")).to_have_text(JUDGED)
    clock.tell(f"step {FIRST_JUDGED}: the detector judges")
    page.locator("#fault-preset").select_option("idv-6")
    page.locator("#inject-preset").click()
    expect(page.locator("#plant-idvs")).to_have_text("IDV(6)")
    clock.tell("IDV(6) injected")
    expect(page.locator("#alarms")).to_contain_text("standing")
    clock.tell("its alarm stands on the page")
    expect(page.locator("#explanations")).to_contain_text("IDV(6)")
    clock.tell("the explanation names IDV(6)")
    page.locator("#alarms .alarm-link").first.click()
    expect(page.locator("#diagnosis")).to_contain_text("IDV(6)")
    clock.tell("the trained diagnosis names IDV(6)")


if __name__ == "__main__":
    sys.exit(main())
