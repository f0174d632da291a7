"""The accounts of a run by calendar month (billing-rules 13): earned and outstanding, cut where months end.

Billing periods begin on any day. A month has exactly its days' share of a base price, and the credits and top-ups that
were used in it, event by event. An overage counts in the month in which its period ends, and so does what lapses then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from commet_core.engine.month_rows import MonthRows, month_rows, purchased_by_row
from commet_core.engine.recognition import Intervals, UsedUp, accounts, base_intervals, earn_base, purchased_of, use_up
from commet_core.engine.run import Run
from commet_core.foundation.calendar import day_number, month_number
from commet_core.foundation.sums import exact_sums_by_index, sum_by_index
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario


@dataclass(frozen=True)
class MonthAccounts:
    """What a run's customers came to, month by month of its window; all of them together.

    months    months since January 1970
    amounts   billed, earned, earned_base, earned_overage, earned_packs, earned_top_ups, forfeited_value, and at the month's end
              outstanding, outstanding_base, outstanding_credits, outstanding_top_ups: nanos, one per month; where the scenario uses
              their rule earned_commitment and earned_expired_credits
    in_hand   micros of purchased credits at the month's end, one per month; None where no packs are sold

    billed = earned + the change in outstanding since the month before. A base price is billed when it is charged, a purchase
    when it is made, and an overage in the month in which its period ends.
    """

    months: range
    amounts: Mapping[str, list[int]]
    in_hand: list[int] | None


def months_touched(window: Window) -> range:
    """The calendar months that a window touches, as months since January 1970."""
    first, last = month_number(np.array([day_number(window.start), day_number(window.end) - 1])).tolist()
    return range(first, last + 1)


def month_accounts(scenario: Scenario, run: Run) -> MonthAccounts:
    """The accounts of a run by month. Raises InputError where an amount would not fit (billing-rules 1.4)."""
    rows, whole, purchased = month_rows(run), accounts(run), purchased_of(run)
    earned_base, base = earn_base(rows.spans, _intervals(rows, base_intervals(run)))
    overage = rows.at_ends(whole.earned_overage)
    committed = rows.at_ends(whole.earned_commitment)
    credited = rows.at_starts(whole.customer_credit)
    billed = rows.at_starts(whole.billed_base) + overage + committed + credited
    used = UsedUp(*(np.zeros(len(rows.months), np.int64) for _ in UsedUp._fields))
    if purchased is not None:
        by_row = purchased_by_row(scenario, run, rows, purchased)
        used, _ = use_up(rows.spans.offsets, by_row)
        billed += sum_by_index(by_row.spans, by_row.amounts, len(rows.months))
    nothing = np.zeros(len(rows.months), np.int64)
    packs, top_ups = (used.earned, nothing) if run.sells("packs") else (nothing, used.earned)
    credits_left, top_ups_left = (used.outstanding, nothing) if run.sells("packs") else (nothing, used.outstanding)
    flows = {
        "billed": billed,
        "earned": earned_base + overage + committed + used.earned + used.expired + credited,
        "earned_base": earned_base,
        "earned_overage": overage,
        "earned_packs": packs,
        "earned_top_ups": top_ups,
        "forfeited_value": rows.at_ends(whole.forfeited),
    }
    if "commitment" in run.rules:
        flows["earned_commitment"] = committed
    if "pack_expiry" in run.rules:
        flows["earned_expired_credits"] = used.expired
    if "customer_credits" in run.rules:
        flows["customer_credit"] = credited
    stocks = {
        "outstanding": base + used.outstanding,
        "outstanding_base": base,
        "outstanding_credits": credits_left,
        "outstanding_top_ups": top_ups_left,
    }
    per_row = flows | {name: np.where(rows.month_ends, stock, 0) for name, stock in stocks.items()}
    months = months_touched(run.timeline.window)
    places = rows.months - months.start
    in_hand = np.where(rows.month_ends, used.in_hand, 0) if run.sells("packs") else None
    return MonthAccounts(
        months,
        {name: exact_sums_by_index(places, amount, len(months)) for name, amount in per_row.items()},
        None if in_hand is None else exact_sums_by_index(places, in_hand, len(months)),
    )


def _intervals(rows: MonthRows, intervals: Intervals) -> Intervals:
    return Intervals(*(rows.at_starts(column) for column in intervals))
