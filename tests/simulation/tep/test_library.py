"""The simulator is a library: no settings, no database, no Django."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
import numpy as np
from simulation.tep import Simulator, simulate
from simulation.tep.tep2py import tep2py
run = simulate(0.5, idv={4: 0.2}, xmv={12: 51.0}, rng="modern")
simulator = Simulator(5)
simulator.step()
run.write(sys.argv[1])
heavy = {"django", "celery", "pandas", "matplotlib", "pyarrow"}
print(len(run), sorted(heavy & {name.split(".")[0] for name in sys.modules}))
tep = tep2py(np.zeros((2, 20)))
tep.simulate()  # gives a table: with pandas, where that is installed
"""


def test_it_runs_without_django_settings_from_any_folder(tmp_path):
    env = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "run.npz")],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "10 []"
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]
