"""What depends on a value alone and is asked for again and again: worked out once, and kept with the value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Self, TypeVar, overload

T = TypeVar("T")


class cached_property(functools.cached_property[T]):  # noqa: N801, TID251  # it stands where Python's own would
    """Python's own, without a lock that all values of a class share while one of them is at work.

    Up to Python 3.11 the property of one replay waits for that of another, and where its work goes on in several threads, which
    ask other replays for the same, for ever. Later Pythons have no such lock. Two threads that ask one value at once may both
    work it out; both get what was there first.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Self | T:
        if instance is None:
            return self
        assert self.attrname is not None
        kept: dict[str, T] = instance.__dict__
        return kept[self.attrname] if self.attrname in kept else kept.setdefault(self.attrname, self.func(instance))


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
