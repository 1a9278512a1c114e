"""What the web server's process loads."""

import subprocess
import sys

from tests.stack import REPOSITORY, environment


def test_the_web_server_loads_no_compiler(tmp_path):
    """Numba would cost it 60 MB and its start two seconds; pages and API never integrate."""
    code = "import sys, teplive.asgi, teplive.urls; print('numba' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=REPOSITORY,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout.strip() == "False"
