"""The laws of billing-rules 13 and 14, asserted on every replay. A violation is a fault of the simulator and says so loudly."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from commet_core.engine.beyond_laws import laws_of_cells, laws_of_segments
from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.foundation.calendar import first_day, month_number
from commet_core.foundation.errors import LawViolation
from commet_core.foundation.money import minor_nanos
from commet_core.foundation.sums import added, is_nothing, sum_by_index, sum_by_offsets
from commet_core.rating.charges import amounts_minor
from commet_core.rating.level_charges import LINE_KIND_OF
from commet_core.rating.stocks import StockFlows
from commet_core.timeline.stages import Stage


def check(runs: Iterable[Run]) -> None:
    """`check_run` of several runs."""
    for run in runs:
        check_run(run)


def check_run(run: Run) -> None:
    """Raises LawViolation, naming the law, the candidate and the customer, where a law does not hold."""
    _demand_is_served_or_blocked(run)
    _periods_end_on_their_day(run)
    _lines_add_up(run)
    for stock in run.flows:
        _stock_is_conserved(run, stock)
    _features_use_the_stocks(run)
    _levels_are_held_or_refused(run)
    _money_is_accounted_for(run)
    _customer_credits_are_accounted_for(run)
    for law, holds in laws_of_segments(run):
        _hold(run, law, holds)
    for law, holds in laws_of_cells(run):
        _hold_in_cells(run, law, holds)


def _demand_is_served_or_blocked(run: Run) -> None:
    """demanded = served + blocked, with neither below zero."""
    within = (run.admitted.cell_units >= 0) & (run.cell_blocked_units >= 0)
    _hold_in_cells(run, "served units lie between none and those demanded", within)
    served_whole = (run.cell_blocked_events > 0) | (run.cell_blocked_units == 0)
    _hold_in_cells(run, "units are blocked only where an event is", served_whole)
    served, events = run.segment_served_events, run.segment_events
    _hold(run, "served events lie between none and those demanded", (served >= 0) & (served <= events))
    blocked = sum_by_offsets(run.timeline.segments.cell_offsets, run.cell_blocked_events)
    _hold(run, "events demanded = served + blocked", events == served + blocked)


def _periods_end_on_their_day(run: Run) -> None:
    """A period that nothing cuts short ends with the first instant of a day (2.7): with a billing day, of that one (2.2).

    A stub costs no more than the whole interval that ends with it.
    """
    timeline, days = run.timeline, run.timeline.days
    if len(days.begins) == 0 and "billing_day" not in run.rules:
        return
    whole = ~timeline.closed_early & timeline.of_segments(np.array([stage.has_periods for stage in run.stages]))
    numbers = days.of(timeline.ends)
    _hold(run, "a period ends with the first instant of a day", ~whole | (days.start(numbers) == timeline.ends), rule=2)
    wanted = timeline.of_segments(np.array([_billing_day(run, stage) for stage in run.stages]))
    found = numbers - first_day(month_number(numbers)) + 1
    _hold(run, "a period ends on the plan's billing day", ~whole | (wanted == 0) | (found == wanted), rule=2)
    is_stub = timeline.of_segments(np.array([stage.stub is not None for stage in run.stages]))
    most = amounts_minor(run.base.quantities, run.base.prices, minor_nanos(run.currency))
    _hold(run, "a stub costs no more than the whole interval", ~is_stub | (run.base.amounts <= most), rule=2)


def _billing_day(run: Run, stage: Stage) -> int:
    """The billing day of the plan that a stage is active on; 0 without one, and in a trial."""
    plan = None if stage.plan is None or stage.state != "active" else run.catalog.plans[stage.plan]
    return 0 if plan is None else plan.billing_day or 0


def _lines_add_up(run: Run) -> None:
    """The sum of a customer's lines = its invoices = what its periods were billed."""
    lines, invoices = run.bill.lines, run.bill.invoices
    by_invoice = sum_by_index(lines.invoices, lines.amounts, len(invoices.totals))
    if not np.array_equal(by_invoice, invoices.totals):
        raise LawViolation(f"{run.candidate.name}: an invoice is not the sum of its lines (billing-rules 14)")
    if not np.array_equal(run.by_customer(run.segment_billed), run.customer_billed):
        raise LawViolation(f"{run.candidate.name}: a customer's periods are not the sum of its invoices (billing-rules 14)")
    shares = _cells_to_segments(run, run.charged.overage_shares)
    _hold(run, "the features' shares add up to the overage", shares == run.segment_overage)


