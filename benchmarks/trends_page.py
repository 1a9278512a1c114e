"""What an update costs a page of 12 trend charts with 4 traces each, at 5 updates a second.

    .venv/bin/python benchmarks/trends_page.py [--updates 60] [--samples 600]

Headless Chromium on the real page, served by Django from a database of its own. Each update is a
push's frame with one new sample; its cost is what Chromium counts as task time of the main thread
(script, style, layout, painting; its processor time, not that of other programs) until the next.
The reference, in the same page and by the same count, draws the same points on bare canvases, line
by line, with nothing else.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["TEPLIVE_DATA_DIR"] = tempfile.mkdtemp(prefix="teplive-bench-")
# Playwright's loop runs in this thread, which stores the rows before.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

CHARTS, TRACES, PERIOD_MS = 12, 4, 200
UPDATE = """(values) => {
  const page = window.tep.trends;
  const { source } = page.under;
  const step = source.newest + 1;
  const time = new Date((source.newest_at + 1) * 1000).toISOString();
  const reading = { step, time, values, quality: 'good' };
  page.pushes.receive(source.plant, source, { run: source.run, readings: [reading], analyses: [] });
}"""
BARE = """() => {
  document.querySelectorAll('.trend-chart canvas').forEach((canvas, k) => {
    const { data } = window.tep.trends.charts[k].plot;
    const ctx = canvas.getContext('2d');
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    const [x, ...columns] = data;
    const from = x[0], wide = canvas.width / (x[x.length - 1] - from);
    for (const column of columns) {
      ctx.beginPath();
      for (let i = 0; i < x.length; i += 1) {
        ctx.lineTo((x[i] - from) * wide, canvas.height * (0.5 + (column[i] % 1) / 4));
      }
      ctx.stroke();
    }
  });
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--samples", type=int, default=600)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "teplive.settings")
    os.environ.setdefault("TEPLIVE_DEBUG", "1")
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.test import Client
    from django.test.testcases import LiveServerThread
    from trends_data import fill

    from simulation.tep.variables import LABELS, VARIABLES
    from tests.browser import a_browser

    settings.ALLOWED_HOSTS += ["testserver", "127.0.0.1"]
    call_command("migrate", verbosity=0)
    plant = fill(options.samples)
    client = Client()
    client.force_login(User.objects.create_user("bench", password=None))
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    root = f"http://127.0.0.1:{server.port}"
    nominal = [variable.nominal for variable in VARIABLES]
    with a_browser() as browser:
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": root}])
        page = context.new_page()
        charts = "&".join(
            "chart=" + ",".join(LABELS[i * TRACES : (i + 1) * TRACES]) for i in range(CHARTS)
        )
        page.goto(f"{root}/trends/?plant={plant}&axis=wall&span=10min&{charts}")
        page.locator("html[data-loads]").wait_for(state="attached")
        page.locator(".trend-chart canvas").nth(CHARTS - 1).wait_for()
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

        def task_seconds() -> float:
            found = devtools.send("Performance.getMetrics")["metrics"]
            return next(one["value"] for one in found if one["name"] == "TaskDuration")

        def median_of(script: str, argument: object = None) -> float:
            costs = []
            for _ in range(options.updates):
                before = task_seconds()
                page.evaluate(script, argument)
                page.wait_for_timeout(PERIOD_MS)
                costs.append(task_seconds() - before)
            return statistics.median(costs)

        idle = median_of("() => null")
        update = median_of(UPDATE, nominal)
        shown = page.evaluate("window.tep.trends.under.x.length")
        bare = median_of(BARE)
        print(f"{CHARTS} charts, {TRACES} traces each, {shown} rows, {options.updates} updates")
        print(f"an idle period: {idle * 1000:.1f} ms")
        print(f"an update: {update * 1000:.1f} ms of main thread at the median")
        print(f"the same lines on bare canvases: {bare * 1000:.1f} ms; ratio {update / bare:.2f}")


if __name__ == "__main__":
    main()
