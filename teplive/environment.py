"""Reading settings from the environment; what is wrong is collected, named and shown by a check.

A bad value must not end in a traceback: the reader keeps the default, notes the problem, and
`teplive.checks` turns each note into a system check error that names the variable.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones


@dataclass(frozen=True)
class Problem:
    """One environment variable that cannot be used, and what would do."""

    variable: str
    message: str
    hint: str


class Environment:
    """Typed access to `os.environ` that collects problems instead of raising."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def text(self, name: str, default: str = "") -> str:
        """Return the variable stripped, or the default where it is unset or empty."""
        return os.environ.get(name, "").strip() or default

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes/no variable."""
        raw = self.text(name).lower()
        if not raw:
            return default
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off"}:
            return False
        self.refuse(name, f"{raw!r} is neither yes nor no", "Use 1 or 0.")
        return default

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number between `low` and `high`."""
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = int(raw)
        except ValueError:
            value = low - 1
        if low <= value <= high:
            return value
        self.refuse(name, f"{raw!r} is not a whole number from {low} to {high}", f"E.g. {default}.")
        return default

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a number between `low` and `high`, None where it is unset."""
        raw = self.text(name)
        if not raw:
            return None
        try:
            value = float(raw)
        except ValueError:
            value = low - 1
        if low <= value <= high:
            return value
        self.refuse(name, f"{raw!r} is not a number from {low:g} to {high:g}", "Or unset it.")
        return None

    def names(self, name: str, default: list[str]) -> list[str]:
        """Return a comma-separated list."""
        raw = self.text(name)
        return [part.strip() for part in raw.split(",") if part.strip()] if raw else default

    def times(self, name: str, default: list[str]) -> list[str]:
        """Return a comma-separated list of times of day such as 06:00."""
        found = self.names(name, default)
        for text in found:
            try:
                datetime.strptime(text, "%H:%M")
            except ValueError:
                self.refuse(name, f"{text!r} is no time of day", f"E.g. {','.join(default)}.")
                return default
        return found

    def zone(self, name: str, default: str) -> str:
        """Return the name of a time zone."""
        found = self.text(name, default)
        if found in available_timezones():
            return found
        self.refuse(name, f"{found!r} is no time zone", "Name one like Europe/Berlin, or UTC.")
        return default

    def folder(self, name: str, default: Path) -> Path:
        """Return a folder, created if it can be."""
        path = Path(self.text(name, str(default))).expanduser().resolve()
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self.refuse(name, f"the folder {path} cannot be made: {error}", "Name a writable one.")
            default.mkdir(parents=True, exist_ok=True)
            return default
        if not os.access(path, os.W_OK):
            self.refuse(name, f"the folder {path} is not writable", "Name a writable one.")
        return path

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """Return a URL of one of the schemes."""
        raw = self.text(name)
        if not raw:
            return default
        try:
            parts = urlsplit(raw)
            scheme = parts.scheme if parts.port is None or parts.port else ""
        except ValueError:  # e.g. a password with a / in it, which must be written %2F
            self.refuse(name, "it cannot be read as a URL", "Write / # ? @ : in it as %2F %23 ...")
            return default
        if scheme in schemes:
            return raw
        # The value is not repeated: a database URL carries a password.
        self.refuse(name, f"its scheme is {scheme!r}", f"It must start with {schemes[0]}://")
        return default

    def secret(self, name: str, file: Path) -> str:
        """Return the variable, or a random value kept in `file` (mode 0600) from first use on."""
        value = self.text(name)
        if value:
            return value
        try:
            return file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            value = secrets.token_urlsafe(50)
            try:
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another process was quicker
                return file.read_text(encoding="ascii").strip()
            with os.fdopen(descriptor, "w", encoding="ascii") as handle:
                handle.write(value)
            return value

    def refuse(self, name: str, message: str, hint: str) -> None:
        """Note that a variable cannot be used."""
        self.problems.append(Problem(name, message, hint))
