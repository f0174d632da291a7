"""Regular expressions that are compiled when they are first used: those that a command never looks for take a tenth of its start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    late_pattern = re.compile
else:

    class late_pattern:  # noqa: N801  # it stands for a function
        """Stands for `re.compile` of the same arguments."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._arguments = text, flags

        def __getattr__(self, name: str) -> Any:
            found = getattr(re.compile(*self._arguments), name)
            self.__dict__[name] = found
            return found
