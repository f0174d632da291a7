"""Strategies: when who moves, and what they are given, as they are written: `renewal`, `waves=3:1:newest`, `cap=20%:12`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, get_args

from commet_core.foundation.errors import InputError, Problem

Kind = Literal["renewal", "now", "waves", "grandfather", "cap", "opt_in"]
Order = Literal["smallest_rise", "newest", "segment"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

USUAL: Final = ("renewal", "now", "waves", "grandfather", "cap", "opt_in")
"""What is tried unless something else is asked for."""

EVER: Final = "ever"
MONTHS_MAX: Final = 600
WAVES_MAX: Final = 60
RISE_MAX: Final = 10_000

FORMS: Final = "renewal, now, opt_in, waves=NUMBER:MONTHS:ORDER (3:1:smallest_rise), grandfather=MONTHS (or ever), cap=PERCENT:MONTHS (20%:12)"


@dataclass(frozen=True)
class Strategy:
    """One way to move customers.

    text     as it is written, which tells it from others
    waves    how many, of about equal size; months: between one and the next; order: who is in the first
    months   of `grandfather`: before they move, None: they never do; of `cap`: how long it holds
    cap      the largest rise of a period's bill, as a share
    """

    text: str
    kind: Kind
    waves: int = 3
    order: Order = "smallest_rise"
    months: int | None = None
    cap: Decimal = Decimal("0.2")


def parse_strategies(texts: Sequence[str]) -> tuple[Strategy, ...]:
    """Strategies as they are written, each once. Raises InputError with the problems of them all."""
    found: dict[str, Strategy] = {}
    problems: list[Problem] = []
    for text in texts:
        strategy = _parsed(text.strip())
        if isinstance(strategy, Problem):
            problems.append(strategy)
        else:
            found[strategy.text] = strategy
    if not texts:
        problems.append(Problem("strategy", "none is named", f"Name some of {FORMS}"))
    if problems:
        raise InputError(problems)
    return tuple(found.values())


def _parsed(text: str) -> Strategy | Problem:
    name, _, given = text.partition("=")
    parts = [part.strip() for part in given.split(":")] if given else []
    where = f"strategy {text[:80]!r}"
    match name.strip():
        case "renewal" | "now" | "opt_in" as kind:
            return Problem(where, f"{kind} takes nothing after its name", f"Write {kind}") if parts else Strategy(text, kind)
        case "waves":
            return _waves(text, where, parts)
        case "grandfather":
            return _grandfather(text, where, parts)
        case "cap":
            return _cap(text, where, parts)
    return Problem(where, "is not one that is known", f"Write {FORMS}")


def _waves(text: str, where: str, parts: Sequence[str]) -> Strategy | Problem:
    number, between, order = [*parts, *("3", "1", "smallest_rise")[len(parts) :]][:3]
    count, months = _whole(number, WAVES_MAX), _whole(between, MONTHS_MAX)
    if len(parts) > 3 or count is None or months is None or count < 2:
        return Problem(where, f"says not how many waves, at least 2, and how many months apart: {text[:80]}", "Write waves=3:1")
    if order not in ORDERS:
        return Problem(where, f"{order!r} is no order", f"Use {', '.join(ORDERS[:-1])} or {ORDERS[-1]}")
    return Strategy(text, "waves", waves=count, months=months, order=ORDERS[ORDERS.index(order)])


def _grandfather(text: str, where: str, parts: Sequence[str]) -> Strategy | Problem:
    if not parts or parts == [EVER]:
        return Strategy(text, "grandfather")
    months = _whole(parts[0], MONTHS_MAX)
    if len(parts) > 1 or months is None:
        return Problem(where, "says not for how many months", "Write grandfather=12, or grandfather=ever")
    return Strategy(text, "grandfather", months=months)


def _cap(text: str, where: str, parts: Sequence[str]) -> Strategy | Problem:
    rise, during = [*parts, *("20%", "12")[len(parts) :]][:2]
    months = _whole(during, MONTHS_MAX)
    if len(parts) > 2 or months is None or not re.fullmatch(r"\d{1,5}(\.\d{1,4})?\s*%?", rise, re.ASCII):
        return Problem(where, "says not by how much a bill may rise, and for how many months", "Write cap=20%:12")
    share = Decimal(rise.rstrip("% "))
    if share > RISE_MAX:
        return Problem(where, f"a rise of {rise} caps nothing", f"Give at most {RISE_MAX}%")
    return Strategy(text, "cap", months=months, cap=share / 100)


def _whole(text: str, most: int) -> int | None:
    """A whole number from 1 to the most; None where it is none."""
    return int(text) if re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII) and int(text) <= most else None
