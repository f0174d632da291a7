"""The accounts of a run by calendar month (billing-rules 13): earned and outstanding, cut where months end.

Billing periods begin on any day. A month has exactly its days' share of a base price, and the credits and top-ups that
were used in it, event by event. An overage counts in the month in which its period ends, and so does what lapses then.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import add

import numpy as np

from commet_core.engine.month_rows import Cut, MonthRows, month_rows, purchased_by_row, steps_of
from commet_core.engine.payments import Intervals, Payments
from commet_core.engine.recognition import Ahead, Purchased, UsedUp, earn_base, earn_in_advance, purchased_of, use_up
from commet_core.engine.run import Run
from commet_core.engine.told import told_accounts, told_payments
from commet_core.foundation.calendar import day_number
from commet_core.foundation.sums import exact_sums_by_index, sum_by_index
from commet_core.foundation.window import Window
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.level_charges import LINE_KIND_OF
from commet_core.scenario.scenario import Scenario


@dataclass(frozen=True)
class MonthAccounts:
    """What a run's customers came to, month by month of its window; all of them together.

    months    months since January 1970; of `accounts_by` days since then
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


def months_touched(window: Window, cut: Cut = "month") -> range:
    """The calendar months that a window touches, as months since January 1970; or its days."""
    first, last = steps_of(cut, np.array([day_number(window.start), day_number(window.end) - 1])).tolist()
    return range(first, last + 1)


def month_accounts(scenario: Scenario, run: Run, names: Container[str] | None = None) -> MonthAccounts:
    """The accounts of a run by month. names: of the amounts that are asked for; all unless given.

    Raises InputError where an amount would not fit (billing-rules 1.4).
    """
    return accounts_by("month", scenario, run, names)


def accounts_by(cut: Cut, scenario: Scenario, run: Run, names: Container[str] | None = None) -> MonthAccounts:
    """`month_accounts`, or the same by day.

    By day, what is used of packs that expire counts on the last day of its month: no more is known of it.
    """
    rows, paid = month_rows(run, cut), told_payments(run)
    purchased = purchased_of(run, paid)
    used, bought = UsedUp(*(np.zeros(len(rows.months), np.int64) for _ in UsedUp._fields)), None
    if purchased is not None:
        bought = purchased_by_row(scenario, run, rows, purchased)
        used, _ = use_up(rows.spans.offsets, bought)
    sums = _MonthSums(rows, months_touched(run.timeline.window, cut))
    amounts = _amounts(run, paid, sums, used, bought)
    in_hand = sums.stock(used.in_hand) if run.sells("packs") and names is None else None
    return MonthAccounts(
        sums.months, {name: total() for name, total in amounts.items() if names is None or name in names}, in_hand
    )


@dataclass(frozen=True)
class _MonthSums:
    """Adds up by month, whatever the size: int64 columns in, Python integers out."""

    rows: MonthRows
    months: range

    def flow(self, *of_rows: np.ndarray, starts: Sequence[np.ndarray] = (), ends: Sequence[np.ndarray] = ()) -> list[int]:
        """What comes about in each month: columns of rows, and of segments, that count where these start or end."""
        rows = self.rows
        parts = [self._total(rows.months, column) for column in of_rows]
        parts += [self._total(rows.months[rows.offsets[:-1]], column) for column in starts]
        parts += [self._total(rows.months[rows.offsets[1:] - 1], column) for column in ends]
        return [sum(of_month) for of_month in zip([0] * len(self.months), *parts, strict=True)]

    def stock(self, *of_rows: np.ndarray) -> list[int]:
        """What is there at each month's end."""
        ends = self.rows.month_ends
        parts = [self._total(self.rows.months[ends], column[ends]) for column in of_rows]
        return [sum(of_month) for of_month in zip([0] * len(self.months), *parts, strict=True)]

    def bought(self, purchased: Purchased | None) -> list[int]:
        """What is paid for purchases in each month."""
        if purchased is None:
            return [0] * len(self.months)
        return self._total(self.rows.months[purchased.spans], purchased.amounts)

    def _total(self, months: np.ndarray, column: np.ndarray) -> list[int]:
        return exact_sums_by_index(months - self.months.start, column, len(self.months))


