"""The plant: simulator, clock steps, readings. Knows no other application but the accounts."""

#: Version of the product, as told by models' cards and the status.
VERSION = "0.1.0"
