"""What depends on a value alone and is asked for again and again: worked out once, and kept with the value."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")


class KeepsDerived:
    """A value that does not change, with what was derived of it."""

    @cached_property
    def _derived(self) -> dict[str, Any]:
        return {}

    def derived(self, key: str, derive: Callable[[], T]) -> T:
        """Something that depends on this value alone, kept for the next time."""
        if key not in self._derived:
            self._derived[key] = derive()
        derived: T = self._derived[key]
        return derived
