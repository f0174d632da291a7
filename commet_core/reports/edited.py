"""What an edit of plans does on the study's usage: the candidates whose figures move, before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.engine.replay import Replay
from commet_core.engine.told import told_customers
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import counted
from commet_core.reports.compare import Summary

MOVED_MAX: Final = 4


@dataclass(frozen=True)
class Moved:
    """One candidate that an edit moves. rows: what it is of, before, and now, as they are read. pay_more: a sentence, or ''."""

    name: str
    rows: tuple[tuple[str, str, str], ...]
    pay_more: str = ""


def edited(before: Replay, now: Replay, summed_before: Sequence[Summary], summed: Sequence[Summary]) -> list[Moved]:
    """The candidates of both replays whose plan or figures the edit has moved; at most MOVED_MAX.

    summed_before, summed: of the two replays. Customers who pay more are told where both replays have the same customers.
    """
    earlier = {summary.name: place for place, summary in enumerate(summed_before)}
    moved = []
    for place, summary in enumerate(summed):
        was = earlier.get(summary.name)
        if was is None:
            moved.append(
                Moved(summary.name, (("Billed a month", "new", format_amount(summary.monthly_revenue, now.currency)),))
            )
            continue
        figures = [*_figures(summed_before[was], before.currency)], [*_figures(summary, now.currency)]
        if figures[0] == figures[1] and before.runs[was].plan == now.runs[place].plan:
            continue
        rows = tuple((name, old, new) for (name, old), (_, new) in zip(*figures, strict=True))
        moved.append(Moved(summary.name, rows, _paying_more(before, was, now, place)))
    return moved[:MOVED_MAX]


def _figures(summary: Summary, currency: str) -> list[tuple[str, str]]:
    return [
        ("Billed a month", format_amount(summary.monthly_revenue, currency)),
        ("Median customer", format_amount(summary.median_monthly_cost, currency)),
        ("Refused", percent(summary.blocked_share)),
    ]


def _paying_more(before: Replay, was: int, now: Replay, place: int) -> str:
    """How many customers are billed more, and less, in the window than before the edit; '' where the customers are others."""
    earlier, later = before.runs[was], now.runs[place]
    same = earlier.usage.digest == later.usage.digest and np.array_equal(earlier.timeline.customers, later.timeline.customers)
    if before.currency != now.currency or not same:
        return ""
    difference = told_customers(later) - told_customers(earlier)
    more, less = int(np.count_nonzero(difference > 0)), int(np.count_nonzero(difference < 0))
    return f"{more:,} of {counted(len(difference), 'customer')} pay more than before, {less:,} less."
