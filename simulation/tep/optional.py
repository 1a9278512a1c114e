"""Packages that make the library handier and that it does without."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MissingPackageError(ImportError):
    """A package that is needed for what was asked is not installed; says how to install it."""


def require(module: str, purpose: str) -> Any:
    """Import and return a module; MissingPackageError names what to install for ``purpose``."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"{purpose} needs {package}, which cannot be imported ({error}). "
            f"Install it: pip install {package}"
        ) from error
