"""The running product for end-to-end tests."""

import shutil

import pytest

from tests.stack import Stack, make_empty_database, manage


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A data folder with a migrated database and a small detector, made once."""
    folder = tmp_path_factory.mktemp("prepared")
    make_empty_database()
    for command in (
        ["migrate", "-v0"],
        ["fitdetector", "--runs", "2", "--limit-runs", "6", "--hours", "24"],
    ):
        done = manage(folder, *command)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def data_dir(prepared, tmp_path):
    """A copy of the prepared data folder."""
    return shutil.copytree(prepared, tmp_path / "data")


@pytest.fixture(scope="session")
def running_product(prepared, tmp_path_factory):
    """The product, started once: whoever kills a part of it waits until it is back."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("shared") / "data")
    running = Stack(folder).start()
    yield running
    running.stop()


@pytest.fixture
def stack(running_product):
    """The running product with its plant in a new run at one sample a second."""
    running_product.request("/api/plants/1/speed", {"preset": "demo"})
    running_product.request("/api/plants/1/reset", {})
    running_product.wait_plant("a new run", lambda p: p["state"] == "running" and p["analyses"])
    return running_product
