"""Bearer tokens for Django REST framework."""

from django.contrib.auth.models import AbstractBaseUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer tep_...`; a browser's session needs none of it."""

    realm = "TEP Live"

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiToken] | None:
        """Return user and token; None without a bearer header, so that a session may count."""
        scheme, _, rest = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            plain = rest.strip().decode("ascii")
        except UnicodeDecodeError:
            plain = ""
        token = ApiToken.find(plain) if plain else None
        if token is None:
            raise AuthenticationFailed("This API token is not known.")
        if token.is_revoked:
            raise AuthenticationFailed(f"The API token {token} was revoked.")
        if not token.user.is_active:
            raise AuthenticationFailed(
                f"The account {token.user.get_username()} is not active any more."
            )
        token.note_use()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge that goes with a 401."""
        return f'Bearer realm="{self.realm}"'
