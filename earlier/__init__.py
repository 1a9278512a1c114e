"""The earlier system's interface, so that its bridge and scripts go on to work."""
