"""What a plant tells whoever listens. A signal is a hint: it carries ids, never data."""

from django.dispatch import Signal

#: New readings are committed. Arguments: `plant_ids` (list of int).
plant_sampled = Signal()

#: State, speed, run or injections of a plant changed. Arguments: `plant_id` (int).
plant_changed = Signal()

#: A branch has been prepared, before its first own step. Arguments: `plant_id` (int).
plant_branched = Signal()

#: A forecast of a plant was stored. Arguments: `plant_id` (int).
forecast_made = Signal()
