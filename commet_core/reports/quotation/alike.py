"""What customers who resemble a prospect pay today, for the seller beside a quote (sharing.md 1.3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.replay import Replay
from commet_core.foundation.money import decimal_of, format_amount, minor_decimals
from commet_core.foundation.wording import counted

MILLIONTHS = 1_000_000


def alike_pay_in_words(replayed: Replay, customers: Sequence[str]) -> list[str]:
    """A sentence per candidate of the replay: what these of its customers pay a month, the middle and eight of ten."""
    places = pc.index_in(
        pa.array(customers, pa.string()), value_set=pa.array(replayed.usage.customers.to_pylist(), pa.string())
    )
    chosen = np.array([place for place in places.to_pylist() if place is not None], np.int64)
    if not len(chosen):
        return []
    decimals = minor_decimals(replayed.currency)
    sentences = []
    for run in replayed.runs:
        costs = monthly_costs(run)[chosen]
        low, middle, high = (
            format_amount(decimal_of(int(cost) // MILLIONTHS, decimals), replayed.currency)
            for cost in np.quantile(costs, (0.1, 0.5, 0.9), method="inverted_cdf")
        )
        who = f"{counted(len(chosen), 'customer')} who resemble the prospect pay"
        sentences.append(f"On {run.candidate.name} {who} {middle} a month in the middle, and eight of ten {low} to {high}.")
    return sentences
