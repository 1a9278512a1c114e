"""Four roles, made by migrate, and the staff mark of two of them."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from accounts.roles import ROLES, make_roles, permissions_of, role_needed

pytestmark = pytest.mark.django_db

OPERATE = "simulation.operate_plant"
INJECT = "simulation.inject_fault"
TUNE = "monitoring.tune_detector"


def test_migrate_makes_the_four_groups():
    assert set(Group.objects.values_list("name", flat=True)) >= set(ROLES)


def test_making_the_roles_again_changes_nothing():
    before = {g.name: set(g.permissions.all()) for g in Group.objects.all()}
    make_roles()
    make_roles()
    assert {g.name: set(g.permissions.all()) for g in Group.objects.all()} == before


def test_making_the_roles_again_keeps_what_a_site_added_and_restores_what_is_missing():
    viewer, operator = Group.objects.get(name="viewer"), Group.objects.get(name="operator")
    extra = Permission.objects.get(codename="view_alarm")
    viewer.permissions.add(extra)
    operator.permissions.clear()
    make_roles()
    assert list(viewer.permissions.all()) == [extra]
    assert operator.permissions.filter(codename="operate_plant").exists()


def test_every_permission_that_a_role_names_exists():
    for role, names in ROLES.items():
        if "*" not in names:
            assert permissions_of(role).count() == len(set(names)), role


def test_migrating_again_says_nothing_is_to_do(capsys):
    call_command("migrate", verbosity=1)
    assert "No migrations to apply" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("nobody", set()),
        ("viewer", set()),
        ("operator", {OPERATE, INJECT}),
        ("engineer", {OPERATE, INJECT, TUNE}),
        ("admin", {OPERATE, INJECT, TUNE}),
        ("superuser", {OPERATE, INJECT, TUNE}),
    ],
)
def test_a_role_has_its_permissions_and_no_more(make_user, role, allowed):
    user = make_user(role)
    assert {p for p in (OPERATE, INJECT, TUNE) if user.has_perm(p)} == allowed


def test_an_admin_may_manage_users_and_an_engineer_may_not(make_user):
    assert make_user("admin").has_perm("auth.change_user")
    assert not make_user("engineer").has_perm("auth.change_user")
    assert not User.objects.get(username="engineer").has_perm("accounts.change_apitoken")


def test_the_least_role_that_has_a_permission_is_named():
    assert role_needed(OPERATE) == "operator"
    assert role_needed(TUNE) == "engineer"
    assert role_needed("auth.add_user") == "admin"


@pytest.mark.parametrize(
    ("role", "staff"),
    [("viewer", False), ("operator", False), ("engineer", True), ("admin", True)],
)
def test_engineers_and_admins_are_staff(make_user, role, staff):
    assert make_user(role).is_staff is staff


def test_the_mark_comes_from_the_groups_side_too():
    user = User.objects.create_user("eve")
    Group.objects.get(name="engineer").user_set.add(user)
    user.refresh_from_db()
    assert user.is_staff


def test_the_user_in_hand_knows_of_the_mark():
    user = User.objects.create_user("eve")
    user.groups.add(Group.objects.get(name="engineer"))
    user.save()
    user.refresh_from_db()
    assert user.is_staff


def test_joining_a_group_without_the_admin_gives_no_mark():
    user = User.objects.create_user("eve")
    user.groups.add(Group.objects.create(name="guests"), Group.objects.get(name="viewer"))
    user.refresh_from_db()
    assert not user.is_staff


def leave_one_by_one(user):
    user.groups.remove(*user.groups.all())


def leave_all(user):
    user.groups.clear()


def get_thrown_out(user):
    Group.objects.get(name="engineer").user_set.remove(user)


def see_the_group_emptied(user):
    Group.objects.get(name="engineer").user_set.clear()


WAYS_OUT = [leave_one_by_one, leave_all, get_thrown_out, see_the_group_emptied]


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_whoever_leaves_loses_the_mark(make_user, leave):
    user = make_user("engineer")
    leave(user)
    user.refresh_from_db()
    assert not user.is_staff


@pytest.mark.parametrize("leave", [get_thrown_out, see_the_group_emptied])
def test_whoever_is_still_an_admin_keeps_it(make_user, leave):
    user = make_user("engineer")
    user.groups.add(Group.objects.get(name="admin"))
    leave(user)
    user.refresh_from_db()
    assert user.is_staff


@pytest.mark.parametrize("leave", WAYS_OUT)
def test_a_superuser_keeps_it(make_user, leave):
    user = make_user("superuser")
    user.groups.add(Group.objects.get(name="engineer"))
    leave(user)
    user.refresh_from_db()
    assert user.is_staff
