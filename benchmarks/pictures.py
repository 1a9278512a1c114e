"""The pictures of docs/images, taken from the demonstration: `make pictures`.

Starts the product in a fresh data folder, runs the tour, and photographs each page while the scene
that it belongs to is shown. A scene that is not reached leaves its pictures as they were, and the
exit code tells it.
"""

import argparse
import io
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from playwright.sync_api import Page

from tests.browser import a_browser
from tests.stack import PASSWORD, Stack

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDTH, HEIGHT = 1280, 860
MOST_BYTES = 150_000
#: Wall seconds for the tour as a whole, start of the product not counted.
MOST_SECONDS = 900.0
#: The first start on a fresh folder fits the detector.
START_SECONDS = 900.0


@dataclass(frozen=True)
class Shot:
    """One picture: in which scene, once it is reached, of which link of the strip."""

    name: str
    scene: str
    link: str


SHOTS = (
    Shot("dashboard", "The detector raises an alarm", "Dashboard"),
    Shot("alarm", "The detector raises an alarm", "The alarm"),
    Shot("explanation", "The alarm is explained", "The explanation"),
    Shot("flowsheet", "The fault goes, the plant recovers", "Flow sheet"),
    Shot("whatif", "What if it had not happened?", "Plant and twin compared"),
)


def main() -> int:
    """Take the pictures. Returns 1 if one is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=IMAGES, help="the folder of the pictures")
    parser.add_argument("--at", help="a running product instead of a fresh one: its address")
    parser.add_argument("--password", default=PASSWORD, help="of its user admin")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    if options.at:
        return take_all(options.at.rstrip("/"), options.password, options.into)
    with tempfile.TemporaryDirectory(prefix="teplive-pictures-") as folder:
        stack = Stack(Path(folder))
        try:
            stack.start(START_SECONDS)
            return take_all(stack.url, PASSWORD, options.into)
        finally:
            stack.stop()


def take_all(url: str, password: str, into: Path) -> int:
    """Log in, run the tour, take each picture in its scene. Returns 1 if one is missing."""
    with a_browser() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(60_000)
        page.goto(url + "/accounts/login/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state()
        page.goto(url + "/demo/")
        if page.locator("#demo").count() == 0:
            page.get_by_role("button", name="Run the demonstration").click()
            page.wait_for_load_state()
        missing = list(SHOTS)
        deadline = time.monotonic() + MOST_SECONDS
        while missing and time.monotonic() < deadline:
            page.goto(url + "/demo/")
            strip = page.locator("#demo")
            if strip.count() == 0:
                break
            scene = (strip.locator(".demo-title").text_content() or "").strip()
            is_reached = strip.locator(".demo-now em").count() > 0
            due = [shot for shot in missing if shot.scene == scene]
            if not (is_reached or scene.startswith("The fault goes")) or not due:
                page.wait_for_timeout(1000)
                continue
            addresses = {
                (link.text_content() or "").strip(): link.get_attribute("href") or ""
                for link in strip.locator(".demo-links a").all()
            }
            for shot in due:
                if shot.link in addresses:
                    take(page, url + addresses[shot.link], into / f"{shot.name}.webp")
                    missing.remove(shot)
        for shot in missing:
            print(f"missing: {shot.name} (scene «{shot.scene}» was not reached)")
    return 1 if missing else 0


def take(page: Page, address: str, file: Path) -> None:
    """Photograph a page, as large as the window, in as few bytes as can be read well."""
    page.goto(address)
    page.wait_for_timeout(4000)  # charts and pushes of a live page have no end to wait for
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    for quality in (88, 80, 70, 60, 45):
        stored = io.BytesIO()
        image.save(stored, "WEBP", quality=quality, method=6)
        if stored.tell() <= MOST_BYTES:
            break
    file.write_bytes(stored.getvalue())
    print(f"{file.name}: {stored.tell() / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
