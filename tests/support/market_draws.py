"""Random markets on random simulations: prices of their own in a second currency, who is where, and rates by day."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from support.level_draws import simulations_with_levels
from support.simulations import (
    BASE_PRICES,
    COMMITTED,
    CUSTOMERS,
    INCLUDED_BALANCES,
    MODELS,
    OVERAGES,
    PACK_PRICES,
    UNIT_PRICES,
    Row,
    Simulation,
    simulations,
)
from support.timelines import simulations_over_time

MARKETS = ("here", "there", "farther")
CAPS = st.sampled_from(["0", "1", "2.5", "100"])
RATES = st.sampled_from(["0.00655", "0.5", "1", "1.333333333", "150"])
RATE_DAYS = ("2025-01-01", "2026-02-10", "2027-02-01", "2028-01-31")


@st.composite
def feature_prices(draw: st.DrawFn, terms: Any, kind: str) -> Row | None:
    """Of a feature of a plan; seats and quota keep how they are charged."""
    if not isinstance(terms, dict):
        return None
    if terms.get("overage") is not None:
        return dict(terms["overage"]) if kind != "usage" else draw(OVERAGES)
    return {"unit_price": draw(UNIT_PRICES)} if "unit_price" in terms else None


@st.composite
def regional_prices(draw: st.DrawFn, plan: Row, kinds: Row) -> Row:
    """All prices that a plan has, in another currency."""
    prices: Row = {"prices": {interval: draw(BASE_PRICES) for interval in plan.get("prices") or {}}}
    if plan.get("included_balance") is not None:
        prices["included_balance"] = draw(INCLUDED_BALANCES)
    if plan.get("minimum_commitment"):
        prices["minimum_commitment"] = {"amount": draw(COMMITTED)}
    if plan.get("spend_cap"):
        prices["spend_cap"] = draw(CAPS)
    if plan["consumption_model"] == "balance" and (plan.get("rollover") or {}).get("max_amount") is not None:
        prices["rollover"] = {"max_amount": draw(CAPS)}
    features = {code: draw(feature_prices(terms, kinds.get(code, "usage"))) for code, terms in plan["features"].items()}
    return prices | {"features": {code: own for code, own in features.items() if own}}


@st.composite
def in_markets(draw: st.DrawFn, simulation: Simulation) -> Simulation:
    catalog, scenario = deepcopy(simulation.catalog), deepcopy(simulation.scenario)
    home = str(catalog.get("currency") or "usd")
    other = draw(st.sampled_from([code for code in ("usd", "eur", "jpy") if code != home]))
    kinds = {code: feature.get("type", "usage") for code, feature in catalog["features"].items()}
    for plan in catalog["plans"].values():
        plan["currency_prices"] = {other: draw(regional_prices(plan, kinds))}
        if plan.get("prices") and draw(st.booleans()):
            plan["market_prices"] = {"farther": {"prices": {draw(st.sampled_from([*plan["prices"]])): draw(BASE_PRICES)}}}
    for pack in (catalog.get("credit_packs") or {}).values():
        if draw(st.booleans()):
            pack["currency_prices"] = {other: draw(PACK_PRICES)}
    catalog |= {
        "markets": {"here": {"currency": home}, "there": {"currency": other}, "farther": {"currency": other}},
        "currencies": {other: {"exchange_rate": draw(st.sampled_from(["0.333333333", "1", "150"]))}},
        "offers": {code: in_both(offer, home, other) for code, offer in (catalog.get("offers") or {}).items()},
    }
    for candidate in scenario["candidates"]:
        if draw(st.integers(0, 2)) == 0:
            candidate["market"] = draw(st.sampled_from(MARKETS))
    own = {customer: draw(st.sampled_from((None, *MARKETS))) for customer in CUSTOMERS}
    for row in scenario.get("subscriptions") or ():
        if row["action"] == "start" and own.get(row["customer_id"]):
            row["market"] = own[row["customer_id"]]
    if not any(row.get("market") for row in (*scenario["candidates"], *(scenario.get("subscriptions") or ()))):
        scenario["candidates"][0]["market"] = "there"
    told = draw(st.sampled_from(["usd", "eur", "jpy"]))
    rates = [{"date": day, "currency": code, "rate": draw(RATES)} for code in {home, other} - {told} for day in RATE_DAYS]
    return Simulation(catalog, scenario | {"reporting": {"currency": told, "rates": rates}}, simulation.events)


def in_both(offer: Row, home: str, other: str) -> Row:
    """An offer with an amount in each currency; one in short form gives a percentage."""
    if offer.get("amount") is not None:
        return {key: value for key, value in offer.items() if key != "amount"} | {"percent": "33"}
    if not offer.get("phases"):
        return offer
    phases = [
        {key: {home: amount, other: "7"} if key in ("amount", "price") else amount for key, amount in phase.items()}
        for phase in offer["phases"]
    ]
    return offer | {"phases": phases}


@st.composite
def simulations_in_markets(draw: st.DrawFn) -> Simulation:
    model = draw(st.sampled_from(MODELS))
    plain = simulations([model, draw(st.sampled_from(MODELS))], window_stated=True)
    return draw(in_markets(draw(plain | simulations_over_time(model) | simulations_with_levels(model))))
