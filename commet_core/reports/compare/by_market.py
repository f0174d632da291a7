"""Several markets side by side: what customers of each are billed in their currency, and what that is in the reporting currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from commet_core.engine.markets import ReplayInMarkets
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import told_customers
from commet_core.foundation.arrow import amount_type, amount_type_of, decimals
from commet_core.foundation.money import decimal_of, format_amount, minor_decimals
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.wording import capitalized, counted, either, listed
from commet_core.scenario.markets import market_name


@dataclass(frozen=True)
class InMarket:
    """The customers of a market under one candidate. billed: in `currency`; told: the same in the reporting currency."""

    market: str
    candidate: str
    customers: int
    currency: str
    billed: Decimal
    told: Decimal


def by_market(replayed: Replay) -> list[InMarket]:
    """Every market with customers, in its order in the catalog, those in none first, under every candidate there; empty of a replay

    without several.
    """
    if not isinstance(replayed, ReplayInMarkets):
        return []
    catalog = replayed.scenario.catalog
    found = []
    for market in ["", *catalog.markets]:
        for place, candidate in enumerate(replayed.scenario.candidates):
            runs = [run for part, run in replayed.runs_of(place) if part.market == market and run.customer_count]
            if runs:
                found.append(_in_market(replayed, market_name(catalog, market), candidate.name, runs))
    return found


def _in_market(replayed: Replay, market: str, candidate: str, runs: Sequence[Run]) -> InMarket:
    currency = runs[0].currency
    return InMarket(
        market=market,
        candidate=candidate,
        customers=sum(run.customer_count for run in runs),
        currency=currency,
        billed=decimal_of(sum(exact_sum(run.customer_billed) for run in runs), minor_decimals(currency)),
        told=decimal_of(sum(exact_sum(told_customers(run)) for run in runs), minor_decimals(replayed.currency)),
    )


def market_rows(replayed: Replay) -> dict[str, list[str]]:
    """A market a row, with what it is billed under each candidate in both currencies; the last row has the sums."""
    found, told = by_market(replayed), replayed.currency
    markets = list(dict.fromkeys(each.market for each in found))
    names = [candidate.name for candidate in replayed.scenario.candidates]
    at = {(each.market, each.candidate): each for each in found}
    rows: dict[str, list[str]] = {"Market": [*map(capitalized, markets), "All"]}
    first = [max(each.customers for each in found if each.market == market) for market in markets]
    rows["Customers"] = [*(f"{count:,}" for count in first), f"{replayed.customer_count:,}"]
    for name in names:
        own = [at.get((market, name)) for market in markets]
        rows[name] = [*("" if each is None else format_amount(each.billed, each.currency) for each in own), ""]
        total = sum((each.told for each in own if each is not None), Decimal(0))
        amounts = ["" if each is None else format_amount(each.told, told) for each in own]
        rows[f"{name}, in {told.upper()}"] = [*amounts, format_amount(total, told)]
    return rows


def market_table(replayed: Replay) -> pa.Table:
    """`by_market` as a table: amounts with the decimals of the finest of the currencies."""
    found = by_market(replayed)
    places = max([minor_decimals(replayed.currency), *(minor_decimals(each.currency) for each in found)])
    return pa.table(
        {name: pa.array([getattr(each, name) for each in found], pa.string()) for name in ("candidate", "market")}
        | {"customers": pa.array([each.customers for each in found], pa.int64())}
        | {"currency": pa.array([each.currency for each in found], pa.string())}
        | {"billed": pa.array([each.billed for each in found], amount_type_of(places))}
        | {"reporting_billed": pa.array([each.told for each in found], amount_type(replayed.currency))}
    )


def market_sentences(replayed: Replay) -> list[str]:
    """`Japan (JPY): 12 customers are billed ¥18,000 under Low, $117.90; and ¥21,600 under High, $141.48.`"""
    found = by_market(replayed)
    said = []
    for market in dict.fromkeys(each.market for each in found):
        own = [each for each in found if each.market == market]
        are = "is" if own[0].customers == 1 else "are"
        amounts = [
            f"{format_amount(each.billed, each.currency)} under {each.candidate}"
            + ("" if each.currency == replayed.currency else f" ({format_amount(each.told, replayed.currency)})")
            for each in own
        ]
        said.append(f"{capitalized(market)}: {counted(own[0].customers, 'customer')} {are} billed {listed(amounts)}.")
    return said


def customers_in_markets(replayed: Replay) -> pa.Table:
    """A row per customer, those first whose bill under the last candidate differs most from the baseline's.

    Columns: customer_id, market, `billed 0`, `billed 1`, … (what each candidate bills it in its own currency, as it is written),
    difference (of the last candidate to the baseline, in the reporting currency).
    """
    scenario = replayed.scenario
    base, last = scenario.baseline_index(), len(scenario.candidates) - 1
    groups = replayed.runs_by_customers()
    more = np.concatenate([told_customers(runs[last]) - told_customers(runs[base]) for runs in groups])
    table = pa.concat_tables([_customers(replayed, runs) for runs in groups])
    told = table.append_column("difference", decimals(more, amount_type(replayed.currency)))
    return told.take(pa.array(np.argsort(-np.abs(more), kind="stable")))


def _customers(replayed: Replay, runs: Sequence[Run]) -> pa.Table:
    catalog, run = replayed.scenario.catalog, runs[0]
    ids = run.usage.customers.take(pa.array(run.timeline.customers)).cast(pa.string())
    markets = either(list(dict.fromkeys(market_name(catalog, each.market or "") for each in runs)))
    names = pa.array([capitalized(markets)] * len(ids), pa.string())
    return pa.table(
        {"customer_id": ids, "market": names} | {f"billed {place}": _written(each) for place, each in enumerate(runs)}
    )


def _written(run: Run) -> pa.Array:
    places = minor_decimals(run.currency)
    amounts = [format_amount(decimal_of(int(minor), places), run.currency) for minor in run.customer_billed.tolist()]
    return pa.array(amounts, pa.string())
