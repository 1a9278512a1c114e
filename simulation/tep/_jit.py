"""The one decorator of all compiled kernels, with a disk cache that cannot be stale.

Numba decides whether a cached kernel is fresh by the date of the kernel's own file; a change in
a function it calls goes unnoticed. Here the folder of the cache is named after a hash of every
source of this package and of the versions that take part, so other sources mean another folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import llvmlite
import numba
import numpy as np

_Function = TypeVar("_Function", bound=Callable[..., Any])
_PREFIX = "kernels-"
_STALE_AFTER_SECONDS = 3600.0  # a process of the old sources may still be starting beside us


def _digest(package: Path) -> str:
    digest = hashlib.sha256()
    versions = (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version())
    digest.update(repr(versions).encode())
    for source in sorted(package.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _is_ours(folder: Path) -> bool:
    """Tell whether nobody else can write here: cached kernels are code, and are executed."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not shared


def _roots(package: Path) -> list[Path]:
    roots = [package / "__pycache__"]
    with contextlib.suppress(RuntimeError):
        cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        roots.append(Path(cache_home) / "teplive")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return [*roots, Path(tempfile.gettempdir()) / f"teplive-{user}"]


def _prepare(root: Path, name: str) -> Path | None:
    """Return a writable cache folder below ``root``, or None where there cannot be one."""
    folder = root / name
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(root):
            return None
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if not _is_ours(folder):
            return None
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)
    except OSError:
        return None
    return folder


def _sweep(folder: Path) -> None:
    """Remove the caches of sources that are no more."""
    oldest = time.time() - _STALE_AFTER_SECONDS
    for other in folder.parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if other != folder and other.stat().st_mtime < oldest:
                shutil.rmtree(other, ignore_errors=True)


def cache_folder(package: Path | None = None) -> Path | None:
    """Find the cache folder of these sources; None if no place is writable (no disk cache)."""
    package = package or Path(__file__).resolve().parent
    name = _PREFIX + _digest(package)
    for root in _roots(package):
        folder = _prepare(root, name)
        if folder is not None:
            _sweep(folder)
            return folder
    return None


CACHE_FOLDER = cache_folder()


def kernel(function: _Function) -> _Function:
    """Compile ``function`` on first use: no GIL, IEEE arithmetic, x/0 as in NumPy, cached."""
    compiler: Any = numba
    options = {"nogil": True, "fastmath": False, "error_model": "numpy"}
    if CACHE_FOLDER is None:
        return compiler.njit(**options)(function)
    before = compiler.config.CACHE_DIR
    compiler.config.CACHE_DIR = str(CACHE_FOLDER)  # only now: other users of Numba keep theirs
    try:
        return compiler.njit(cache=True, **options)(function)
    finally:
        compiler.config.CACHE_DIR = before
