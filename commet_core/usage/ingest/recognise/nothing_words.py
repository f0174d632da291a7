"""How software writes that there is nothing, where a file has no empty cell for it."""

from __future__ import annotations

from typing import Final

STAND_FOR_NOTHING: Final = (
    *("null", "none", "nan", "n/a", "na", "#n/a", "nil", "nat", "undefined", r"\n", "-", "--"),
    *("(null)", "(none)", "(blank)", "(empty)", "<null>", "<none>", "<na>", "[null]"),
    *("#div/0!", "#name?", "#null!", "#num!", "#ref!", "#value!"),
)
"""In small letters, and of ASCII. A database writes `\\N`."""
