"""Random plan groups as candidates, with subscriptions that are possible on at least one of their plans."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from oracle import Event
from oracle.events import events_by_customer
from oracle.periods import Window, midnight
from oracle.simulation import start_without_a_file
from oracle.subscription import Market

from support.add_on_draws import add_ons, used_add_ons
from support.level_draws import with_levels
from support.simulations import (
    BASE_PRICES,
    CUSTOMERS,
    SEEDS,
    Row,
    Simulation,
    candidates,
    mostly,
    number,
    packs_of_plan,
    present,
    usages,
    windows,
)
from support.timelines import line_ups, market_of, some_add_ons, timelines, usage_at_actions, version_rules, versions

CHOICES = ("assigned", "cheapest", "upgrade")
SHARES = st.sampled_from([None, 0, "0.000001", "0.1", "0.333333", "0.333334", "0.5", "1", "1"])
INTERVALS_OF_PERIODS = ("monthly", "weekly", "quarterly", "yearly")
PERIODS = st.sampled_from([None, 1, 1, 1, 2, 3])
SOLD_FOR = {"metered": {"included": "5"}, "credits": {"credits_per_unit": "1"}, "balance": {"unit_price": "1"}}


# --- Catalogs ---------------------------------------------------------------------------------------------------------


def without_one_time_prices(plan: Row) -> Row:
    """A move from one period to the next has to cost something; a plan that loses its only price is free."""
    prices = {interval: price for interval, price in plan["prices"].items() if interval != "one_time"}
    paid_alone = ("trial_days", "minimum_commitment")
    return {key: value for key, value in plan.items() if prices or key not in paid_alone} | {"prices": prices}


@st.composite
def ladders(draw: st.DrawFn, model: str) -> Row:
    """Two or three plans as they are sold: the higher, the dearer, with more included; perhaps a free one below them."""
    catalog = draw(line_ups(model))
    codes = list(catalog["plans"])[:3]
    interval = draw(st.sampled_from(["monthly", "monthly", "weekly", "quarterly", "yearly"]))
    below = draw(st.integers(0, 1)) * (interval != "weekly")
    plans = {}
    for step, code in enumerate(codes):
        plan = dict(catalog["plans"][code])
        months = {"quarterly": 3, "yearly": 12}.get(interval, 1)
        price = draw(number(2, 9 * months, str(3 * months))) if step >= below else None
        plan["prices"] = {interval: str((step + 1 - below) * 10 * months + Decimal(price))} if price is not None else {}
        plan["features"] = {feature: draw(steps(model, step)) for feature in ("a", "B")}
        plan |= included(model, step)
        if price is None or (interval == "weekly" and plan.get("minimum_commitment", {}).get("per") == "term"):
            plan.pop("minimum_commitment", None)
        plans[code] = plan if price is not None else {key: value for key, value in plan.items() if key != "trial_days"}
    packs = {"five": {"credits": 5, "price": "4"}} if model == "credits" else {}
    return catalog | {"plans": plans, "plan_groups": {"all": codes}, "credit_packs": packs}


IN_TIERS = {"tiers_mode": "graduated", "tiers": [{"up_to": 3, "unit_price": "1", "flat_amount": "0.5"}, {"unit_price": "0.4"}]}


@st.composite
def steps(draw: st.DrawFn, model: str, step: int) -> Row:
    if model == "metered":
        overage = draw(st.sampled_from([{"unit_price": "1"}, {"unit_price": "0.5"}, IN_TIERS, None]))
        return present(included=(step + 1) * draw(st.sampled_from([5, 10])), overage=overage)
    return SOLD_FOR[model]


def included(model: str, step: int) -> Row:
    if model == "credits":
        return {"included_credits": 10 * (step + 1)}
    return {"included_balance": 12 * (step + 1)} if model == "balance" else {}


@st.composite
def catalogs_of_line_ups(draw: st.DrawFn, model: str) -> Row:
    """A ladder, or any plans in any order."""
    if draw(st.booleans()):
        return codes_that_fit(draw(ladders(model)))
    catalog = draw(line_ups(model))
    plans = {code: without_one_time_prices(plan) for code, plan in catalog["plans"].items()}
    common = draw(st.sampled_from(INTERVALS_OF_PERIODS)) if all(plan["prices"] for plan in plans.values()) else "monthly"
    sold = {code: sold_at(plan, common, draw(BASE_PRICES)) for code, plan in plans.items()}
    return codes_that_fit(catalog | {"plans": sold})


def codes_that_fit(catalog: Row) -> Row:
    """Promo codes name the plans that are left, and an interval only where one of them, whose prices are others by now, has it."""
    plans = catalog["plans"]
    sold = {interval for plan in plans.values() for interval in plan["prices"]}
    codes = {}
    for code, rule in catalog.get("promo_codes", {}).items():
        left = [plan for plan in rule.get("plans", []) if plan in plans]
        unfit = {"plans"} | ({"billing_interval"} if rule.get("billing_interval") not in sold else set())
        codes[code] = {key: value for key, value in rule.items() if key not in unfit} | ({"plans": left} if left else {})
    return with_one_billing_day(catalog) | ({"promo_codes": codes} if codes else {})


def with_one_billing_day(catalog: Row) -> Row:
    """Customers move up by themselves only between plans that bill on the same day, and weeks have none (2.2)."""
    weekly = any("weekly" in plan["prices"] for plan in catalog["plans"].values())
    first = next(iter(catalog["plans"].values())).get("billing_day")
    same = present(billing_day=None if weekly else first)
    plans = {code: {k: v for k, v in plan.items() if k != "billing_day"} | same for code, plan in catalog["plans"].items()}
    return catalog | {"plans": plans}


def codes_without_limits(catalog: Row) -> Row:
    """A line-up that chooses plans by itself takes no code with a limit (billing-rules 9.3)."""
    codes = {
        code: {key: value for key, value in rule.items() if key != "max_redemptions"}
        for code, rule in catalog.get("promo_codes", {}).items()
    }
    return catalog | ({"promo_codes": codes} if codes else {})


def sold_at(plan: Row, interval: str, price: str) -> Row:
    """At this interval too, unless it is free."""
    if not plan["prices"]:
        return plan
    sold = plan | {"prices": {interval: price} | plan["prices"]}
    if interval == "weekly" and sold.get("minimum_commitment", {}).get("per") == "term":
        del sold["minimum_commitment"]
    return sold | included_at_least(sold)


def included_at_least(plan: Row) -> Row:
    """A balance plan has to say what it includes, unless it has a monthly price or weekly ones alone."""
    said = plan["consumption_model"] != "balance" or "included_balance" in plan
    return {} if said else {"included_balance": "12"}


def common_intervals(catalog: Row, plans: Sequence[str]) -> list[str]:
    """Those for which all plans that are not free have a price; beside a free plan, which has months, not weeks."""
    sold = [catalog["plans"][plan]["prices"] for plan in plans]
    paid = [prices for prices in sold if prices]
    common = [interval for interval in INTERVALS_OF_PERIODS if paid and all(interval in prices for prices in paid)]
    return common if len(paid) == len(sold) else [interval for interval in common if interval != "weekly"]


# --- Candidates -------------------------------------------------------------------------------------------------------


@st.composite
def group_candidates(draw: st.DrawFn, catalog: Row, name: str, choose: str) -> Row:
    """As for one of the plans of a group, which all of them have to sell what is bought by rule."""
    group = draw(st.sampled_from([*catalog["plan_groups"]]))
    plans = catalog["plan_groups"][group]
    candidate = draw(candidates(catalog, draw(st.sampled_from(plans)), name))
    del candidate["plan"]
    candidate.pop("interval", None)
    common = common_intervals(catalog, plans)
    usual = draw(st.sampled_from([*([] if choose == "upgrade" else [None]), *common])) if common else None
    pack = candidate.get("purchases", {}).get("pack", "none")
    if pack not in ("none", "smallest_sufficient") and not all(pack in packs_of_plan(catalog, plan) for plan in plans):
        del candidate["purchases"]
    return candidate | present(
        group=group,
        interval=usual,
        choose=choose if choose != "cheapest" else draw(st.sampled_from([None, "cheapest"])),
        blocked_share_max=draw(SHARES) if choose != "assigned" else None,
        upgrade_after_periods=draw(PERIODS) if choose == "upgrade" else None,
        offer=draw(st.sampled_from([None, *catalog["offers"]])),
        addons=draw(some_add_ons(catalog, candidate | present(plan=plans[0], interval=usual))),
    )


# --- Usage ------------------------------------------------------------------------------------------------------------


@st.composite
def steady_usages(draw: st.DrawFn, days: Row) -> list[Event]:
    """Of one to three customers who ask for about the same again and again, with now and then a quiet time."""
    events, length = [], (days["end"] - days["start"]).days
    for customer in CUSTOMERS[: draw(st.integers(1, 3))]:
        every, first = draw(st.sampled_from([5, 7, 15, 30])), draw(st.sampled_from([0, 0, 0, 3, 20]))
        value = Decimal(draw(st.sampled_from(["1", "3", "5", "5", "10", "10", "20", "40"])))
        feature = draw(st.sampled_from(["a", "a", "B", "é"]))
        quiet = draw(st.sets(st.integers(0, 40), max_size=3))
        for turn, day in enumerate(range(min(first, length - 1), length, every)):
            if turn == 0 or turn not in quiet:
                at = midnight(days["start"] + timedelta(days=day)) + draw(st.sampled_from([0, 0, 12])) * timedelta(hours=1)
                events.append(Event(customer, at, feature, value))
    return events


@st.composite
def longer_windows(draw: st.DrawFn) -> Row:
    """Long enough for a move."""
    days = draw(windows())
    return days | {"end": days["end"] + timedelta(days=draw(st.sampled_from([0, 60, 90, 90])))}


# --- Simulations ------------------------------------------------------------------------------------------------------


@st.composite
def rows_for(draw: st.DrawFn, catalog: Row, scenario: Row, days: Row, events: Sequence[Event]) -> list[Row]:
    """Rows for some customers of each candidate; a customer without usage needs a start of its own."""
    rows: list[Row] = []
    window = Window(midnight(days["start"]), midnight(days["end"]))
    used = events_by_customer(events, window)
    named = len(scenario["candidates"]) > 1
    for candidate in scenario["candidates"]:
        decides = candidate.get("choose") != "assigned"
        market = draw(markets(catalog, candidate, days))
        for customer_id in (*CUSTOMERS, "quiet"):
            own = used.get(customer_id)
            start = start_without_a_file(customer_id, scenario.get("start", ""), window, own[0].timestamp) if own else None
            if draw(st.integers(0, 3)) >= (2 if own else 3):
                drawn = draw(timelines(market, start, customer_id, days, changes_count=not decides))
                drawn = [row for row in drawn if not (named and decides and row["action"] == "change_plan")]
                rows += [named_for(candidate["name"], row, decides=decides) for row in drawn] if named else drawn
    return rows


@st.composite
def markets(draw: st.DrawFn, catalog: Row, candidate: Row, days: Row) -> Market:
    """Where timelines are possible: on the lowest plan of the line-up, or for cheapest on any; changes stay within it."""
    plans = catalog["plan_groups"][candidate["group"]]
    lived_on = draw(st.sampled_from(plans)) if candidate.get("choose", "cheapest") == "cheapest" else plans[0]
    groups = {code: [plan for plan in group if plan in plans] for code, group in catalog["plan_groups"].items()}
    return market_of(catalog | {"plan_groups": groups}, candidate | {"plan": lived_on}, days)


def named_for(name: str, row: Row, *, decides: bool) -> Row:
    """A line-up that decides by itself may not be told of a plan by a row that names it; one that is lent is another's."""
    return row | {"candidate": name} | ({"plan": ""} if decides and row["action"] != "grant" else {})