def _amounts(
    run: Run, paid: Payments, sums: _MonthSums, used: UsedUp, bought: Purchased | None
) -> Mapping[str, Callable[[], list[int]]]:
    """What adds each amount up, by its name in `MonthAccounts`."""
    whole, (earned_base, base) = told_accounts(run), earn_base(sums.rows.spans, _intervals(sums.rows, paid.intervals))
    ahead, paid_ahead, of_ahead = _ahead(run, paid, sums.rows)
    in_arrears, sells_packs = (whole.earned_overage, whole.earned_commitment), run.sells("packs")
    of_packs, of_top_ups = ((used.earned,), ()) if sells_packs else ((), (used.earned,))
    packs_left, top_ups_left = ((used.outstanding,), ()) if sells_packs else ((), (used.outstanding,))
    at_starts = whole.billed_base, whole.customer_credit
    amounts: dict[str, Callable[[], list[int]]] = {
        "billed": lambda: list(map(add, sums.flow(paid_ahead, starts=at_starts, ends=in_arrears), sums.bought(bought))),
        "earned": lambda: sums.flow(
            earned_base + used.earned + used.expired + ahead.earned, starts=(whole.customer_credit,), ends=in_arrears
        ),
        "earned_base": lambda: sums.flow(earned_base),
        "earned_overage": lambda: sums.flow(ends=(whole.earned_overage,)),
        "earned_packs": lambda: sums.flow(*of_packs),
        "earned_top_ups": lambda: sums.flow(*of_top_ups),
        **{f"earned_{name}": partial(sums.flow, part.earned) for name, part in of_ahead.items()},
        "forfeited_value": lambda: sums.flow(ends=(whole.forfeited,)),
    }
    if "commitment" in run.rules:
        amounts["earned_commitment"] = lambda: sums.flow(ends=(whole.earned_commitment,))
    if "pack_expiry" in run.rules:
        amounts["earned_expired_credits"] = lambda: sums.flow(used.expired)
    if "customer_credits" in run.rules:
        amounts["customer_credit"] = lambda: sums.flow(starts=(whole.customer_credit,))
    amounts |= {
        "outstanding": lambda: sums.stock(base + used.outstanding + ahead.outstanding),
        "outstanding_base": lambda: sums.stock(base),
        "outstanding_credits": lambda: sums.stock(*packs_left),
        "outstanding_top_ups": lambda: sums.stock(*top_ups_left),
        **{f"outstanding_{name}": partial(sums.stock, part.outstanding) for name, part in of_ahead.items()},
    }
    return amounts


def _ahead(run: Run, paid: Payments, rows: MonthRows) -> tuple[Ahead, np.ndarray, dict[str, Ahead]]:
    """Seats, quota and add-ons by row: all that they earn and leave outstanding, what is billed of them, and each of those in use.

    True-ups of a segment count where it ends, as an overage does.
    """
    parts: dict[str, Ahead] = {}
    billed = np.zeros(len(rows.months), np.int64)
    for name, kind in LINE_KIND_OF.items():
        if held := paid.held.get(kind):
            true_ups = rows.at_ends(held.true_ups)
            found = earn_in_advance(_placed(held.advance, rows.offsets[held.advance.segments], rows), rows.spans)
            parts[name] = found._replace(earned=found.earned + true_ups)
            billed += rows.at_starts(held.billed) + true_ups
    if run.add_ons is not None and paid.add_ons is not None:
        payments_of = _placed(paid.add_ons, rows.at(run.add_ons.segments, run.add_ons.paid_at(run.timeline)), rows)
        parts["addons"] = earn_in_advance(payments_of, rows.spans)
        billed += sum_by_index(payments_of.segments, np.where(payments_of.before, 0, payments_of.amounts), len(rows.months))
    nothing = np.zeros(len(rows.months), np.int64)
    columns = zip(*parts.values(), strict=True) if parts else ([nothing] for _ in Ahead._fields)
    return Ahead(*(sum(column, nothing) for column in columns)), billed, parts


def _placed(paid: PaidAhead, first_rows: np.ndarray, rows: MonthRows) -> PaidAhead:
    """Payments by row in place of segment; first_rows: where each is made."""
    return paid._replace(segments=first_rows, last_segments=rows.offsets[paid.last_segments + 1] - 1)


def _intervals(rows: MonthRows, intervals: Intervals) -> Intervals:
    return Intervals(*(rows.at_starts(column) for column in intervals))