def _stock_is_conserved(run: Run, stock: StockFlows) -> None:
    """What came in = what was used + what is left, and nothing of it is below zero."""
    name = stock.kind.name
    came_in = added(stock.opening, stock.granted, stock.rolled_in, stock.bought, stock.given, stock.overage)
    went = added(stock.used, stock.taken, stock.expired, stock.closing)
    _hold(
        run,
        f"{name}: opening + granted + rolled in + bought + given + overage = used + taken + expired + left",
        came_in == went,
    )
    moved = stock.used, stock.closing, stock.bought, stock.overage, stock.expired, stock.rolled_out
    forfeited_of = stock.forfeited_of_granted, stock.purchases_left
    _none_is_below_zero(run, f"{name}: nothing used, bought, expired, forfeited or left is below zero", (*moved, *forfeited_of))
    if is_nothing(stock.rolled_out) and is_nothing(stock.rolled_in):
        return
    carried = np.zeros_like(came_in) + stock.rolled_out
    carried[stock.offsets[1:] - 1] = 0  # what is rolled out at the window's end has no period to go into
    _hold(run, f"{name}: what is rolled in is what the period before rolled out", np.roll(carried, 1) == stock.rolled_in)


def _features_use_the_stocks(run: Run) -> None:
    """What the features used adds up to what was used of the stocks, and so does what no stock covered."""
    if run.cell_use is None:
        return
    of_cells = {"used": run.cell_use.used, "overage": run.cell_use.overage}
    for name, cells in of_cells.items():
        of_stocks = sum(getattr(stock, name) for stock in run.flows)
        _hold(run, f"the features' {name} adds up to that of the stocks", _cells_to_segments(run, cells) == of_stocks)


def _levels_are_held_or_refused(run: Run) -> None:
    """What is asked for at an interval's end is held, or refused; the paid level covers what is held, and never falls (10)."""
    if run.held is None:
        return
    rows, asked = run.held.rows, run.held.asked_at_ends
    laws = {
        "a level asked for is held or refused": (asked >= rows.closings) & (asked - rows.closings <= rows.refused),
        "the paid level covers what is included and held": rows.paid
        >= np.maximum(rows.included, np.maximum(rows.openings, rows.closings)),
        "only rises above the paid level are trued up": (rows.unit_days >= 0) & (rows.true_up_costs >= 0),
    }
    for law, holds in laws.items():
        if not holds.all():
            raise _violation(run, law, int(rows.last_segments[np.argmin(holds)]), rule=14)
    for kind in LINE_KIND_OF.values():
        lines = run.held.true_ups(kind)
        of_lines, shares = int(lines.amounts.sum()), int(run.held.segment_true_up_minor(kind).sum())
        _hold(run, "the shares of true-ups add up to their lines", np.array([of_lines == shares]))


def _money_is_accounted_for(run: Run) -> None:
    """billed = earned + change in outstanding (billing-rules 13), and what is outstanding is paid for credits in hand."""
    of_run, sold = accounts(run), run.sold
    tied_out = of_run.billed == of_run.earned + of_run.closing - of_run.opening
    _hold(run, "billed = earned + change in outstanding", tied_out, rule=13)
    owed = of_run.base, of_run.credits, of_run.top_ups, of_run.ahead
    _none_is_below_zero(run, "what is outstanding is not below zero", owed, rule=13)
    if sold is not None:
        left = np.where(sold.lapses, 0, sold.purchases_left)
        _hold(run, "what was bought and is in hand is what is not used up of it", of_run.in_hand == left, rule=13)


def _customer_credits_are_accounted_for(run: Run) -> None:
    """granted = used + expired + left of each customer, with none of them below zero; what was used is what lines took off."""
    taken_of = run.credits
    least = np.minimum(np.minimum(taken_of.used, taken_of.expired), taken_of.left)
    adds_up = taken_of.granted == taken_of.used + taken_of.expired + taken_of.left
    taken = run.by_customer(run.segment_customer_credit) == -taken_of.used
    if not (adds_up & taken & (least >= 0)).all():
        raise LawViolation(f"{run.candidate.name}: customer credits granted are not used, expired or left (billing-rules 14)")


def _cells_to_segments(run: Run, cells: np.ndarray) -> np.ndarray:
    return sum_by_offsets(run.timeline.segments.cell_offsets, cells)


def _hold(run: Run, law: str, holds: np.ndarray, rule: int = 14) -> None:
    """Raises where the law does not hold in every segment."""
    if not holds.all():
        raise _violation(run, law, int(np.argmin(holds)), rule)


def _none_is_below_zero(run: Run, law: str, columns: Iterable[np.ndarray | int], rule: int = 14) -> None:
    """Raises where the law does not hold in every segment."""
    for column in columns:
        if not isinstance(column, int) and not is_nothing(column) and column.min(initial=0) < 0:
            raise _violation(run, law, int(np.argmin(column)), rule)


def _hold_in_cells(run: Run, law: str, holds: np.ndarray) -> None:
    """Raises where the law does not hold in every cell."""
    if not holds.all():
        raise _violation(run, law, int(run.timeline.cell_segments[np.argmin(holds)]), rule=14)


def _violation(run: Run, law: str, segment: int, rule: int) -> LawViolation:
    customer = run.usage.customers[run.timeline.customers[run.timeline.segment_customers[segment]]].as_py()
    period = int(run.timeline.segments.periods[segment])
    return LawViolation(
        f"{run.candidate.name}, customer {customer!r}, period {period}: {law} (billing-rules {rule}). "
        "This is a fault of the simulator; please report it with the scenario and the usage."
    )
