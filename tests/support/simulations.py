"""Random catalogs, scenarios and usage, and how many of them are tried.

``ORACLE_PROFILE=oracle-thorough pytest tests/engine`` tries many more; CI tries twenty of each, always the same.
"""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from oracle import Event
from oracle.periods import ZONE, day_at

WITHOUT_SHRINKING = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
"""In CI: what fails there is printed as it was drawn, within seconds, and is made small where somebody looks at it."""

settings.register_profile(
    "oracle",
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("oracle-quick", settings.get_profile("oracle"), max_examples=20, phases=WITHOUT_SHRINKING)
settings.register_profile("oracle-thorough", settings.get_profile("oracle"), max_examples=2_000)
PROFILE = settings.get_profile(os.environ.get("ORACLE_PROFILE", "oracle-quick" if os.environ.get("CI") else "oracle"))
LAWS_PROFILE = settings(PROFILE, max_examples=PROFILE.max_examples // 2)

Row = dict[str, Any]


class Simulation(NamedTuple):
    catalog: dict[str, Any]
    scenario: dict[str, Any]
    events: list[Event]


# --- Numbers: a few that meet exactly at limits, and many that do not -------------------------------------------------


def mostly(usual: st.SearchStrategy[Any], unusual: st.SearchStrategy[Any], times: int = 5) -> st.SearchStrategy[Any]:
    """One of two, the usual one so many times as often."""
    return st.sampled_from([usual] * times + [unusual]).flatmap(lambda chosen: chosen)


def number(places: int, largest: int, *often: str) -> st.SearchStrategy[str]:
    """A decimal as text: one of ``often``, or any up to ``largest`` with up to ``places`` decimals."""
    anything = st.integers(0, largest * 10**places).map(lambda units: f"{Decimal(units).scaleb(-places):f}")
    return mostly(st.sampled_from(often), anything, 2)


UNIT_PRICES = number(9, 10, "0", "0.000000001", "0.001", "0.004", "0.005", "0.333333333", "1", "2.009999999", "9.99")
CREDITS_PER_UNIT = number(6, 20, "0", "0.000001", "0.25", "0.333333", "1", "3", "7", "10")
VALUES = number(6, 50, "0", "0.000001", "0.5", "1", "1", "2", "2.5", "3", "7", "10", "12.345678")
INCLUDED_UNITS = number(6, 60, "0", "1", "5", "10", "10.5", "20")
INCLUDED_CREDITS = number(6, 300, "0", "7", "10", "10.5", "100")
INCLUDED_BALANCES = number(9, 100, "0", "0.004", "1", "10", "10.000000001")
BASE_PRICES = number(9, 100, "0", "9.99", "9.995", "10", "30", "49")
PACK_CREDITS = st.sampled_from(["0.7", "1", "1", "3", "5", "5", "10"])
PACK_PRICES = st.sampled_from(["0", "0.004", "1", "1", "2", "2", "9.995", "0.333333333"])
TOP_UP_AMOUNTS = st.sampled_from(["0.3", "0.333333333", "1", "5", "10", "20.000000001"])
LIMITS = st.sampled_from([None, None, None, 0, 1, 2, 2, 3, 50])
PROBABILITIES = st.sampled_from([None, None, None, 0, 1, "0.5", "0.333333"])
SEEDS = st.sampled_from([0, 1, 7, 2**63 - 1])


# --- Catalogs ---------------------------------------------------------------------------------------------------------

SOLD_FEATURES = ("a", "B", "é")
FEATURES = (*SOLD_FEATURES, "only in the catalog")
INTERVALS = ("weekly", "monthly", "quarterly", "yearly", "one_time")
MODELS = ("metered", "credits", "balance")
UNLIMITED = st.just({"unlimited": True})


def date_there(catalog: Row, at: datetime) -> date:
    """The date of a moment in a catalog's time zone (2.7)."""
    token = ZONE.set(catalog.get("time_zone") or "UTC")
    try:
        return day_at(at)
    finally:
        ZONE.reset(token)


def present(**entries: Any) -> dict[str, Any]:
    """The entries that say something."""
    return {key: value for key, value in entries.items() if value is not None}


ONE_PRICE = st.builds(present, unit_price=UNIT_PRICES)
PACKAGES = st.builds(present, package_size=st.sampled_from(["1", "3", "7", "2.5", "1.000001"]), package_price=UNIT_PRICES)


@st.composite
def tiers(draw: st.DrawFn) -> Row:
    """One to four tiers, whose ends are met exactly now and then; each has a price, a fee or both."""
    widths = draw(st.lists(st.sampled_from(["0.000001", "1", "2", "3", "5", "10.5"]), max_size=3))
    ends = [f"{sum(map(Decimal, widths[: place + 1])):f}" for place in range(len(widths))]
    fees = mostly(st.none(), UNIT_PRICES, 1)
    steps = []
    for up_to in [*ends, None]:
        fee = draw(fees)
        steps.append(present(up_to=up_to, unit_price=draw(UNIT_PRICES if fee is None else fees), flat_amount=fee))
    return {"tiers_mode": draw(st.sampled_from(["graduated", "volume"])), "tiers": steps}


ROLLOVERS = mostly(
    st.none(),
    st.builds(
        present,
        max_periods=st.sampled_from([None, 1, 1, 2, 3]),
        max_amount=st.sampled_from([None, "0", "0.5", "3", "7", "20", "100.25"]),
    ),
    1,
)
SPEND_CAPS = mostly(
    st.none(),
    st.builds(
        present,
        amount=st.sampled_from(["0", "0.004", "1", "2.5", "5", "10", "20.000000001", "100"]),
        beyond=st.sampled_from([None, "block", "free", "free"]),
    ),
    3,
)
COMMITTED = st.sampled_from(["0.005", "10", "33.335", "100", "1000"])


@st.composite
def commitments(draw: st.DrawFn, plan_prices: Row) -> Row | None:
    """For an interval or a term, now and then, where the prices have one."""
    if not plan_prices or draw(st.integers(0, 3)):
        return None
    if "weekly" not in plan_prices and draw(st.booleans()):
        return {"amount": draw(COMMITTED), "per": "term", "term_months": draw(st.sampled_from([1, 2, 3, 5, 12]))}
    return None if "one_time" in plan_prices else {"amount": draw(COMMITTED), "per": "interval"}


EXPIRY_DAYS = st.sampled_from([None, None, 1, 7, 14, 30, 31])
OVERAGES = mostly(ONE_PRICE, tiers() | PACKAGES, 1)
METERED_TERMS = st.builds(present, included=mostly(INCLUDED_UNITS, st.none()), overage=mostly(OVERAGES, st.none(), 2))
CREDITS_TERMS = st.builds(present, credits_per_unit=CREDITS_PER_UNIT)
BALANCE_TERMS = st.builds(present, unit_price=UNIT_PRICES)


@st.composite
def plan_features(draw: st.DrawFn, terms: st.SearchStrategy[Row]) -> dict[str, Row]:
    """Most of the features, in any order; one in eight or so unlimited."""
    codes = draw(st.permutations(SOLD_FEATURES))[: draw(st.sampled_from([3, 3, 3, 2, 1]))]
    return {code: draw(mostly(terms, UNLIMITED, 7)) for code in codes}


@cache
def prices() -> st.SearchStrategy[dict[str, str]]:
    """Prices for some intervals in any order; sometimes none, a free plan."""
    return mostly(st.dictionaries(st.sampled_from(INTERVALS), BASE_PRICES, min_size=1, max_size=3), st.just({}))


@cache
def metered_plans() -> st.SearchStrategy[Row]:
    return st.builds(
        present,
        consumption_model=st.just("metered"),
        prices=prices(),
        spend_cap=SPEND_CAPS,
        features=plan_features(METERED_TERMS),
    )


@cache
def credits_plans() -> st.SearchStrategy[Row]:
    return st.builds(
        present,
        consumption_model=st.just("credits"),
        prices=prices(),
        included_credits=mostly(INCLUDED_CREDITS, st.none()),
        rollover=ROLLOVERS,
        spend_cap=SPEND_CAPS,
        features=plan_features(CREDITS_TERMS),
    )


@st.composite
def balance_plans(draw: st.DrawFn) -> Row:
    """A plan that is sold by the quarter or longer, and not by the month, has to say what a month includes."""
    plan_prices = draw(prices())
    must_say = bool(set(plan_prices) - {"weekly"}) and "monthly" not in plan_prices
    return present(
        consumption_model="balance",
        prices=plan_prices,
        included_balance=draw(INCLUDED_BALANCES if must_say else st.none() | INCLUDED_BALANCES),
        block_on_exhaustion=draw(st.none() | st.booleans()),
        rollover=draw(ROLLOVERS),
        spend_cap=draw(SPEND_CAPS),
        features=draw(plan_features(BALANCE_TERMS)),
    )


@cache
def credit_packs(credits_plan_codes: tuple[str, ...]) -> st.SearchStrategy[dict[str, Row]]:
    """Up to four packs, some for certain plans only."""
    some_plans = st.lists(st.sampled_from(credits_plan_codes), unique=True, min_size=1) if credits_plan_codes else st.none()
    pack = st.builds(
        present, credits=PACK_CREDITS, price=PACK_PRICES, plans=mostly(st.none(), some_plans, 2), expires_after_days=EXPIRY_DAYS
    )
    some = st.dictionaries(st.sampled_from(["w", "x", "Y", "z"]), pack, min_size=1, max_size=4)
    return mostly(some, st.just({}), 7)


@cache
def some_models() -> st.SearchStrategy[list[str]]:
    """All three in some order, or one of them twice."""
    return st.permutations(MODELS) | st.sampled_from(MODELS).map(lambda model: [model, model])


BILLING_DAYS = mostly(st.none(), st.sampled_from([1, 1, 15, 28]) | st.integers(1, 28), 3)
ZONES = mostly(
    st.none(),
    st.sampled_from(["America/New_York", "Asia/Tokyo", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "UTC"]),
    4,
)


@st.composite
def catalogs(draw: st.DrawFn, models: Sequence[str]) -> Row:
    strategies = {"metered": metered_plans, "credits": credits_plans, "balance": balance_plans}
    plans = {f"plan {place}": draw(strategies[model]()) for place, model in enumerate(models)}
    plans = {code: plan | present(minimum_commitment=draw(commitments(plan["prices"]))) for code, plan in plans.items()}
    for plan in plans.values():
        if "weekly" not in plan["prices"]:
            plan.update(present(billing_day=draw(BILLING_DAYS)))
    on_credits = tuple(code for code, plan in plans.items() if plan["consumption_model"] == "credits")
    return present(time_zone=draw(ZONES)) | {
        "currency": draw(st.sampled_from(["usd", "usd", "eur", "jpy", "clp"])),
        "features": {code: {"name": code} for code in FEATURES},
        "plans": plans,
        "credit_packs": draw(credit_packs(on_credits)),
    }


# --- Scenarios --------------------------------------------------------------------------------------------------------


def packs_of_plan(catalog: Row, plan_code: str) -> list[str]:
    packs = catalog["credit_packs"].items()
    return [code for code, pack in packs if plan_code in pack.get("plans", [plan_code])]


@st.composite
def candidates(draw: st.DrawFn, catalog: Row, plan_code: str, name: str) -> Row:
    plan = catalog["plans"][plan_code]
    interval, cap = draw(st.none() | st.sampled_from([None, *plan["prices"]])), draw(mostly(st.none(), SPEND_CAPS, 3))
    candidate = present(name=name, plan=plan_code, interval=interval, spend_cap=cap)
    if plan["consumption_model"] == "credits":
        often = ["smallest_sufficient"] * 2 + packs_of_plan(catalog, plan_code)
        rule = st.builds(
            present, pack=st.sampled_from(["none", *often]), max_packs_per_period=LIMITS, probability=PROBABILITIES
        )
        return candidate | present(purchases=draw(mostly(rule, st.none(), 7)))
    if plan["consumption_model"] == "balance":
        top_up = st.builds(present, amount=TOP_UP_AMOUNTS, max_per_period=LIMITS, probability=PROBABILITIES)
        return candidate | present(top_up=draw(mostly(top_up, st.none())))
    return candidate


FIRST_DAYS = st.sampled_from([date(2026, 1, 1), date(2027, 1, 29), date(2027, 12, 31), date(2028, 1, 30)])
LENGTHS = st.sampled_from([1, 7, 28, 31, 59, 60, 90, 92]) | st.integers(1, 100) | st.integers(365, 430)


@st.composite
def windows(draw: st.DrawFn) -> Row:
    start = draw(FIRST_DAYS) + timedelta(days=draw(st.integers(0, 40)))
    return {"start": start, "end": start + timedelta(days=draw(LENGTHS))}


@st.composite
def scenarios(draw: st.DrawFn, catalog: Row, window: Row | None) -> Row:
    plan_codes = [*catalog["plans"], *draw(st.lists(st.sampled_from([*catalog["plans"]]), max_size=1))]
    return present(
        window=window,
        rows=draw(st.sampled_from([None, "event", "aggregate"])),
        start=draw(st.sampled_from([None, "first_use", "window"])),
        seed=draw(st.none() | SEEDS),
        candidates=[draw(candidates(catalog, code, f"{place}: {code}")) for place, code in enumerate(plan_codes)],
    )


# --- Usage ------------------------------------------------------------------------------------------------------------

CUSTOMERS = ("ana", "Bob", "10", "9", "éva")
TIMES = st.sampled_from([time(0), time(0), time(12), time(23, 59, 59, 999_999)]) | st.times()


@st.composite
def timestamps(draw: st.DrawFn, days: Row, outside: int = 0) -> datetime:
    """In ``days`` or a little outside; often where a period of somebody may begin or end, and at its first instant."""
    last = (days["end"] - days["start"]).days - 1 + outside
    round_days = [0, *(day for day in (7, 14, 28, 30, 31, 59, 61, 62, 89, 90, 91) if day <= last), last]
    day = days["start"] + timedelta(days=draw(st.integers(-outside, last) | st.sampled_from(round_days)))
    return datetime.combine(day, draw(TIMES), tzinfo=UTC)


@st.composite
def usages(draw: st.DrawFn, days: Row) -> list[Event]:
    """Up to fifty events of a few customers, some at the same time; at least the first of them inside ``days``."""
    customers = CUSTOMERS[: draw(st.integers(1, len(CUSTOMERS)))]
    inside = draw(timestamps(days))
    times = [inside, *draw(st.lists(timestamps(days, outside=2), min_size=draw(st.sampled_from([0, 5, 10])), max_size=20))]
    feature = st.sampled_from(SOLD_FEATURES * 5 + FEATURES + ("in no catalog",))
    value = VALUES.map(Decimal)
    event = st.builds(Event, st.sampled_from(customers), st.sampled_from(times), feature, value, st.none())
    more = draw(st.lists(event, min_size=draw(st.sampled_from([0, 10, 25])), max_size=50))
    return [Event(customers[0], inside, draw(feature), draw(value)), *more]


@st.composite
def simulations(draw: st.DrawFn, models: Sequence[str] = (), *, window_stated: bool = False) -> Simulation:
    catalog = draw(catalogs(models or draw(some_models())))
    days = draw(windows())
    stated = window_stated or draw(st.booleans()) or draw(st.booleans())
    simulation = Simulation(catalog, draw(scenarios(catalog, days if stated else None)), draw(usages(days)))
    return draw(corrected(simulation)) if draw(st.integers(0, 3)) == 0 else simulation


@st.composite
def corrected(draw: st.DrawFn, simulation: Simulation) -> Simulation:
    """The simulation with some of its rows, but not the first, below zero."""
    first, *others = simulation.events
    events = [event._replace(value=-event.value) if draw(st.integers(0, 3)) == 0 else event for event in others]
    return simulation._replace(scenario=simulation.scenario | {"corrections": "net"}, events=[first, *events])
