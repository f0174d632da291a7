"""What is drawn is drawn until it is known to be worth comparing, and no longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from unittest import SkipTest

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

T = TypeVar("T")
Situation = Callable[..., bool]


class _Ended(SkipTest):
    """What Hypothesis takes for no failure, so that it neither repeats nor prints the last draw."""


def ends(drawn: st.SearchStrategy[T], is_last: Callable[[T], bool], draws_max: int, *, always_the_same: bool = False) -> bool:
    """Whether one of so many draws is the last one; after it nothing is drawn."""

    @settings(
        max_examples=draws_max, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(drawn)
    def draw(example: T) -> None:
        if is_last(example):
            raise _Ended

    with suppress(_Ended):
        (seed(1)(draw) if always_the_same else draw)()
        return False
    return True


def occurring(
    drawn: st.SearchStrategy[T], situations: Sequence[Situation], told: Callable[[T], tuple[Any, ...]]
) -> frozenset[Situation]:
    """Those that at least one of a thousand draws is in, all looked for in the same.

    told: what a situation is asked about a draw.
    """
    missing = set(situations)

    def is_last(example: T) -> bool:
        arguments = told(example)
        missing.difference_update([situation for situation in missing if situation(*arguments)])
        return not missing

    ends(drawn, is_last, draws_max=1_000)
    return frozenset(situations) - missing
