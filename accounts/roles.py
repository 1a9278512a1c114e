"""The four roles as Django groups, and what each may do.

Every logged-in user may look at everything. The groups are made after each `migrate`; a
permission that a role lacks is added then, and nothing that a site has added is taken away.
Membership in `engineer` or `admin` marks a user as staff, so that the admin lets them in; whoever
leaves the last of these groups loses the mark again, unless they are a superuser.
"""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

VIEWER, OPERATOR, ENGINEER, ADMIN = "viewer", "operator", "engineer", "admin"
STAFF_ROLES = (ENGINEER, ADMIN)


def _changing(app_label: str, *models: str) -> list[str]:
    return [
        f"{app_label}.{verb}_{model}"
        for model in models
        for verb in ("view", "add", "change", "delete")
    ]


_OPERATOR = (
    "simulation.operate_plant",
    "simulation.inject_fault",
    "simulation.feed_plant",
    "explainer.request_explanation",
    "monitoring.acknowledge_alarm",
    "monitoring.shelve_alarm",
    "monitoring.write_log",
)
_ENGINEER = (
    *_OPERATOR,
    "accounts.view_auditentry",
    "monitoring.tune_detector",
    "monitoring.share_dashboard",
    *_changing("simulation", "plant", "speedpreset", "faultpreset"),
    "simulation.view_run",
    "simulation.view_reading",
    "simulation.view_hand",
    "simulation.view_injection",
    "simulation.view_ingestcount",
    "simulation.view_plantevent",
    *_changing("monitoring", "analysispreset", "detectormodel"),
    "monitoring.view_detectorsettings",
    "monitoring.change_detectorsettings",
    "monitoring.view_analysis",
    "monitoring.view_alarm",
    "monitoring.manage_alarms",
    *_changing("monitoring", "alarmdefinition"),
    "monitoring.view_alarmoccurrence",
    "monitoring.view_alarmjournalentry",
    "monitoring.view_eventframe",
    "monitoring.view_shelving",
    "monitoring.view_diagnosismodel",
    "monitoring.view_alarmdiagnosis",
    "monitoring.view_detectorevaluation",
    "explainer.view_explanation",
    "explainer.view_providerconfig",
    "explainer.change_providerconfig",
    "explainer.view_promptversion",
    "explainer.add_promptversion",
    "explainer.change_promptversion",
    "explainer.view_askingsettings",
    "explainer.change_askingsettings",
    "explainer.view_budget",
    "explainer.view_spending",
    "explainer.view_assessment",
    "explainer.view_question",
)

#: Permissions of each role; the admin role has every permission there is.
ROLES: dict[str, tuple[str, ...]] = {
    VIEWER: (),
    OPERATOR: _OPERATOR,
    ENGINEER: _ENGINEER,
    ADMIN: ("*",),
}


def permissions_of(role: str) -> "QuerySet[Permission]":
    """Return the permissions of a role that exist in the database."""
    names = ROLES[role]
    if "*" in names:
        return Permission.objects.all()
    wanted = Q(pk__in=[])
    for name in names:
        app_label, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(wanted)


def role_needed(permission: str) -> str:
    """Return the least role that has a permission."""
    return next((role for role, names in ROLES.items() if permission in names), ADMIN)


def make_roles(sender: AppConfig | None = None, using: str = "default", **kwargs: Any) -> None:
    """Make the groups and add the permissions they lack; running it again changes nothing.

    It follows the migration of this application, which is last in INSTALLED_APPS, so that the
    permissions of all others exist by then.
    """
    for role in ROLES:
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.add(*permissions_of(role).using(using))


def settle_staff(
    sender: type,
    instance: Any,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    using: str = "default",
    **kwargs: Any,
) -> None:
    """Mark as staff whoever joins `engineer` or `admin`, unmark whoever leaves the last of them."""
    if action == "pre_clear" and reverse:
        # After the clearing nobody can tell any more who was a member.
        instance.cleared_members = list(instance.user_set.values_list("pk", flat=True))
        return
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    if not reverse:
        pks = [instance.pk]
    elif action == "post_clear":
        pks = instance.__dict__.pop("cleared_members", [])
    else:
        pks = list(pk_set or ())
    joined = action == "post_add"
    if joined and not _names_a_staff_role(instance, reverse, pk_set, using):
        return
    users = get_user_model()._default_manager.using(using).filter(pk__in=pks)
    in_staff_role = Q(groups__name__in=STAFF_ROLES)
    found = (
        users.filter(in_staff_role, is_staff=False)
        if joined
        else users.filter(is_staff=True, is_superuser=False).exclude(in_staff_role)
    )
    changed = set(found.values_list("pk", flat=True))
    users.filter(pk__in=changed).update(is_staff=joined)
    if not reverse and instance.pk in changed:
        instance.is_staff = joined


def _names_a_staff_role(instance: Any, reverse: bool, pk_set: set[Any] | None, using: str) -> bool:
    """Whether the groups of this change include one that makes staff."""
    if reverse:
        return instance.name in STAFF_ROLES
    added = Group.objects.using(using).filter(pk__in=pk_set or (), name__in=STAFF_ROLES)
    return added.exists()
