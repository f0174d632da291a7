"""What promo codes and customer credits add to results (billing-rules 8.9, 9.3, interfaces.md)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.engine.table_columns import amounts, keyed_table, times
from commet_core.foundation.arrow import PRICE_TYPE, decimals


def redemptions(run: Run) -> pa.Table:
    """One row per customer who used a promo code at its start, in the order of the customers."""
    used = sorted(run.subscription.redemptions.items())
    return keyed_table(
        run,
        np.array([customer for customer, _ in used], np.int64),
        {
            "at": times(np.array([redemption.at for _, redemption in used], np.int64)),
            "promo_code": pa.array([redemption.promo_code for _, redemption in used], pa.string()),
            "accepted": pa.array([redemption.reason is None for _, redemption in used], pa.bool_()),
            "reason": pa.array([redemption.reason for _, redemption in used], pa.string()),
        },
    )


def credited_customers(run: Run) -> dict[str, pa.Array]:
    """One entry per customer: what customer credits took off its invoices, below zero."""
    return {"customer_credit": amounts(run, run.by_customer(run.segment_customer_credit))}


def credited_periods(run: Run) -> dict[str, pa.Array]:
    return {"customer_credit": amounts(run, run.segment_customer_credit)}


def credited_accounts(run: Run) -> dict[str, pa.Array]:
    return {"customer_credit": decimals(accounts(run).customer_credit, PRICE_TYPE)}
