"""Values that can be sold: a range and a step of exact decimals, written LOW:HIGH:STEP (decisions.md 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import parse_decimal, plain

GRID_MAX: Final = 2000
"""The most points that are all replayed (decisions.md 6.1)."""

STEPS_MAX: Final = 1_000_000
_FORM: Final = "Write it as LOW:HIGH:STEP, for example 19:99:1 or 0.01:0.05:0.005"


@dataclass(frozen=True)
class Grid:
    """low, low + step, … up to high. Exact decimals; `high` is on the grid only where the steps reach it."""

    low: Decimal
    high: Decimal
    step: Decimal

    def __len__(self) -> int:
        return int((self.high - self.low) // self.step) + 1

    def value(self, place: int) -> Decimal:
        return self.low + place * self.step

    @property
    def values(self) -> tuple[Decimal, ...]:
        return tuple(self.value(place) for place in range(len(self)))

    def __str__(self) -> str:
        return ":".join(plain(number).replace(",", "") for number in (self.low, self.high, self.step))


def parse_grid(text: str, where: str) -> Grid:
    """The grid that is written. Raises InputError, `where` naming the term, for a range without a step and the like."""
    parts = [part.strip() for part in text.split(":")]
    if len(parts) == 2:
        raise InputError.of(where, f"{text!r} has no step", f"Say how far apart two prices you could sell are. {_FORM}")
    if len(parts) != 3:
        raise InputError.of(where, f"{text!r} is not a range", _FORM)
    try:
        low, high, step = (parse_decimal(part) for part in parts)
    except ValueError as error:
        raise InputError.of(where, str(error), _FORM) from None
    return checked(Grid(low, high, step), where)


def checked(grid: Grid, where: str) -> Grid:
    """The grid. Raises InputError where it has no step, no values or too many."""
    if grid.step <= 0:
        raise InputError.of(
            where, f"the step is {plain(grid.step)}", "Give a step above 0, as far apart as two prices you could sell"
        )
    if grid.high < grid.low:
        what = f"the range ends at {plain(grid.high)}, below its beginning {plain(grid.low)}"
        raise InputError.of(where, what, "Give the lower value first")
    if (grid.high - grid.low) / grid.step >= STEPS_MAX:
        raise InputError.of(where, f"the range has more than {STEPS_MAX:,} steps", "Give a larger step or a shorter range")
    return grid
