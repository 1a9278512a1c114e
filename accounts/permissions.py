"""Permissions of Django as permission classes of REST framework."""

from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.errors import MayNot
from accounts.roles import role_needed


def may(permission: str) -> type[BasePermission]:
    """Return a class that lets every user read, and change only with a permission."""

    class May(IsAuthenticated):
        needed = permission

        def has_permission(self, request: Request, view: APIView) -> bool:
            if not super().has_permission(request, view):
                return False
            if request.method in SAFE_METHODS or request.user.has_perm(permission):
                return True
            raise MayNot(
                f"The account {request.user.get_username()} may not do this: "
                f"it lacks the permission {permission}.",
                f"The role {role_needed(permission)} has it; ask an admin to give it to you.",
            )

    return May
