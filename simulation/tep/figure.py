"""Runs as pictures, where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.tep.files import check_folder, whole_file
from simulation.tep.optional import require
from simulation.tep.variables import VARIABLES, index_of

if TYPE_CHECKING:
    from simulation.tep.result import RunResult

# Reactor pressure, level and temperature, separator and stripper levels, coolant valve
DEFAULT_LABELS = ("XMEAS(7)", "XMEAS(8)", "XMEAS(9)", "XMEAS(12)", "XMEAS(15)", "XMV(10)")
_COLOURS = {"trip": "tab:red", "injection": "tab:orange", "injection end": "tab:green"}


def draw(result: RunResult, labels: Iterable[str] | None, path: str | Path | None) -> Any:
    """Draw one panel for each label, with a line at every event; save it if ``path`` is given."""
    names = tuple(DEFAULT_LABELS if labels is None else labels)
    variables = [VARIABLES[index_of(name)] for name in names]
    figure_class = require("matplotlib.figure", "a plot").Figure
    figure = figure_class(figsize=(10.0, 1.0 + 1.8 * len(names)), layout="constrained")
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for panel, variable in zip(panels, variables, strict=True):
        panel.plot(result.hours, result[variable.label], linewidth=0.8, color="tab:blue")
        panel.set_ylabel(f"{variable.label}\n{variable.unit}")
        panel.set_title(variable.description, fontsize="small", loc="left")
        for event in result.events:
            panel.axvline(event.hours, color=_COLOURS.get(event.kind, "tab:gray"), linewidth=0.8)
    panels[-1].set_xlabel("plant time, h")
    if path is not None:
        target = check_picture(path)
        with whole_file(target) as temporary:
            figure.savefig(temporary)
    return figure


def check_picture(path: str | Path) -> Path:
    """Return ``path`` if a picture can be saved there, before anything is simulated.

    ValueError for an unknown ending, OSError for a place that cannot be written,
    MissingPackageError without matplotlib.
    """
    target = Path(path)
    figure = require("matplotlib.figure", "a plot").Figure()
    known = sorted(figure.canvas.get_supported_filetypes())
    if target.suffix.lower().lstrip(".") not in known:
        raise ValueError(f"{target}: a picture's ending is one of {', '.join(known)}")
    check_folder(target)
    return target
