"""What a usage file says that its tokens cost, beside what they cost at the price list: where they agree, both are read right."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from commet_core.catalog.model_prices import PriceBook
from commet_core.foundation.money import NANO_DECIMALS, decimal_of
from commet_core.foundation.sums import exact_sum
from commet_core.rating.token_costs import NO_COST, token_costs
from commet_core.usage.ingest import Ingested
from commet_core.usage.tokens import NO_MODEL


def vendor_costs_in_words(found: Ingested) -> str:
    """The two sums, without the full stop; empty where files have no column of costs, or not all of them do.

    Vendors round otherwise, and may give rebates: it is for a person to judge.
    """
    files, tokens = found.report.files, found.usage.tokens
    own = [file.vendor_cost for file in files if file.vendor_cost is not None]
    if tokens is None or len(own) < len(files) or not any(cost for _, cost in own) or found.report.duplicates:
        return ""
    costs = token_costs(found.usage, PriceBook.of()).subtotals
    priced = costs[costs != NO_COST]
    list_cost = decimal_of(exact_sum(priced), NANO_DECIMALS)
    unpriced = int(np.count_nonzero(tokens.model_indexes != NO_MODEL)) - len(priced)
    names = " and ".join(dict.fromkeys(f"`{name}`" for name, _ in own))
    which = "1 row" if unpriced == 1 else f"{unpriced:,} rows"
    without = f", without {which} whose model has no price" if unpriced > 0 else ""
    total = sum((cost for _, cost in own), Decimal(0))
    return (
        f"the file's own costs, {names}, add up to ${total:,.4f}; its tokens cost ${list_cost:,.4f} at the price list{without}"
    )