@st.composite
def simulations_of_line_ups(
    draw: st.DrawFn, model: str, *choices: str, with_versions: bool = False, with_add_ons: bool = False
) -> Simulation:
    """One or two candidates on groups of one catalog; half of the time with a subscriptions file."""
    catalog, days = draw(catalogs_of_line_ups(model)), draw(longer_windows())
    rules: list[Row] = []
    if with_versions:
        for plan in catalog["plans"].values():
            if draw(st.integers(0, 3)):
                plan["versions"] = draw(versions(plan, days))
        rules = draw(version_rules(catalog))
    catalog = draw(add_ons(catalog)) if with_add_ons else catalog
    events = draw(mostly(steady_usages(days), usages(days), 2))
    chosen = draw(st.lists(st.sampled_from(choices or CHOICES), min_size=1, max_size=2))
    if {*chosen} != {"assigned"}:
        catalog = codes_without_limits(catalog)
    named: list[Any] = [draw(group_candidates(catalog, f"{place}: {choose}", choose)) for place, choose in enumerate(chosen)]
    scenario = present(
        window=days,
        rows=draw(st.sampled_from([None, "event", "aggregate"])),
        start=draw(st.sampled_from([None, "first_use", "window"])),
        seed=draw(st.none() | SEEDS),
        candidates=named,
        versions=rules or None,
    )
    if draw(st.booleans()):
        return Simulation(catalog, scenario, events)
    rows = draw(rows_for(catalog, scenario, days, events))
    more = draw(usage_at_actions(rows, days, events))
    return Simulation(catalog, scenario | {"subscriptions": rows}, [*events, *more])


@st.composite
def simulations_of_line_ups_with_more(draw: st.DrawFn, model: str, *choices: str) -> Simulation:
    """With add-ons, seats and quota, or both."""
    has = draw(st.sampled_from(["add-ons", "levels", "both"]))
    simulation = draw(simulations_of_line_ups(model, *choices, with_add_ons=has != "levels"))
    if has != "levels":
        simulation = draw(used_add_ons(simulation))
    return draw(with_levels(simulation)) if has != "add-ons" else simulation
