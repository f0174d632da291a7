"""The laws of billing-rules 13 and 14, asserted on every replay. A violation is a fault of the simulator and says so loudly."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.foundation.errors import LawViolation
from commet_core.foundation.sums import sum_by_index, sum_by_offsets


def check(runs: Iterable[Run]) -> None:
    """`check_run` of several runs."""
    for run in runs:
        check_run(run)


def check_run(run: Run) -> None:
    """Raises LawViolation, naming the law, the candidate and the customer, where a law does not hold."""
    _demand_is_served_or_blocked(run)
    _lines_add_up(run)
    if run.credits is not None:
        _credits_are_conserved(run)
    if run.balance is not None:
        _balance_is_conserved(run)
    _money_is_accounted_for(run)


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


def _credits_are_conserved(run: Run) -> None:
    """Plan credits: granted = used + forfeited + in hand. Purchased: bought = used + in hand, and never fall except by use."""
    assert run.credits is not None
    found = run.credits
    _hold(run, "plan credits used lie between none and those granted", (found.plan_used >= 0) & (run.segment_plan_left >= 0))
    moved = run.segment_purchased_opening + run.charged.bought - found.purchased_used
    _hold(run, "purchased credits: opening + bought = used + closing", moved == found.purchased_closing)
    _hold(run, "purchased credits never fall below zero", found.purchased_closing >= 0)
    used = _cells_to_segments(run, found.cell_credits)
    _hold(run, "the features' credits add up to those used", used == found.plan_used + found.purchased_used)


def _balance_is_conserved(run: Run) -> None:
    """granted + topped up + overage = used + forfeited + in hand."""
    assert run.balance is not None
    found = run.balance
    granted = run.segment_granted + found.topped_up + run.segment_balance_overage
    _hold(run, "balance: granted + topped up + overage = used + left", granted == found.used + run.segment_balance_left)
    _hold(run, "the features' cost adds up to the balance used", _cells_to_segments(run, found.cell_cost) == found.used)
    overage = _cells_to_segments(run, found.cell_overage)
    _hold(run, "the features' overage adds up to the balance below zero", overage == run.segment_balance_overage)


def _money_is_accounted_for(run: Run) -> None:
    """billed = earned + change in outstanding (billing-rules 13), and what is outstanding is paid for credits in hand."""
    kept = accounts(run)
    tied_out = kept.billed == kept.earned + kept.closing - kept.opening
    _hold(run, "billed = earned + change in outstanding", tied_out, rule=13)
    owed = np.minimum(np.minimum(kept.base, kept.credits), kept.top_ups)
    _hold(run, "what is outstanding is not below zero", owed >= 0, rule=13)
    if run.credits is not None:
        in_hand = kept.in_hand == run.credits.purchased_closing
        _hold(run, "purchased credits in hand are those of the packs not used up", in_hand, rule=13)


def _cells_to_segments(run: Run, cells: np.ndarray) -> np.ndarray:
    return sum_by_offsets(run.timeline.segments.cell_offsets, cells)


def _hold(run: Run, law: str, holds: np.ndarray, rule: int = 14) -> None:
    """Raises where the law does not hold in every segment."""
    if not holds.all():
        raise _violation(run, law, int(np.argmin(holds)), rule)


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
