"""Every visible text of a template, form, model, refusal and script can be translated."""

from pathlib import Path

import pytest
from django.template.loader import get_template

from tests import python_marks, script_marks
from tests.translation_marks import unmarked

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
SCRIPTS = ROOT / "static" / "js"
PACKAGES = ("accounts", "earlier", "explainer", "monitoring", "simulation", "teplive")
#: Free of Django, or written for programs and terminals alone.
ENGLISH = {"migrations", "management", "tep"}
MODULES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if not ENGLISH & set(path.relative_to(ROOT).parts)
    and path != ROOT / "monitoring/alarms/life.py"
]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ('{% load i18n %}<p>{% translate "Hello" %}</p>', []),
        ("<p>{% blocktranslate with n=user.name %}Hello {{ n }}{% endblocktranslate %}</p>", []),
        ('<a title="Go there" href="/x">1 h</a>', ["Go there"]),
        ('<a title="{% translate \'Go there\' %}" href="/x">1 h</a>', []),
        ('<p class="a{% if b > 1 %} c{% endif %}">{{ d }} °C</p>', []),
        ("<code>manage.py up</code> T² {# a remark #}", []),
    ],
)
def test_the_finder_finds_words_that_are_not_marked(source, found):
    assert unmarked(source) == found


@pytest.mark.parametrize(
    "path",
    sorted(TEMPLATES.rglob("*.html")),
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_a_template_has_no_words_outside_a_translation(path):
    assert unmarked(path.read_text()) == []


@pytest.mark.parametrize(
    "name", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
)
def test_a_template_can_be_read(name):
    get_template(name)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('name = forms.CharField(label="Name", help_text=_("Yours."))', ["1: 'Name'"]),
        ('size = models.FloatField("size (m)")', ["1: 'size (m)'"]),
        ('plant = models.ForeignKey("Plant", on_delete=1)', []),
        ('raise ValidationError(f"No {name}.")', ["1: f'No {name}.'"]),
        ('raise PlantError(gettext("It is off."), "Start it.")', ["1: 'Start it.'"]),
        ('messages.success(request, "Done." if is_done else _("Not done."))', ["1: 'Done.'"]),
        ('logger.error("the broker is away: %s", error)', []),
        ('class State(models.TextChoices):\n    ON = "on", "switched on"', ["2: 'switched on'"]),
        ('class State(models.TextChoices):\n    ON = "on", _("switched on")', []),
    ],
)
def test_the_finder_finds_texts_of_the_code_that_are_not_marked(source, found):
    assert python_marks.unmarked(source) == found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_no_text_for_people_outside_a_translation(path):
    assert python_marks.unmarked(path.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('a.textContent = "No sample";', ["1: No sample"]),
        ('a.textContent = gettext("No sample");', []),
        ('ngettext("%(count)s new tag", "%(count)s new tags", count)', []),
        ("a.title = `limit ${short(limit)}`;", ["1: limit ${short(limit)}"]),
        ('a.title = on ? gettext("Copied.") : "Failed.";', ["1: Failed."]),
        ('document.querySelector(".groups label"); // Some words', []),
        ('ctx.font = "11px system-ui, sans-serif";', []),
    ],
)
def test_the_finder_finds_texts_of_a_script_that_are_not_marked(source, found):
    assert script_marks.unmarked(source) == found


@pytest.mark.parametrize(
    "path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: str(path.relative_to(SCRIPTS))
)
def test_a_script_has_no_words_outside_a_translation(path):
    assert script_marks.unmarked(path.read_text()) == []


def test_the_words_of_scripts_are_there_for_everybody_without_a_query(client):
    answer = client.get("/words.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert "max-age=3600" in answer["Cache-Control"]
    assert "django.gettext = function" in answer.content.decode()
