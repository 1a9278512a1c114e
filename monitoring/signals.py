"""What the detector tells whoever listens. A signal is a hint: it carries ids, never data."""

from django.dispatch import Signal

#: An alarm was raised and is committed. Arguments: `alarm_id` (int).
alarm_raised = Signal()

#: An alarm has come to an age at which it is diagnosed again. Arguments: `alarm_id` (int).
alarm_aged = Signal()

#: An alarm was cleared and this is committed. Arguments: `alarm_id` (int).
alarm_cleared = Signal()

#: Somebody asks how the plants are. Arguments: `plants` (list of Plant). Each receiver returns a
#: dict: plant id -> fields to add to that plant's status.
status_requested = Signal()

#: Alarms of a plant changed, and this is committed. Arguments: `plant_id` (int).
alarms_changed = Signal()
