"""Margins as tables to take away."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import UNIT_TYPE, amount_type
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, minor_decimals
from commet_core.reports.margin import feature_margins, margins

AMOUNT = pa.decimal128(38, NANO_DECIMALS)
_AMOUNTS = ("earned", "cost", "margin", "billed_margin", "loss", "blocked_cost", "blocked_revenue")
_OF_BLOCKED = ("blocked_cost", "blocked_revenue")


def margin_table(replayed: Replay) -> pa.Table:
    """`margins`, a row per candidate; margin_share is of what was earned, to six decimals, empty where that is nothing.

    Of customers in several markets without what refused usage is worth, which is not known of them (see `told_margins`).
    """
    found = margins(replayed)
    amounts = tuple(name for name in _AMOUNTS if not (replayed.in_markets and name in _OF_BLOCKED))
    names = [one.candidate for one in found]
    billed = [round(one.billed, minor_decimals(replayed.currency)) for one in found]
    return pa.table(
        {
            "candidate": pa.array(names, pa.string()),
            "billed": pa.array(billed, amount_type(replayed.currency)),
            **{name: pa.array([getattr(one, name) for one in found], AMOUNT) for name in amounts},
            "margin_share": pa.array([_to_millionths(one.share) for one in found], UNIT_TYPE),
            "customers": pa.array([one.customers for one in found]),
            "customers_at_loss": pa.array([one.customers_at_loss for one in found]),
            "features_without_cost": pa.array([", ".join(one.features_without_cost) for one in found], pa.string()),
        }
    )


def _to_millionths(share: Fraction | None) -> Decimal | None:
    return None if share is None else round(Decimal(share.numerator) / Decimal(share.denominator), MICRO_DECIMALS)


def feature_margin_table(replayed: Replay, run: Run) -> pa.Table:
    """`feature_margins` with its basis in a column: by what the base price was shared out."""
    found = feature_margins(replayed, run)
    return found.table.append_column("base_price_shared_by", pa.array([found.basis] * found.table.num_rows, pa.string()))


def blocked_value_table(replayed: Replay) -> pa.Table:
    """What refused usage would have cost and earned, feature by feature; revenue and margin empty where there is no price."""
    values = [value for one in margins(replayed) for value in one.blocked]
    return pa.table(
        {
            "candidate": pa.array([value.candidate for value in values], pa.string()),
            "feature": pa.array([value.feature for value in values], pa.string()),
            "units": pa.array([value.units for value in values], pa.decimal128(38, MICRO_DECIMALS)),
            "cost": pa.array([value.cost for value in values], AMOUNT),
            "revenue": pa.array([value.revenue for value in values], AMOUNT),
            "margin": pa.array([value.margin for value in values], AMOUNT),
        }
    )
