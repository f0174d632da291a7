"""What was billed: by part and by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import told_lines
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.calendar import day_number, first_day, month_number
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import LINE_KINDS, RevenuePart
from commet_core.foundation.window import Window
from commet_core.rating.invoices import BALANCE_OVERAGE, CLOSING, CREDIT_PACK, FEATURE_OVERAGE, PLAN_BASE, TOP_UP
from commet_core.rating.models import MODELS

REVENUE_PARTS: Final[tuple[RevenuePart, ...]] = ("base", "overage", "packs", "top-ups")
"""What revenue consists of, in the order shown."""

MONTH_PARTS: Final[tuple[RevenuePart, ...]] = (*REVENUE_PARTS, "closing")
"""The same month by month: overage of closing invoices, which are issued only because the window ends, apart (billing-rules 2.6)."""

MODEL_PARTS: Final[Mapping[str, tuple[RevenuePart, ...]]] = {
    model.name: (
        "base",
        *(("overage",) if "amount" in model.cell_columns else ()),
        *(("packs",) if model.plan.sells == "packs" else ()),
        *(("top-ups",) if model.plan.sells == "top_ups" else ()),
    )
    for model in MODELS.values()
}
"""What a plan of each consumption model can bill (billing-rules 4-6)."""

_BASE, _OVERAGE, _PACKS, _TOP_UPS, _CLOSING = range(len(MONTH_PARTS))
_BESIDE_BASE = {FEATURE_OVERAGE: _OVERAGE, BALANCE_OVERAGE: _OVERAGE, CREDIT_PACK: _PACKS, TOP_UP: _TOP_UPS}
LINE_PARTS = np.array([_BESIDE_BASE.get(kind, _BASE) for kind in range(len(LINE_KINDS))])
"""int64, one per kind of invoice line: its place in REVENUE_PARTS. Discounts, promo codes and credits lower what base prices bring
in; seats, quota, add-ons and commitments are prices for an interval too.
"""


def revenue_by_month(replayed: Replay) -> pa.Table:
    """Billed amounts by candidate, calendar month and part: candidate, month (date), part, amount.

    An invoice counts in the month in which it is issued; one issued at the window's very end in the last month. In the currency
    of the replay: lines of customers in several markets at the rate of their invoice's day (billing-rules 15.6).
    """
    return pa.concat_tables([_revenue_by_month(replayed, runs) for runs in replayed.runs_by_candidate()])


def _revenue_by_month(replayed: Replay, runs: Sequence[Run]) -> pa.Table:
    """runs: of one candidate."""
    window = replayed.window
    first, last = month_number(np.array([day_number(window.start), day_number(window.end) - 1]))
    months = np.arange(first, last + 1)
    amounts = np.zeros((len(months), len(MONTH_PARTS)), np.int64)
    for run in runs:
        np.add.at(amounts, (line_months(window, run) - first, _month_parts(run)), told_lines(run))
    cells = len(months) * len(MONTH_PARTS)
    return pa.table(
        {
            "candidate": pa.array([runs[0].candidate.name] * cells),
            "month": pa.array(np.repeat(first_day(months), len(MONTH_PARTS)).astype(np.int32), pa.int32()).cast(pa.date32()),
            "part": pa.array(list(MONTH_PARTS) * len(months)),
            "amount": decimals(amounts.reshape(-1), amount_type(replayed.currency)),
        }
    )


def _month_parts(run: Run) -> np.ndarray:
    """int64, one per invoice line: its place in MONTH_PARTS."""
    lines = run.bill.lines
    closing = run.bill.invoices.kinds[lines.invoices] == CLOSING
    return np.where(closing & (LINE_PARTS[lines.kinds] == _OVERAGE), _CLOSING, LINE_PARTS[lines.kinds])


def line_months(window: Window, run: Run) -> np.ndarray:
    """int64 months since January 1970, one per invoice line: the month in which the line's invoice counts."""
    issued = run.bill.invoices.issued_at[run.bill.lines.invoices]
    return month_number(np.minimum(run.timeline.days.of(issued), day_number(window.end) - 1))


def billed_beyond_window(run: Run) -> Fraction:
    """Minor units of base prices billed in the window that pay, by days, for time after it."""
    lines, invoices = run.bill.lines, run.bill.invoices
    base = lines.kinds == PLAN_BASE
    starts, ends = (
        run.timeline.days.of(times[lines.invoices[base]]) for times in (invoices.period_starts, invoices.period_ends)
    )
    beyond = np.maximum(ends - day_number(run.timeline.window.end), 0)
    spans, places = np.unique(np.stack([beyond, ends - starts]), axis=1, return_inverse=True)
    amounts = sum_by_index(places.reshape(-1), lines.amounts[base], spans.shape[1])
    return sum(
        (Fraction(amount * after, days) for amount, after, days in zip(amounts.tolist(), *spans.tolist(), strict=True)),
        Fraction(0),
    )
