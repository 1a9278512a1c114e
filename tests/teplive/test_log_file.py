"""The log of `manage.py up`: everything is in it, and it cannot fill the disk."""

import re
import threading

from teplive.log_file import LONGEST_LINE, LogFile


def test_each_line_has_its_time_and_none_is_torn_by_another_thread(tmp_path):
    log = LogFile(tmp_path / "log", 10, 5)
    threads = [
        threading.Thread(target=lambda n=n: [log.write(f"child{n} | line {i}") for i in range(200)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = log.path.read_text().splitlines()
    assert len(lines) == 800
    assert all(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ child\d \| line \d+", x) for x in lines
    )


def test_files_are_limited_in_size_and_number(tmp_path):
    log = LogFile(tmp_path / "log", 1, 3)
    for _ in range(1000):
        log.write("x" * 9_000)
    files = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert files == ["teplive.log", "teplive.log.1", "teplive.log.2"]
    assert all(path.stat().st_size <= 1_000_000 for path in (tmp_path / "log").iterdir())


def test_an_endless_line_is_cut(tmp_path):
    log = LogFile(tmp_path / "log", 1, 2)
    log.write("y" * 5_000_000)
    assert log.path.stat().st_size < LONGEST_LINE + 100


def test_a_disk_that_refuses_costs_lines_and_nothing_else(tmp_path, capfd):
    log = LogFile(tmp_path / "log", 1, 2)
    log.path.mkdir()  # cannot be opened as a file
    log.write("a line")
    assert capfd.readouterr() == ("", "")


def test_zero_megabytes_is_no_file(tmp_path):
    LogFile(tmp_path / "log", 0, 5).write("a line")
    assert not (tmp_path / "log").exists()
