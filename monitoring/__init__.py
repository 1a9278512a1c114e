"""The control room: detection, alarms, live pages. Knows the plant, not who explains it."""
