"""Presets as a document."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.presets.document import write
from accounts.presets.kinds import PresetKind, all_kinds


def export(chosen: Mapping[PresetKind, Iterable[Any]] | None = None) -> str:
    """Return the document of the chosen presets; of all there are if none are named."""
    if chosen is None:
        chosen = {kind: kind.model._default_manager.order_by(*kind.key) for kind in all_kinds()}
    return write(
        {
            kind.name: [kind.values_of(preset) for preset in presets]
            for kind, presets in chosen.items()
        }
    )
