"""What the earlier interface answers where this system does not do what is asked."""

from http import HTTPStatus

from rest_framework.exceptions import APIException


class NotHere(APIException):
    """501: this system does not do it, or not yet; `hint` says what it does instead."""

    status_code = HTTPStatus.NOT_IMPLEMENTED

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Unusable(NotHere):
    """422: what was sent is well-formed, but cannot be used."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
