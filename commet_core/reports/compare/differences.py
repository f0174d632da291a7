"""Who pays less, the same or more than under the baseline, and whether that is a gain: four groups of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.price_changes import customer_changes
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import PRICE_CHANGES, PriceChange

Side = PriceChange | Literal["all"]


@dataclass(frozen=True)
class PriceChanges:
    """The customers of a candidate in four groups, by what they are billed over the window against the baseline.

    counts    customers per group; together all customers
    amounts   by how much each group pays less or more in all, both above zero
    """

    counts: Mapping[PriceChange, int]
    amounts: Mapping[PriceChange, Decimal]

    @property
    def saved(self) -> Decimal:
        """What those who pay less save, whether they were served or not."""
        return self.amounts["less_served"] + self.amounts["less_refused"]

    @property
    def added(self) -> Decimal:
        """What those who pay more pay more; added - saved is the difference in revenue."""
        return self.amounts["more"]

    @property
    def difference(self) -> Decimal:
        """What the candidate brings in more than the baseline."""
        return self.added - self.saved


def price_changes(replayed: Replay, run: Run) -> PriceChanges:
    """Counts and sums of `differences`, group by group."""
    groups, difference, places = (
        customer_changes(run, replayed.baseline),
        difference_of(replayed, run),
        minor_decimals(run.currency),
    )
    counts = np.bincount(groups, minlength=len(PRICE_CHANGES)).tolist()
    amounts = [abs(exact_sum(difference[groups == group])) for group in range(len(PRICE_CHANGES))]
    return PriceChanges(
        dict(zip(PRICE_CHANGES, counts, strict=True)),
        {group: decimal_of(amount, places) for group, amount in zip(PRICE_CHANGES, amounts, strict=True)},
    )


def same_outcome(run: Run, other: Run) -> bool:
    """Whether two candidates bill and refuse every customer the same: whatever they are called, they are one."""
    return np.array_equal(run.customer_billed, other.customer_billed) and np.array_equal(
        run.customer_blocked_events, other.customer_blocked_events
    )


def difference_of(replayed: Replay, run: Run) -> np.ndarray:
    """int64 minor units, one per customer: above zero the customer pays more than under the baseline."""
    return run.customer_billed - replayed.baseline.customer_billed


def differences(replayed: Replay, run: Run) -> pa.Table:
    """What each customer pays under a candidate and under the baseline, over the window; the largest losers first.

    Columns: customer_id, group (one of PRICE_CHANGES), baseline, candidate, difference (candidate − baseline: above zero the
    customer pays more), change (difference ÷ baseline, null where the baseline is nothing), blocked_events.
    """
    baseline, difference = replayed.baseline.customer_billed, difference_of(replayed, run)
    order = np.lexsort([np.arange(len(difference)), -difference])
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(baseline != 0, difference / baseline, np.nan)
    amount, names = amount_type(run.currency), pa.array(PRICE_CHANGES, pa.string())
    return pa.table(
        {
            "customer_id": run.usage.customers.take(pa.array(run.timeline.customers[order])),
            "group": names.take(pa.array(customer_changes(run, replayed.baseline)[order])),
            "baseline": decimals(baseline[order], amount),
            "candidate": decimals(run.customer_billed[order], amount),
            "difference": decimals(difference[order], amount),
            "change": pa.array(change[order], from_pandas=True),
            "blocked_events": pa.array(run.customer_blocked_events[order]),
        }
    )


def on_side(table: pa.Table, side: Side) -> pa.Table:
    """The rows of `differences` of one group, the largest difference first; or all."""
    if side == "all":
        return table
    found = table.filter(pc.equal(table["group"], side))
    return found if side in ("more", "same") else found.take(pa.array(np.arange(found.num_rows)[::-1]))
