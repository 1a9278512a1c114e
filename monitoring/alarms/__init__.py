"""The life of alarms by ISA-18.2: what begins one, who deals with it, and what is kept of it."""
