"""Finds the texts that Python code hands to people and that are not marked for translation."""

import ast
from collections.abc import Iterator

#: Keywords whose value people read: of form and model fields, and of admin columns and actions.
KEYWORDS = {"help_text", "label", "verbose_name", "verbose_name_plural"}
#: The decorators of the admin that say what a column or an action is.
DECORATORS = {"display", "action"}
#: Calls whose first argument people read.
REFUSALS = {
    "ValidationError",
    "PlantError",
    "LifeError",
    "LogRefused",
    "NotAsked",
    "CannotUndo",
    "in_words",
}
#: Calls whose second argument people read; the first is the request, or the name of a field.
SAYING = {"success", "info", "warning", "error", "message_user", "add_error"}
SPEAKERS = {"messages", "self", "form"}
#: Of these the first argument is a model.
RELATED = {"ForeignKey", "OneToOneField", "ManyToManyField"}
CHOICES = {"TextChoices", "IntegerChoices"}
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "format_lazy"}


def name_of(node: ast.expr) -> str:
    """Return the last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_text(node: ast.expr) -> bool:
    """Tell whether a node is a text with a word in it, written out here."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(map(str.isalpha, node.value))
    return isinstance(node, ast.JoinedStr) and any(
        any(map(str.isalpha, part.value))
        for part in node.values
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _texts_in(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the texts that a value can be: itself, or a branch of a condition."""
    if isinstance(node, ast.IfExp):
        yield from _texts_in(node.body)
        yield from _texts_in(node.orelse)
    elif is_text(node):
        yield node


def _of_call(call: ast.Call) -> Iterator[ast.expr]:
    called = name_of(call.func)
    if called in MARKS:
        return
    for keyword in call.keywords:
        if (
            keyword.arg in KEYWORDS
            or (keyword.arg == "hint" and called in REFUSALS)
            or (keyword.arg == "description" and called in DECORATORS)
        ):
            yield from _texts_in(keyword.value)
        elif keyword.arg == "error_messages" and isinstance(keyword.value, ast.Dict):
            for value in keyword.value.values:
                yield from _texts_in(value)
    if called in REFUSALS:
        for argument in call.args[:2]:
            yield from _texts_in(argument)
    elif (
        called in SAYING
        and isinstance(call.func, ast.Attribute)
        and name_of(call.func.value) in SPEAKERS
        and len(call.args) > 1
    ):
        yield from _texts_in(call.args[1])
    elif (
        called.endswith("Field")
        and called not in RELATED
        and isinstance(call.func, ast.Attribute)
        and name_of(call.func.value) == "models"
    ):
        for argument in call.args[:1]:
            yield from _texts_in(argument)


def _of_class(found: ast.ClassDef) -> Iterator[ast.expr]:
    is_choices = any(name_of(base) in CHOICES for base in found.bases)
    for statement in found.body:
        if not isinstance(statement, ast.Assign):
            continue
        target, value = name_of(statement.targets[0]), statement.value
        if is_choices and isinstance(value, ast.Tuple):
            yield from _texts_in(value.elts[-1])
        elif target == "default_error_messages" and isinstance(value, ast.Dict):
            for text in value.values:
                yield from _texts_in(text)
        elif target in {"verbose_name", "verbose_name_plural"} or (
            target == "title" and any("Filter" in name_of(base) for base in found.bases)
        ):
            yield from _texts_in(value)


def texts(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield every text of a module that people read and that no mark stands around."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.ClassDef):
            yield from _of_class(node)


def unmarked(source: str) -> list[str]:
    """Return those texts of a module's source, each with its line."""
    return [f"{node.lineno}: {ast.unparse(node)}" for node in texts(ast.parse(source))]
