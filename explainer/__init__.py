"""The engineer: says what an alarm may mean. Knows the control room and never reads the truth."""
