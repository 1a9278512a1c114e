"""What the server says of a citation."""

SUPPORTED = "supported"
WRONG_DIRECTION = "wrong direction"
WRONG_SIZE = "wrong size"
ABSENT = "not in the data"
