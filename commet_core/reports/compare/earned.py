"""Earned revenue, what is outstanding, and both by calendar month (billing-rules 13), as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from commet_core.engine.month_accounts import month_accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import told_accounts
from commet_core.foundation.calendar import first_day
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, minor_decimals, minor_nanos
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import RevenuePart
from commet_core.reports.compare import MODEL_PARTS, REVENUE_PARTS, Summary, months_in, rounded
from commet_core.scenario.scenario import Scenario

AMOUNT = pa.decimal128(38, NANO_DECIMALS)
CREDITS = pa.decimal128(38, MICRO_DECIMALS)


@dataclass(frozen=True)
class Earned:
    """What one candidate earned over the window, and what it owes. Amounts in the currency's unit, exact to billionths.

    parts           of what was earned, those that a plan of its model can have; they add up to `earned`
    monthly_earned  earned ÷ months of the window, rounded to the minor unit
    opening         outstanding at the window's start: what was paid for before, and not earned
    outstanding     at the window's end; by what it is for in `owed`, which adds up to it
    forfeited       plan credits and balance that lapsed unused, at the plan's price (breakage)

    billed = earned + outstanding − opening.
    """

    name: str
    model: str
    billed: Decimal
    earned: Decimal
    parts: Mapping[RevenuePart, Decimal]
    monthly_earned: Decimal
    opening: Decimal
    outstanding: Decimal
    owed: Mapping[RevenuePart, Decimal]
    forfeited: Decimal


def summarize_earned(replayed: Replay) -> list[Earned]:
    """Every candidate's earned revenue, in the scenario's order.

    Of customers in several markets in the reporting currency, at the rates of the lines that it comes from (billing-rules 15.6).
    """
    return [_earned(replayed, runs) for runs in replayed.runs_by_candidate()]


def _earned(replayed: Replay, runs: Sequence[Run]) -> Earned:
    """runs: of one candidate."""
    whole = _Sums.of(runs[0])
    for run in runs[1:]:
        whole = whole.with_those_of(_Sums.of(run))
    model = runs[0].plan.consumption_model
    monthly = Fraction(whole.earned, minor_nanos(replayed.currency)) / months_in(replayed.window)
    return Earned(
        name=runs[0].candidate.name,
        model=model,
        billed=_amount(whole.billed),
        earned=_amount(whole.earned),
        parts={part: _amount(whole.parts[part]) for part in MODEL_PARTS[model]},
        monthly_earned=rounded(monthly, minor_decimals(replayed.currency)),
        opening=_amount(whole.opening),
        outstanding=_amount(whole.outstanding),
        owed={part: _amount(stock) for part, stock in whole.owed.items() if part in MODEL_PARTS[model]},
        forfeited=_amount(whole.forfeited),
    )


@dataclass(frozen=True)
class _Sums:
    """`Earned` of a run in nanos, of all parts that there are."""

    billed: int
    earned: int
    opening: int
    outstanding: int
    forfeited: int
    parts: Mapping[RevenuePart, int]
    owed: Mapping[RevenuePart, int]

    @classmethod
    def of(cls, run: Run) -> _Sums:
        kept = told_accounts(run)
        firsts, lasts = run.timeline.segments.offsets[:-1], run.timeline.segments.offsets[1:] - 1
        flows: Mapping[RevenuePart, np.ndarray] = {
            "base": kept.earned_base + kept.earned_commitment + kept.earned_ahead,
            "overage": kept.earned_overage,
            "packs": kept.earned_packs + kept.earned_expired,
            "top-ups": kept.earned_top_ups,
        }
        owed: Mapping[RevenuePart, np.ndarray] = {
            "base": kept.base + kept.ahead,
            "packs": kept.credits,
            "top-ups": kept.top_ups,
        }
        return cls(
            billed=exact_sum(kept.billed),
            earned=exact_sum(kept.earned),
            opening=exact_sum(kept.opening[firsts]),
            outstanding=exact_sum(kept.closing[lasts]),
            forfeited=exact_sum(kept.forfeited),
            parts={part: exact_sum(flow) for part, flow in flows.items()},
            owed={part: exact_sum(stock[lasts]) for part, stock in owed.items()},
        )

    def with_those_of(self, other: _Sums) -> _Sums:
        return _Sums(
            self.billed + other.billed,
            self.earned + other.earned,
            self.opening + other.opening,
            self.outstanding + other.outstanding,
            self.forfeited + other.forfeited,
            {part: amount + other.parts[part] for part, amount in self.parts.items()},
            {part: amount + other.owed[part] for part, amount in self.owed.items()},
        )


def earned_summaries(summaries: Sequence[Summary], found: Sequence[Earned]) -> list[Summary]:
    """Summaries whose revenue is what was earned, not what was billed."""
    return [
        replace(summary, billed=earned.earned, monthly_revenue=earned.monthly_earned)
        for summary, earned in zip(summaries, found, strict=True)
    ]


def _amount(nanos: int) -> Decimal:
    return decimal_of(nanos, NANO_DECIMALS)


def earned_by_month(replayed: Replay) -> pa.Table:
    """One row per candidate and calendar month of the window, all customers together.

    Columns: candidate, month (date); billed, earned, earned_base, earned_overage, earned_packs, earned_top_ups (and where there
    are any earned_commitment, earned_expired_credits),
    forfeited_value; at the month's end outstanding, outstanding_base, outstanding_credits, outstanding_top_ups (amounts with
    nine decimals) and credits_outstanding (purchased credits in hand; null on other models than credits).
    In the currency of the replay, and of customers in several markets as `summarize_earned`. billed = earned + the change in
    outstanding since the month before. Here a base price is billed when it is charged, a
    purchase when it is made, and an overage in the month in which its period ends.
    """
    return pa.concat_tables([_by_month(replayed.scenario, runs) for runs in replayed.runs_by_candidate()])


def _by_month(scenario: Scenario, runs: Sequence[Run]) -> pa.Table:
    """runs: of one candidate."""
    found = [month_accounts(scenario, run) for run in runs]
    months = first_day(np.array(found[0].months)).astype(np.int32)
    count = len(months)
    amounts = {name: _added([each.amounts[name] for each in found]) for name in found[0].amounts}
    in_hand = [each.in_hand for each in found if each.in_hand is not None]
    left = _decimals(_added(in_hand), MICRO_DECIMALS) if in_hand else [None] * count
    return pa.table(
        {
            "candidate": pa.array([runs[0].candidate.name] * count, pa.string()),
            "month": pa.array(months, pa.int32()).cast(pa.date32()),
            **{name: pa.array(_decimals(sums, NANO_DECIMALS), AMOUNT) for name, sums in amounts.items()},
            "credits_outstanding": pa.array(left, CREDITS),
        }
    )


def _added(columns: Sequence[Sequence[int]]) -> list[int]:
    return [sum(of_month) for of_month in zip(*columns, strict=True)]


def _decimals(digits: Sequence[int], places: int) -> list[Any]:
    return [decimal_of(each, places) for each in digits]


def outstanding_changes(by_month: pa.Table, found: Sequence[Earned]) -> list[Decimal]:
    """What was outstanding at each month's end, less at the end of the month before; one per row of `earned_by_month`.

    found: as `summarize_earned`; before its first month a candidate has what was outstanding at the window's start.
    """
    before = {one.name: one.opening for one in found}
    changes = []
    for row in by_month.select(["candidate", "outstanding"]).to_pylist():
        changes.append(row["outstanding"] - before[row["candidate"]])
        before[row["candidate"]] = row["outstanding"]
    return changes


def earned_parts_by_month(by_month: pa.Table) -> pa.Table:
    """What was earned, part by part, as `compare.revenue_by_month` has what was billed: candidate, month, part, amount.

    by_month: as `earned_by_month`.
    """
    tables = [
        pa.table(
            {
                "candidate": by_month["candidate"],
                "month": by_month["month"],
                "part": pa.array([part] * by_month.num_rows, pa.string()),
                "amount": by_month[f"earned_{part.replace('-', '_')}"],
            }
        )
        for part in REVENUE_PARTS
    ]
    return pa.concat_tables(tables)


def earned_table(replayed: Replay) -> pa.Table:
    """`summarize_earned` as a table, a row per candidate; what a candidate of its model cannot have is empty."""
    found = summarize_earned(replayed)
    amounts = {
        name: [getattr(one, name) for one in found] for name in ("billed", "earned", "opening", "outstanding", "forfeited")
    }
    for part in REVENUE_PARTS:
        amounts[f"earned_{part.replace('-', '_')}"] = [one.parts.get(part) for one in found]
    for part in ("base", "packs", "top-ups"):
        amounts[f"outstanding_{part.replace('-', '_')}"] = [one.owed.get(part) for one in found]
    return pa.table(
        {"candidate": pa.array([one.name for one in found], pa.string())}
        | {name: pa.array(column, AMOUNT) for name, column in amounts.items()}
    )
