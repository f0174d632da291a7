"""The engine equals the oracle in several markets and currencies too, mixed with all else; and the laws hold in both currencies."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import assume, given
from oracle import simulate as simulate_in_oracle
from support.cases import Tables, replay_in_engine
from support.drawn import Situation, occurring
from support.equality import check_engine
from support.market_draws import simulations_in_markets
from support.simulations import LAWS_PROFILE, PROFILE, Row, Simulation

from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.pieces import Piece, Sums, replay_pieces
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.money import decimal_of, minor_decimals


def shares_a_limit(simulation: Simulation) -> bool:
    """Whether codes run out, which the oracle settles market by market."""
    return any(code.get("max_redemptions") is not None for code in (simulation.catalog.get("promo_codes") or {}).values())


@PROFILE
@given(simulations_in_markets())
def test_the_engine_equals_the_oracle_in_markets(simulation: Simulation) -> None:
    assume(not shares_a_limit(simulation))
    check_engine(simulation)


def total(rows: Sequence[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


@LAWS_PROFILE
@given(simulations_in_markets())
def test_every_sum_holds_in_the_reporting_currency_too(simulation: Simulation) -> None:
    assume(not shares_a_limit(simulation) and simulate_in_oracle(*simulation)["customers"])
    replayed = replay_in_engine(*simulation)
    tables = {name: replayed.table(name).to_pylist() for name in ("customers", "periods", "invoices", "invoice_lines")}
    for row in tables["customers"]:
        key = {name: row[name] for name in ("candidate", "customer_id")}
        own = {name: [each for each in rows if key.items() <= each.items()] for name, rows in tables.items()}
        assert row["reporting_billed"] == total(own["invoice_lines"], "reporting_amount")
        assert row["reporting_billed"] == total(own["invoices"], "reporting_total")
        assert row["reporting_billed"] == total(own["periods"], "reporting_billed")
    places = minor_decimals(simulation.scenario["reporting"]["currency"])
    for candidate, totals in zip(replayed.scenario.candidates, replayed.totals, strict=True):
        own_rows = [row for row in tables["customers"] if row["candidate"] == candidate.name]
        assert decimal_of(totals.billed_minor, places) == total(own_rows, "reporting_billed")
        assert sum(totals.price_changes) == totals.customers == len(own_rows)
    assert CustomerBills.of(replayed).billed.sum(axis=1).tolist() == [totals.billed_minor for totals in replayed.totals]


@LAWS_PROFILE
@given(simulations_in_markets())
def test_parts_of_the_customers_come_to_the_same(simulation: Simulation) -> None:
    assume(simulate_in_oracle(*simulation)["customers"])
    whole = replay_in_engine(*simulation)
    parts = list(replay_pieces(whole.scenario, whole.usage, Piece.of, events=1))
    for name in whole.table_names:
        expected = without_dictionaries(whole.table(name))
        found = pa.concat_tables([without_dictionaries(part.tables[name]) for part in parts])
        assert in_order(found).equals(in_order(expected)), name
    assert [each.billed_minor for each in Sums.total([part.sums for part in parts]).totals] == [
        each.billed_minor for each in whole.totals
    ]


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names])


def different_currencies_of_one_customer(tables: Tables) -> bool:
    found: dict[str, set[str]] = {}
    for row in tables["customers"]:
        found.setdefault(row["customer_id"], set()).add(row["currency"])
    return any(len(own) > 1 for own in found.values())


def two_rates(tables: Tables) -> bool:
    found = {
        (row["currency"], (line["reporting_amount"] / line["amount"]).quantize(Decimal("0.001")))
        for row in tables["invoices"]
        for line in tables["invoice_lines"]
        if line["invoice_number"] == row["invoice_number"] and line["amount"] > 50
    }
    return len(found) > len({currency for currency, _ in found})


def seats_in_markets(tables: Tables) -> bool:
    markets = {row["customer_id"]: row["market"] for row in tables["customers"]}
    return any(line["charge"] == "true_up" and markets[line["customer_id"]] for line in tables["invoice_lines"])


SITUATIONS = (different_currencies_of_one_customer, two_rates, seats_in_markets)


@cache
def drawn_situations() -> frozenset[Situation]:
    return occurring(simulations_in_markets(), SITUATIONS, lambda simulation: (simulate_in_oracle(*simulation),))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_the_rules_of_markets_speak_of_is_drawn(situation: Situation) -> None:
    assert situation in drawn_situations()
