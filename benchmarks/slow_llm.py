"""A language model that hangs must not slow the stream: tick-to-analysis with and without it.

Starts the real product with a local server that plays Anthropic's. In turns, in one run: nobody
asks for an explanation, then explanations are asked for all the time while the server hangs for
120 s or answers 500, 429 or garbage. Prints the medians and their ratio, which is to be at most
1.2. The embedded explanation is written in both kinds of turns, so that only the model differs.
"""

import argparse
import statistics
import sys
import threading
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from product import latencies, product

TARGET = 1.2
HANG_SECONDS = 120.0


class BadModel:
    """A server on loopback that hangs, fails, or talks nonsense, in turn."""

    def __init__(self) -> None:
        self.asked = 0
        self.hung = 0
        self.hanging = 0
        self.most_hanging = 2
        self.over = threading.Event()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                model.asked += 1
                if model.hanging < model.most_hanging:
                    model.hung += 1
                    model.hanging += 1
                    model.over.wait(HANG_SECONDS)
                    model.hanging -= 1
                    self.close_connection = True
                    return
                answers = [(500, b"{}"), (429, b"{}"), (200, b"<html>hello")]
                status, body = answers[model.asked % 3]
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Keep the output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "BadModel":
        return self

    def __exit__(self, *arguments: object) -> None:
        self.over.set()
        self.server.shutdown()


def ask(plant_ids: list[int], provider: str) -> None:
    """Enter an explanation of the newest analysis of each plant, by one provider, as due now."""
    from django.utils import timezone

    from explainer.models import Explanation
    from explainer.tasks import hint_runs
    from monitoring.models import Analysis
    from simulation.models import Plant

    now = timezone.now()
    for plant in Plant.objects.filter(pk__in=plant_ids):
        newest = Analysis.objects.filter(run=plant.current_run_id).latest("step")
        made = Explanation.objects.create(
            run_id=plant.current_run_id,
            step=newest.step,
            provider=provider,
            trigger=Explanation.Trigger.REQUEST,
            request_key=f"bench:{plant.pk}:{newest.step}:{now.timestamp()}:{provider}",
            not_before=now,
            created_at=now,
        )
        hint_runs([made.pk])


def turn(plant_ids: list[int], seconds: float, providers: list[str]) -> tuple[datetime, datetime]:
    """Ask these providers every two seconds for a while; returns begin and end."""
    from django.utils import timezone

    begin = timezone.now()
    end = begin + timedelta(seconds=seconds)
    while timezone.now() < end:
        for provider in providers:
            ask(plant_ids, provider)
        time.sleep(2.0)
    return begin + timedelta(seconds=2), end  # the first moments belong to the turn before


def quiet() -> None:
    """Withdraw what waits, so that the next turn is without the model."""
    from explainer.models import Explanation

    Explanation.objects.filter(status="waiting").update(status="failed")


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--turns", type=int, default=4, help="of each kind")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each turn")
    parser.add_argument("--plants", type=int, default=2)
    parser.add_argument("--interval", type=float, default=0.25)
    options = parser.parse_args()
    with ExitStack() as stack:
        model = stack.enter_context(BadModel())
        _, plants = stack.enter_context(
            product(
                options.plants,
                options.interval,
                ANTHROPIC_API_KEY="a-key-of-nobody",
                ANTHROPIC_BASE_URL=model.url,
            )
        )
        from explainer.models import Explanation
        from simulation.models import Plant

        runs = list(Plant.objects.filter(pk__in=plants).values_list("current_run_id", flat=True))
        found: dict[str, list[float]] = {"without": [], "with": []}
        for number in range(options.turns):
            # Two calls may be under way: both hang, or one hangs and the others fail in turn.
            model.most_hanging = 2 - number % 2
            for kind, providers in (
                ("without", ["embedded"]),
                ("with", ["embedded", "claude"]),
            ):
                span = turn(plants, options.seconds, providers)
                found[kind] += latencies(runs, *span)
                if kind == "with":
                    quiet()
                    model.over.set()
                    time.sleep(1.0)
                    model.over = threading.Event()
        explained = Explanation.objects.filter(provider="embedded", status="done").count()
    medians = {kind: statistics.median(values) for kind, values in found.items()}
    print(f"{options.plants} plants at {options.interval:g} s; tick to analysis:")
    for kind, values in found.items():
        late = sorted(values)[int(0.95 * len(values))]
        median = f"median {1000 * medians[kind]:.1f} ms, p95 {1000 * late:.1f} ms"
        print(f"  {kind:>8} a bad model: {len(values)} samples, {median}")
    ratio = medians["with"] / medians["without"]
    print(f"  the model was asked {model.asked} times, and hung {model.hung} times")
    print(f"  embedded explanations written meanwhile: {explained}")
    print(f"  ratio of the medians: {ratio:.2f} (to be at most {TARGET:g})")
    is_well = ratio <= TARGET and model.hung > 0
    print("all holds" if is_well else "IT DOES NOT HOLD")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
