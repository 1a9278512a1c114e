"""Named settings of any application, written to a file and read from one.

An application declares what its presets are (`register`); pages and commands work on all of them.
"""

from accounts.presets.kinds import PresetKind, all_kinds, kind_named, kind_of, register

__all__ = ["PresetKind", "all_kinds", "kind_named", "kind_of", "register"]
