"""What `manage.py up` leaves out of the terminal: Celery's word on root, and nothing else."""

import os
import subprocess
import sys

from celery.platforms import ROOT_DISCOURAGED

from teplive.management.commands import up

WARN = """
import warnings
from celery.platforms import ROOT_DISCOURAGED, SecurityWarning
warnings.warn(SecurityWarning(ROOT_DISCOURAGED.format(uid=0, euid=0, gid=0, egid=0)))
warnings.warn(SecurityWarning("the pickle of a message"))
warnings.warn("something else")
"""


def warned(options: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, *options, "-c", WARN], capture_output=True, text=True, check=True
    )
    return done.stderr


def test_the_workers_leave_out_what_up_has_said_of_root_and_no_other_warning():
    told = warned(["-W", f"ignore:{up.ROOT_WARNING}"])
    assert "superuser" not in told
    assert "the pickle of a message" in told
    assert "something else" in told


def test_celery_still_words_its_warning_so():
    assert ROOT_DISCOURAGED.lstrip().startswith(up.ROOT_WARNING)
    assert "superuser" in warned([])


def test_the_warning_is_left_out_only_where_up_says_it_itself():
    assert ("-W" in up.CELERY) == (os.geteuid() == 0)
