"""What a plant refuses."""


class PlantError(Exception):
    """An operation that the plant's present state does not allow; `hint` says what would help."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
