"""`make chaos`: kill the product's processes at random, then hold what is left against the truth.

Starts `manage.py up` on a data folder of its own with some plants, websocket clients on each, and
injections at random; kills -9 worker, explain worker, beat, daphne and broker; lets it settle.
Then: readings and analyses without gap or double, every trajectory equal to the bit to an
uninterrupted integration with the same seed and injections, every client's series complete, and the
alarms and their journal what the limits make of the readings, each activation once.
Exit code 0 if all holds, else 1. DATABASE_URL and REDIS_URL are not used.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
for _name in ("DATABASE_URL", "REDIS_URL", "ANTHROPIC_API_KEY"):
    os.environ.pop(_name, None)

from tests.chaos_client import SeriesClient  # noqa: E402
from tests.stack import PASSWORD, Stack, environment  # noqa: E402

VICTIMS = {
    "plant worker": "-n plant@",
    "explain worker": "-n explain@",
    "beat": " beat -l ",
    "web server": " daphne ",
    "broker": "valkey-server",
}
WEIGHTS = (3, 1, 2, 2, 2)
SETTLING_SECONDS = 60.0


def prepare(folder: Path, plants: int, interval: float) -> list[int]:
    """Make a database with a detector and running plants; returns their ids."""
    os.environ.update(environment(folder))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("fitdetector", runs=2, limit_runs=6, hours=24.0)
    from django.contrib.auth import get_user_model
    from django.db import connection

    from simulation.models import Plant

    get_user_model().objects.create_superuser("admin", password=PASSWORD)
    made = []
    for number in range(1, plants + 1):
        plant = Plant.objects.create(name=f"Chaos {number}", interval_seconds=interval)
        plant.start()
        made.append(plant.pk)
    connection.close()
    return made


class Chaos:
    """One run: the stack, its clients, and whoever kills."""

    def __init__(self, stack: Stack, plants: list[int], options: argparse.Namespace) -> None:
        self.stack = stack
        self.plants = plants
        self.options = options
        self.random = random.Random(options.seed)
        self.kills: Counter[str] = Counter()
        cookie = stack.log_in()
        self.clients = [
            SeriesClient(f"plant {pk}, client {n}", stack.url, pk, cookie)
            for pk in plants
            for n in range(1, options.clients + 1)
        ]

    async def run(self) -> None:
        """Live through it."""
        tasks = [asyncio.create_task(client.live()) for client in self.clients]
        await self.kill_all()
        print(f"{sum(self.kills.values())} kills done; letting it settle ...", flush=True)
        await self.settle()
        for client in self.clients:
            client.is_over = True
        await asyncio.wait(tasks, timeout=20)

    async def kill_all(self) -> None:
        """Kill at random moments, evenly over the time; inject a fault now and then."""
        options = self.options
        moments = sorted(self.random.uniform(2.0, options.seconds) for _ in range(options.kills))
        begin = time.monotonic()
        for number, moment in enumerate(moments, 1):
            await asyncio.sleep(max(0.0, begin + moment - time.monotonic()))
            await self.kill_one()
            if number % 3 == 0:
                await asyncio.to_thread(self.inject)
        await asyncio.sleep(max(0.0, begin + options.seconds - time.monotonic()))

    async def kill_one(self) -> None:
        """Kill one process that lives at this moment; one that is just being restarted does not."""
        while True:
            (name,) = self.random.choices(list(VICTIMS), WEIGHTS)
            victims = self.stack.children(VICTIMS[name])
            for victim in victims:
                try:
                    victim.kill()
                except psutil.NoSuchProcess:
                    continue
                self.kills[name] += 1
                print(f"  {time.strftime('%H:%M:%S')} killed the {name}", flush=True)
                return
            await asyncio.sleep(0.05)

    def inject(self) -> None:
        """Do something for a while that does not trip the plant; a web server may be away.

        A fault, whole or half, or a valve that is held where it is.
        """
        pk = self.random.choice(self.plants)
        what, body = "valves/9", {"end_after_hours": self.random.choice([0.5, 1.0, 2.0])}
        if self.random.random() < 0.7:
            body |= {
                "idv": self.random.choice([3, 4, 5, 9, 11, 14, 15]),
                "magnitude": self.random.choice([0.5, 1.0]),
            }
            what = "injections"
        for _ in range(20):
            try:
                code, answer = self.stack.request(f"/api/plants/{pk}/{what}", body)
            except (OSError, ValueError):
                time.sleep(0.5)
                continue
            print(f"  {what} {body} on plant {pk}: {code}", flush=True)
            if code not in {200, 409, 503}:
                raise AssertionError(f"an injection was answered {code}: {answer}")
            return

    async def settle(self) -> None:
        """Wait until all plants move again, pause them, and wait until nobody lacks anything."""
        before = await asyncio.to_thread(self.steps)
        await self.until(
            "every plant goes on",
            lambda: all(n >= before[pk] + 8 for pk, n in self.steps().items()),
        )
        for pk in self.plants:
            code, answer = await asyncio.to_thread(
                self.stack.request, f"/api/plants/{pk}/pause", {}
            )
            assert code == 200, answer
        await self.until("all is analysed and at the clients", self.all_have_everything)
        await self.until("all is held against the limits", self.limits_have_read_everything)

    def plant_states(self) -> list[dict[str, Any]]:
        """The plants' status, empty while the web server is away."""
        try:
            code, status = self.stack.request("/api/status")
        except (OSError, ValueError):
            return []
        return status["plants"] if code == 200 else []

    def steps(self) -> dict[int, int]:
        """The newest step of each plant, 0 while nobody tells."""
        found = {plant["id"]: plant["step"] for plant in self.plant_states()}
        return {pk: found.get(pk, 0) for pk in self.plants}

    def all_have_everything(self) -> bool:
        """Whether readings are analysed and have reached every client."""
        states = {plant["id"]: plant for plant in self.plant_states()}
        return len(states) == len(self.plants) and all(
            client.last_complete == client.last_analysed == states[client.plant_id]["step"]
            and states[client.plant_id]["analysed_step"] == states[client.plant_id]["step"]
            for client in self.clients
        )

    def limits_have_read_everything(self) -> bool:
        """Whether no reading is left that was not held against the limits."""
        from django.db import connection

        from monitoring.alarms.settling import plants_behind

        try:
            return not plants_behind()
        finally:
            connection.close()

    async def until(self, what: str, holds: Any) -> None:
        """Wait for something; what does not come is found by the verdict."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            if await asyncio.to_thread(holds):
                return
            await asyncio.sleep(0.3)
        print(f"  not within {SETTLING_SECONDS:g} s: {what}", flush=True)


def find_faults(chaos: Chaos) -> tuple[list[str], dict[str, int]]:
    """Hold database and clients against the truth; returns what is wrong, and counts."""
    from monitoring.models import AlarmJournalEntry, Analysis
    from simulation.models import Plant, Reading
    from tests.alarm_truth import contradictions
    from tests.simulation.trajectory import reference

    wrong: list[str] = []
    counts: Counter[str] = Counter(
        gaps=0, doubles=0, readings=0, analyses=0, injections=0, hands=0, activations=0
    )
    for pk in chaos.plants:
        plant = Plant.objects.select_related("current_run").get(pk=pk)
        run = plant.run
        readings = list(Reading.objects.filter(run=run).order_by("step"))
        analyses = list(Analysis.objects.filter(run=run).order_by("step"))
        counts["injections"] += run.injections.count()
        counts["hands"] += run.hands.count()
        counts["activations"] += AlarmJournalEntry.objects.filter(
            plant=plant, kind=AlarmJournalEntry.Kind.ACTIVATED
        ).count()
        wrong += [f"{plant}: {text}" for text in contradictions(plant)]
        for kind, rows in (("readings", readings), ("analyses", analyses)):
            steps = [row.step for row in rows]
            counts[kind] += len(steps)
            gaps = len(set(range(1, plant.step + 1)) - set(steps))
            doubles = len(steps) - len(set(steps))
            counts["gaps"] += gaps
            counts["doubles"] += doubles
            if gaps or doubles:
                wrong.append(f"{plant}: {gaps} gaps, {doubles} doubles in its {kind}")
        values = [reading.values for reading in readings]
        if b"".join(v.tobytes() for v in values) != reference(run, len(values)).tobytes():
            wrong.append(f"{plant}: its trajectory differs from the uninterrupted reference")
        for client in (c for c in chaos.clients if c.plant_id == pk):
            if client.readings != {r.step: r.values.tolist() for r in readings}:
                wrong.append(f"{client.name}: {len(client.readings)} of {len(readings)} readings")
            if client.analyses != {a.step: (a.t2, a.spe) for a in analyses}:
                wrong.append(f"{client.name}: {len(client.analyses)} of {len(analyses)} analyses")
            wrong += [f"{client.name}: {text}" for text in client.contradictions]
    return wrong, counts


def report(chaos: Chaos, wrong: list[str], counts: dict[str, int]) -> None:
    """Print the figures."""
    from simulation.models import PlantEvent

    options = chaos.options
    print(
        f"\n{len(chaos.plants)} plants at {options.interval:g} s, {len(chaos.clients)} websocket "
        f"clients, {options.seconds:g} s, seed {options.seed}"
    )
    by_name = ", ".join(f"{name} {count}" for name, count in chaos.kills.most_common())
    print(f"kills                      {sum(chaos.kills.values())}: {by_name}")
    print(f"readings, analyses         {counts['readings']}, {counts['analyses']}")
    print(f"injections, hands          {counts['injections']}, {counts['hands']}")
    print(f"activations of alarms      {counts['activations']}")
    outages = sorted(client.longest_outage for client in chaos.clients)
    print(f"longest outage of a client {outages[-1]:.1f} s (of the luckiest: {outages[0]:.1f} s)")
    connections = sum(client.connections for client in chaos.clients)
    print(f"connections of the clients {connections}")
    print(f"noted outages (skipped)    {PlantEvent.objects.filter(kind='skipped').count()}")
    print(f"gaps                       {counts['gaps']}")
    print(f"doubles                    {counts['doubles']}")
    for text in wrong:
        print(f"WRONG: {text}")
    print("all holds" if not wrong else "IT DOES NOT HOLD")


def main() -> int:
    """Set up, run, judge, clean up."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--plants", type=int, default=3)
    parser.add_argument("--interval", type=float, default=0.25)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--clients", type=int, default=2, help="websocket clients of each plant")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--keep", action="store_true", help="keep the data folder in any case")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="teplive-chaos-"))
    stack = Stack(folder)
    is_well = False
    try:
        plants = prepare(folder, options.plants, options.interval)
        stack.start()
        chaos = Chaos(stack, plants, options)
        stack.wait("the plants run", lambda: all(n > 3 for n in chaos.steps().values()), 60)
        asyncio.run(chaos.run())
        wrong, counts = find_faults(chaos)
        report(chaos, wrong, counts)
        is_well = not wrong and sum(chaos.kills.values()) >= options.kills
    finally:
        if stack.process is not None:
            stack.stop()
        if is_well and not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept for a look: {folder} (up.log, teplive.sqlite3)")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
