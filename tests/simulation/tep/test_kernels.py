"""The cache of compiled kernels, and the core's independence."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from simulation.tep import _jit

ROOT = Path(__file__).resolve().parents[3]


def python(*lines: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "one.py").write_text("x = 1\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(_jit.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    return folder


def test_the_cache_follows_every_source(package):
    first = _jit.cache_folder(package)
    assert first.parent == package / "__pycache__"
    assert _jit.cache_folder(package) == first
    (package / "two.py").write_text("y = 2\n")
    second = _jit.cache_folder(package)
    assert second != first
    (package / "one.py").write_text("x = 3\n")
    assert _jit.cache_folder(package) not in (first, second)


def test_old_caches_are_swept_and_young_ones_spared(package):
    old = _jit.cache_folder(package)
    (package / "two.py").write_text("y = 2\n")
    young = _jit.cache_folder(package)
    os.utime(old, (0, 0))
    (package / "three.py").write_text("z = 3\n")
    new = _jit.cache_folder(package)
    assert not old.exists()
    assert young.exists()
    assert new.exists()


def test_a_checkout_that_cannot_be_written_uses_the_users_cache_then_the_temporary_one(
    package, tmp_path
):
    (package / "__pycache__").write_text("in the way")
    assert _jit.cache_folder(package).parent == tmp_path / "cache" / "teplive"
    (tmp_path / "cache" / "teplive").rename(tmp_path / "moved")
    (tmp_path / "cache" / "teplive").write_text("in the way")
    assert _jit.cache_folder(package).parent.parent == tmp_path / "temporary"


def test_without_any_writable_place_there_is_no_cache(package, monkeypatch):
    monkeypatch.setattr(_jit, "_prepare", lambda root, name: None)
    assert _jit.cache_folder(package) is None


def test_a_cache_others_could_write_is_not_used(package, monkeypatch):
    monkeypatch.setattr(_jit, "_is_ours", lambda folder: False)
    assert _jit.cache_folder(package) is None


def test_a_kernel_compiles_without_a_cache_too(monkeypatch):
    monkeypatch.setattr(_jit, "CACHE_FOLDER", None)
    twice = _jit.kernel(lambda x: 2.0 * x)
    assert twice(3.0) == 6.0


def test_other_users_of_numba_keep_their_cache_folder():
    import simulation.tep.integrate  # noqa: F401

    assert str(numba.config.CACHE_DIR) == os.environ.get("NUMBA_CACHE_DIR", "")


def test_every_kernel_of_the_process_is_compiled_for_one_set_of_types_only():
    from simulation.tep import warm_up

    warm_up()
    assert _jit.CACHE_FOLDER is not None
    modules = (
        "thermo",
        "vessels",
        "process",
        "balances",
        "measurements",
        "evaluation",
        "integrate",
    )
    kernels = [
        path.name.split("-")[0]  # module.function
        for path in _jit.CACHE_FOLDER.rglob("*.nbc")
        if path.name.split(".")[0] in modules
    ]
    assert "integrate.run" in kernels
    assert len(kernels) == len(set(kernels)) >= 20


def test_the_core_knows_no_django_and_its_tables_need_no_compiler():
    out = python(
        "import sys, simulation.tep as tep",
        "tep.PlantState, tep.LABELS, tep.trip_reason, tep.fresh_seed(1)",
        "print('numba' in sys.modules)",
        "tep.warm_up()",
        "print('numba' in sys.modules, any(m.split('.')[0] == 'django' for m in sys.modules))",
    )
    assert out.split() == ["False", "True", "False"]


def test_all_public_names_exist():
    import simulation.tep as tep

    for name in tep.__all__:
        assert getattr(tep, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tep.nothing
