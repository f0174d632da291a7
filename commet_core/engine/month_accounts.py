"""The accounts of a run by calendar month (billing-rules 13): earned and outstanding, cut where months end.

Billing periods begin on any day. A month has exactly its days' share of a base price, and the credits and top-ups that
were used in it, event by event. An overage counts in the month in which its period ends, and so does what lapses then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from commet_core.engine.month_rows import MonthRows, month_rows, purchased_by_row
from commet_core.engine.recognition import (
    Ahead,
    Intervals,
    UsedUp,
    accounts,
    base_intervals,
    earn_base,
    earn_in_advance,
    purchased_of,
    use_up,
)
from commet_core.engine.run import Run
from commet_core.foundation.calendar import day_number, month_number
from commet_core.foundation.money import minor_nanos
from commet_core.foundation.sums import exact_sums_by_index, sum_by_index
from commet_core.foundation.window import Window
from commet_core.rating.level_charges import LINE_KIND_OF
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
    ahead, paid_ahead, of_ahead = _ahead(run, rows)
    billed += paid_ahead
    nothing = np.zeros(len(rows.months), np.int64)
    packs, top_ups = (used.earned, nothing) if run.sells("packs") else (nothing, used.earned)
    credits_left, top_ups_left = (used.outstanding, nothing) if run.sells("packs") else (nothing, used.outstanding)
    flows = {
        "billed": billed,
        "earned": earned_base + overage + committed + used.earned + used.expired + credited + ahead.earned,
        "earned_base": earned_base,
        "earned_overage": overage,
        "earned_packs": packs,
        "earned_top_ups": top_ups,
        **{f"earned_{name}": part.earned for name, part in of_ahead.items()},
        "forfeited_value": rows.at_ends(whole.forfeited),
    }
    if "commitment" in run.rules:
        flows["earned_commitment"] = committed
    if "pack_expiry" in run.rules:
        flows["earned_expired_credits"] = used.expired
    if "customer_credits" in run.rules:
        flows["customer_credit"] = credited
    stocks = {
        "outstanding": base + used.outstanding + ahead.outstanding,
        "outstanding_base": base,
        "outstanding_credits": credits_left,
        "outstanding_top_ups": top_ups_left,
        **{f"outstanding_{name}": part.outstanding for name, part in of_ahead.items()},
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


def _ahead(run: Run, rows: MonthRows) -> tuple[Ahead, np.ndarray, dict[str, Ahead]]:
    """Seats, quota and add-ons by row: all that they earn and leave outstanding, what is billed of them, and each of those in use.

    True-ups of a segment count where it ends, as an overage does.
    """
    parts: dict[str, Ahead] = {}
    billed = np.zeros(len(rows.months), np.int64)
    minor = minor_nanos(run.currency)
    for name, kind in LINE_KIND_OF.items() if run.held is not None else ():
        assert run.held is not None
        paid, true_ups = run.held.paid_ahead(kind), rows.at_ends(run.held.segment_true_up_minor(kind) * minor)
        placed = paid._replace(segments=rows.offsets[paid.segments], last_segments=rows.offsets[paid.last_segments + 1] - 1)
        found = earn_in_advance(placed, rows.spans)
        parts[name] = found._replace(earned=found.earned + true_ups)
        billed += rows.at_starts(run.held.segment_advance_minor(kind) * minor) + true_ups
    if run.add_ons is not None:
        paid = run.add_ons.paid_ahead
        placed = paid._replace(segments=_rows_of_payments(run, rows), last_segments=rows.offsets[paid.last_segments + 1] - 1)
        parts["addons"] = earn_in_advance(placed, rows.spans)
        amounts = np.where(paid.before, 0, paid.amounts)
        billed += sum_by_index(placed.segments, amounts, len(rows.months))
    nothing = np.zeros(len(rows.months), np.int64)
    columns = zip(*parts.values(), strict=True) if parts else ([nothing] for _ in Ahead._fields)
    return Ahead(*(sum(column, nothing) for column in columns)), billed, parts


def _rows_of_payments(run: Run, rows: MonthRows) -> np.ndarray:
    """int64: the row in which each payment for an add-on is made."""
    assert run.add_ons is not None
    segments, times = run.add_ons.segments, run.add_ons.times
    return rows.at(
        segments, np.where(times < 0, run.timeline.starts[segments], np.maximum(times, run.timeline.starts[segments]))
    )


def _intervals(rows: MonthRows, intervals: Intervals) -> Intervals:
    return Intervals(*(rows.at_starts(column) for column in intervals))
