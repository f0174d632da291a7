"""The result table of promo codes (billing-rules 9.3, interfaces.md): who used which, and why a use was refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commet_core.engine.run import Run
from commet_core.engine.table_columns import keyed_table, times


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
