"""Random subscriptions that are possible, on random plan groups: catalogs, candidates and rows of a subscriptions file.

A timeline is drawn as it is lived: the oracle's subscription is taken to a moment, and one of the actions that make sense
in its state there is drawn.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import chain

from hypothesis import strategies as st
from oracle import Event
from oracle.add_ons import fits, price_for
from oracle.admission import Assumptions
from oracle.events import Action, action_from, events_by_customer
from oracle.offers import Offer, offer_named
from oracle.periods import ONE_TIME, ZONE, Window, day_at, midnight, months_after
from oracle.plans import billing_interval, change_is_immediate, change_is_refused, is_move_up, terms_of
from oracle.records import ACTIVE, CANCELED, PAUSED, TRIAL
from oracle.simulation import start_without_a_file
from oracle.subscription import Market, Subscription, act, reset_until
from oracle.versions import documents, version_of_day

from support.simulations import (
    BASE_PRICES,
    CUSTOMERS,
    SOLD_FEATURES,
    TOP_UP_AMOUNTS,
    VALUES,
    Row,
    Simulation,
    catalogs,
    corrected,
    present,
    scenarios,
    usages,
    windows,
)

PERCENTS = st.sampled_from(["0.5", "10", "20", "33.333333", "50", "100"])
AMOUNTS_OFF = st.sampled_from(["0.004", "0.005", "5", "9.995", "1000"])
OFFER_CYCLES = st.sampled_from([None, 1, 2, 3])
TRIAL_DAYS = st.sampled_from([None, None, None, 1, 7, 10, 14, 30, 31, 45, 70])
ACTION_TIMES = st.sampled_from([time(0), time(0), time(0), time(12), time(23, 59, 59, 999_999)]) | st.times()
INTO_THE_PAST = st.sampled_from([40, 40, 40, 400]).map(lambda days: timedelta(days=days))
NO_OFFER = Offer("", ())
ADJUSTMENTS = st.sampled_from(["-1000", "-30", "-7.5", "-0.000001", "0.5", "3", "25", "400"])
INSTANT = timedelta(microseconds=1)
FEATURE = st.sampled_from(SOLD_FEATURES)
VALUE = VALUES.map(Decimal)


# --- Catalogs ---------------------------------------------------------------------------------------------------------


@st.composite
def line_ups(draw: st.DrawFn, model: str) -> Row:
    """Two to four plans of one model, some with trials, in one or two groups, and a few offers."""
    catalog = draw(catalogs([model] * draw(st.integers(2, 4))))
    for plan in catalog["plans"].values():
        if plan["prices"]:
            plan.update(present(trial_days=draw(TRIAL_DAYS)))
    codes = list(catalog["plans"])
    groups = {"all": draw(st.permutations(codes)), "some": draw(st.permutations(codes))[: draw(st.integers(1, len(codes)))]}
    order = draw(st.permutations(list(groups)))
    if draw(st.integers(0, 4)) == 0:
        catalog["plans"] = {code: sold_once_too(plan, draw(BASE_PRICES)) for code, plan in catalog["plans"].items()}
    catalog |= {"plan_groups": {code: groups[code] for code in order}, "offers": draw(offers())}
    return catalog | draw(promo_codes(catalog))


@st.composite
def versions(draw: st.DrawFn, plan: Row, days: Row) -> list[Row]:
    """One or two versions of a plan that begin around the window: other prices, and features as another plan has them."""
    around = days_in(days["start"] - timedelta(days=40), days["end"])
    resets = st.sampled_from([months_after(days["start"], months) for months in range(1, 4)])  # of who starts with the window
    begins = sorted(draw(st.sets(st.one_of(around, around, resets), min_size=1, max_size=2)))
    found = []
    present_features = plan["features"]
    for day in begins:
        other = draw(catalogs([plan["consumption_model"]]))["plans"]["plan 0"]
        prices = {interval: draw(BASE_PRICES) for interval in plan["prices"]}
        features = {code: changed(present_features.get(code), new) for code, new in other["features"].items()}
        features |= {code: None for code in present_features if code not in other["features"] and draw(st.booleans())}
        kept = {code: terms for code, terms in present_features.items() if features.get(code, "") is not None}
        present_features = kept | other["features"]
        grants = {key: other[key] for key in ("included_credits", "included_balance", "rollover") if key in other}
        found.append({"from": day, "features": features, **({"prices": prices} if prices else {}), **grants})
    return found


def changed(present_terms: Row | None, new: Row) -> Row:
    """What turns the terms of a feature into others where maps merge: keys that are gone are null."""
    return {
        key: changed(terms, new[key]) if isinstance(terms, dict) and isinstance(new.get(key), dict) else new.get(key)
        for key, terms in {**new, **(present_terms or {})}.items()
    }


@st.composite
def version_rules(draw: st.DrawFn, catalog: Row) -> list[Row]:
    """Who adopts some of the versions, how and when."""
    rules = []
    for code, plan in catalog["plans"].items():
        for version in plan.get("versions", ()):
            day = version["from"]
            started = {
                draw(st.sampled_from(["started_before", "started_since"])): day - timedelta(days=draw(st.integers(0, 60)))
            }
            who = draw(st.sampled_from(["all", "all", "nobody", started, {"customers": [CUSTOMERS[0]]}]))
            late = draw(st.sampled_from([None, None, day + timedelta(days=draw(st.integers(0, 40)))]))
            adopt = draw(st.sampled_from([None, "next_cycle", "now"]))
            if draw(st.booleans()):
                rules.append(present(plan=code, version=day, who=who, adopt=adopt, on=late))
    return rules


@st.composite
def simulations_with_versions(draw: st.DrawFn, model: str) -> Simulation:
    """As over time, with versions of plans."""
    days = draw(windows())
    catalog = draw(line_ups(model))
    for plan in catalog["plans"].values():
        if draw(st.integers(0, 3)):
            plan["versions"] = draw(versions(plan, days))
    simulation = draw(simulations_on(catalog, days))
    return simulation._replace(scenario=simulation.scenario | {"versions": draw(version_rules(catalog))})


def sold_once_too(plan: Row, price: str) -> Row:
    """At a one-time price before all others, unless it is free; a balance plan then has to say what a month includes."""
    if not plan["prices"]:
        return plan
    says = {"included_balance": plan.get("included_balance", "12")} if plan["consumption_model"] == "balance" else {}
    kept = {key: value for key, value in plan.items() if key != "minimum_commitment" or value["per"] == "term"}
    return kept | {"prices": {ONE_TIME: price} | plan["prices"]} | says


@cache
def offers() -> st.SearchStrategy[dict[str, Row]]:
    percent = st.builds(present, percent=PERCENTS, cycles=OFFER_CYCLES)
    amount = st.builds(present, amount=AMOUNTS_OFF, cycles=OFFER_CYCLES)
    return st.dictionaries(st.sampled_from(["launch", "friend"]), percent | amount | offers_in_phases(), min_size=1)


@st.composite
def offers_in_phases(draw: st.DrawFn) -> Row:
    """Up to three phases after a free trial or none; only the last may be open."""
    kinds = st.sampled_from([("percentage", "percentage", PERCENTS), ("amount_off", "amount", AMOUNTS_OFF)])
    kinds |= st.just(("fixed_price", "price", AMOUNTS_OFF))
    trial = [{"type": "free_trial", "duration_days": draw(st.integers(1, 40))}] if draw(st.integers(0, 3)) == 0 else []
    chosen = draw(st.lists(kinds, min_size=not trial, max_size=3))
    phases = [{"type": name, key: draw(number), "duration_cycles": draw(st.integers(1, 2))} for name, key, number in chosen]
    if phases and draw(st.booleans()):
        del phases[-1]["duration_cycles"]
    return {"phases": [*trial, *phases]}


@st.composite
def promo_codes(draw: st.DrawFn, catalog: Row) -> Row:
    """One code of an offer of its own, often with a limit."""
    says = draw(
        st.sampled_from([{}, {"plans": draw(st.permutations(list(catalog["plans"])))[:1]}, {"billing_interval": "monthly"}])
    )
    if "billing_interval" in says and not any("monthly" in plan["prices"] for plan in catalog["plans"].values()):
        says = {}
    limit = present(max_redemptions=draw(st.sampled_from([None, 0, 1, 2])))
    offer = {"phases": [{"type": "percentage", "percentage": "25", "duration_cycles": draw(st.integers(1, 2))}]}
    return {"offers": catalog["offers"] | {"spring": offer}, "promo_codes": {"SPRING": {"offer": "spring", **says, **limit}}}


def offers_without_trial(subscription: Subscription) -> list[str]:
    catalog = subscription.market.catalog
    return [code for code in catalog["offers"] if not (offer_named(code, catalog) or NO_OFFER).trial_days]


def line_up_of(catalog: Row, plan: str) -> list[str]:
    groups = [group for group in catalog["plan_groups"].values() if plan in group]
    return sorted(set(chain.from_iterable(groups)))


# --- One timeline -----------------------------------------------------------------------------------------------------


def days_in(first: date, last: date) -> st.SearchStrategy[date]:
    """Both ends included; often soon, and often on a day that not every month has."""
    all_days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    rare = [day for day in all_days if day.day > 28]
    return st.sampled_from(all_days[:20]) | st.sampled_from(all_days) | st.sampled_from(rare or all_days)


@st.composite
def moments(draw: st.DrawFn, days: Row, first: datetime, due: datetime | None) -> datetime:
    """Somewhere around ``days`` and not before ``first``; often just then, or when the period is due to end."""
    last = midnight(days["end"] + timedelta(days=2))
    day = draw(days_in(first.date(), max(last, first).date()))
    anywhere = max(first, datetime.combine(day, draw(ACTION_TIMES), tzinfo=UTC))
    usual = [anywhere] * 4 + [first] + [due] * (due is not None)
    return draw(st.sampled_from(usual))


def kinds_of_action(subscription: Subscription) -> list[str]:
    """What a customer may do in its present state; changes more often than the rest."""
    model = subscription.terms_now.model
    packs = ["buy_pack"] * bool(model == "credits" and subscription.terms_now.packs)
    adjust = ["adjust"] * (model == "credits" or (model == "balance" and subscription.state in (TRIAL, ACTIVE)))
    is_paid_once = subscription.terms_now.interval == ONE_TIME and subscription.state != TRIAL
    cancel = [] if is_paid_once else ["cancel"]
    has_no_charge = subscription.terms_now.is_free or (subscription.state == ACTIVE and is_paid_once)
    offer = ["apply_offer"] * (not has_no_charge and bool(offers_without_trial(subscription)))
    if subscription.state == PAUSED:
        return ["resume"] * 3 + [*cancel, *packs, *offer, "customer_credit", *adjust]
    if subscription.state == CANCELED:
        return ["reactivate"] * 3 + [*packs, "customer_credit", *adjust]
    assert subscription.state in (TRIAL, ACTIVE)
    top_ups = ["top_up"] * 2 * (model == "balance")
    leaves = cancel * (4 if subscription.state == TRIAL else 1)
    return [
        *["change_plan"] * 5,
        *leaves,
        "pause",
        *packs * 2,
        *top_ups,
        *adjust * 2,
        *offer * 2,
        *versions_to_adopt(subscription),
        *["grant"] * 3 * bool(plans_to_lend(subscription)),
        *["end_grant"] * 2 * (subscription.lent is not None),
        *["activate_add_on"] * 3 * bool(add_ons_to_activate(subscription)),
        *["end_add_on"] * 2 * bool(subscription.add_ons.active),
        "customer_credit",
    ]


def versions_to_adopt(subscription: Subscription) -> list[str]:
    """An action for every version that has begun, so that it may be adopted, if the customer has not adopted a later one."""
    plan = subscription.market.catalog["plans"][subscription.terms_now.plan]
    return ["adopt_version"] * 2 * (version_of_day(plan, day_at(subscription.now.start)) > subscription.adopted)


def plans_to_lend(subscription: Subscription) -> list[str]:
    """8.8: higher ones, where all have limits alone, without seats and quota."""
    catalog, now = subscription.market.catalog, subscription.terms_now
    if subscription.state != ACTIVE or subscription.add_ons.active or now.model != "metered":
        return []
    plans = catalog["plans"]
    limited = [
        code
        for code, plan in plans.items()
        if all(is_limit(terms) for each in documents(plan) for terms in each["features"].values())
    ]
    above = [code for code in line_up_of(catalog, now.plan) if code != now.plan and is_move_up(now.plan, code, catalog)]
    return [code for code in above if code in limited and now.plan in limited and not plans[code].get("versions")]


def is_limit(terms: Row | bool) -> bool:
    return terms is True or not terms.get("overage")


def targets(subscription: Subscription) -> list[Row]:
    """Plans of a common group at any of their intervals, or none said, except those to which a change is refused.

    The present one only to take back a change.
    """
    now, catalog = subscription.terms_now, subscription.market.catalog
    found = []
    for code in line_up_of(catalog, now.plan):
        plan = catalog["plans"][code]
        for interval in [*plan["prices"], ""]:
            wanted = terms_of(code, billing_interval(plan, interval, now.interval), subscription.market.candidate, catalog)
            is_present = (wanted.plan, wanted.interval) == (now.plan, now.interval)
            if subscription.scheduled is not None if is_present else not change_is_refused(now, wanted, catalog):
                found.append({"plan": code, "interval": interval})
    return found


def offers_with(subscription: Subscription, target: Row) -> list[Row]:
    """What a change may carry: an immediate one an offer without a free trial."""
    now, market = subscription.terms_now, subscription.market
    interval = billing_interval(market.catalog["plans"][target["plan"]], target["interval"], now.interval)
    wanted = terms_of(target["plan"], interval, market.candidate, market.catalog)
    is_present = (wanted.plan, wanted.interval) == (now.plan, now.interval)
    if is_present or not change_is_immediate(now, wanted, market.catalog):
        return [{}]
    return [{}, *({"item": code} for code in offers_without_trial(subscription))]


def details(subscription: Subscription, kind: str) -> st.SearchStrategy[Row]:
    """The other columns of an action."""
    carried = [{"item": code} for code in offers_without_trial(subscription)]
    if kind == "change_plan":
        return st.sampled_from([found | offer for found in targets(subscription) for offer in offers_with(subscription, found)])
    if kind == "reactivate":
        return st.sampled_from([{}, *carried])
    if kind == "adopt_version":
        return st.sampled_from([{"when": "now"}, {"when": "next_cycle"}, {}])
    if kind == "customer_credit":
        return st.sampled_from([{"amount": "3"}, {"amount": "20"}, {"amount": "1000"}])
    if kind == "adjust":
        items = ["balance"] if subscription.terms_now.model == "balance" else ["plan_credits", "purchased_credits"]
        items = items if subscription.state in (TRIAL, ACTIVE) else ["purchased_credits"]
        return st.fixed_dictionaries({"item": st.sampled_from(items), "amount": ADJUSTMENTS})
    if kind == "apply_offer":
        return st.sampled_from(carried)
    if kind == "cancel":
        return st.sampled_from([{"when": "now"}, {"when": "period_end"}, {}])
    if kind == "grant":
        return st.sampled_from([{"plan": code} for code in plans_to_lend(subscription)])
    if kind == "activate_add_on":
        return st.sampled_from([{"item": code} for code in add_ons_to_activate(subscription)])
    if kind == "end_add_on":
        return st.sampled_from([{"item": code} for code in subscription.add_ons.active])
    if kind == "buy_pack":
        return st.sampled_from([{"item": pack.code} for pack in subscription.terms_now.packs])
    if kind == "top_up":
        return TOP_UP_AMOUNTS.map(lambda amount: {"amount": amount})
    return st.just({})


@st.composite
def actions(draw: st.DrawFn, subscription: Subscription, days: Row, first: datetime, *, changes_count: bool) -> list[Row]:
    """Up to seven actions, each possible where the ones before have led; changes of plan lead there only if they count."""
    rows = []
    for _ in range(draw(st.integers(0, 7))):
        first = draw(moments(days, first, subscription.now.due))
        reset_until(subscription, first)
        kind = draw(st.sampled_from(kinds_of_action(subscription)))
        if kind == "change_plan" and not targets(subscription):
            kind = "pause"
        row = {"customer_id": subscription.customer_id, "at": first, "action": kind, **draw(details(subscription, kind))}
        if kind == "grant" and draw(st.booleans()):
            row["cycles"] = draw(st.integers(1, 3))
        elif kind in ("grant", "customer_credit") and draw(st.booleans()):
            row["until"] = first + timedelta(days=draw(st.integers(1, 60)))
        if changes_count or kind != "change_plan":
            act(subscription, action_from(row))
        rows.append(row)
    return rows


@st.composite
def starts(draw: st.DrawFn, catalog: Row, candidate: Row, customer_id: str, days: Row) -> Row:
    """A start around ``days``, perhaps on another plan of the line-up, perhaps with an offer."""
    last = min(days["end"] + timedelta(days=1), days["start"] + timedelta(days=60))
    day = draw(st.just(days["start"]) | days_in(days["start"] - draw(INTO_THE_PAST), last))
    plan = draw(st.sampled_from(["", *line_up_of(catalog, candidate["plan"])]))
    own_prices = catalog["plans"][plan or candidate["plan"]]["prices"]
    return {
        "customer_id": customer_id,
        "at": draw(st.sampled_from([day, datetime.combine(day, time(0), tzinfo=UTC)])),
        "action": "start",
        "plan": plan,
        "interval": draw(st.sampled_from(["", *own_prices])),
        **draw(st.sampled_from([{}, {"promo_code": "SPRING"}, *({"item": code} for code in catalog["offers"])])),
    }


@st.composite
def timelines(
    draw: st.DrawFn,
    market: Market,
    start: Action | None,
    customer_id: str,
    days: Row,
    *,
    changes_count: bool = True,
) -> list[Row]:
    """A start, unless the customer is known to have one without a file, and what follows; or nothing at all.

    Where changes do not count, the customer is on the candidate's plan, whatever its rows say.
    """
    rows = []
    if start is None or draw(st.booleans()):
        row = draw(starts(market.catalog, market.candidate, customer_id, days))
        if not changes_count and row["interval"] not in market.catalog["plans"][market.candidate["plan"]]["prices"]:
            row["interval"] = ""
        start, rows = action_from(row), [row]
    subscription = Subscription(customer_id, market)
    act(subscription, start if changes_count else start._replace(plan=None))
    return [*rows, *draw(actions(subscription, days, start.at, changes_count=changes_count))]


# --- Add-ons ----------------------------------------------------------------------------------------------------------


def add_ons_of(catalog: Row, candidate: Row) -> list[str]:
    """Those that a candidate's customers may have from their start."""
    interval = billing_interval(catalog["plans"][candidate["plan"]], candidate.get("interval"))
    terms = terms_of(candidate["plan"], interval, candidate, catalog)
    return [
        code
        for code, add_on in catalog.get("addons", {}).items()
        if fits(add_on, terms) and price_for(add_on, interval) is not None
    ]


@st.composite
def some_add_ons(draw: st.DrawFn, catalog: Row, candidate: Row) -> list[str] | None:
    """Where there are any: of a candidate in three some, in any order."""
    sold = add_ons_of(catalog, candidate)
    if not sold or draw(st.integers(0, 2)):
        return None
    return draw(st.permutations(sold))[: draw(st.integers(1, len(sold)))]


def add_ons_to_activate(subscription: Subscription) -> list[str]:
    catalog, terms, active = subscription.market.catalog, subscription.terms_now, subscription.add_ons.active
    if subscription.lent is not None:
        return []
    return [
        code
        for code, add_on in catalog.get("addons", {}).items()
        if code not in active and fits(add_on, terms) and price_for(add_on, terms.interval) is not None
    ]


# --- Simulations ------------------------------------------------------------------------------------------------------


def market_of(catalog: Row, candidate: Row, days: Row) -> Market:
    """Enough of one for the timeline, which usage does not change."""
    window = Window(midnight(days["start"]), midnight(days["end"]))
    return Market(catalog, candidate, 0, window, Assumptions("event", lambda _: ()), 2)


@st.composite
def subscriptions(draw: st.DrawFn, catalog: Row, scenario: Row, days: Row, events: Sequence[Event]) -> list[Row]:
    """Rows for some customers of each candidate; a customer without usage needs a start of its own."""
    rows: list[Row] = []
    window = Window(midnight(days["start"]), midnight(days["end"]))
    used = events_by_customer(events, window)
    for candidate in scenario["candidates"]:
        market = market_of(catalog, candidate, days)
        for customer_id in (*CUSTOMERS, "quiet"):
            own = used.get(customer_id)
            start = start_without_a_file(customer_id, scenario.get("start", ""), window, own[0].timestamp) if own else None
            if draw(st.integers(0, 3)) >= (1 if own else 3):
                meant = {"candidate": candidate["name"]} if len(scenario["candidates"]) > 1 else {}
                rows += [row | meant for row in draw(timelines(market, start, customer_id, days))]
    return rows


@st.composite
def usage_at_actions(draw: st.DrawFn, rows: Sequence[Row], days: Row, events: Sequence[Event]) -> list[Event]:
    """Up to twelve events more at the very moment of an action, or a microsecond before, which no start depends on."""
    window = Window(midnight(days["start"]), midnight(days["end"]))
    first_uses = {customer: own[0].timestamp for customer, own in events_by_customer(events, window).items()}
    times = {(row["customer_id"], action_from(row).at - early) for row in rows for early in (timedelta(0), INSTANT)}
    late = sorted(place for place in times if first_uses.get(place[0], window.end) <= place[1] < window.end)
    if not late:
        return []
    event = st.builds(lambda place, feature, value: Event(*place, feature, value), st.sampled_from(late), FEATURE, VALUE)
    return draw(st.lists(event, max_size=12))


@st.composite
def simulations_over_time(draw: st.DrawFn, model: str) -> Simulation:
    """One or two candidates on plans of one line-up, with a subscriptions file."""
    catalog, days = draw(line_ups(model)), draw(windows())
    return draw(simulations_on(catalog, days))


def simulations_on(catalog: Row, days: Row) -> st.SearchStrategy[Simulation]:
    """Days are those of the catalog's time zone while a simulation is drawn, too."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Simulation:
        token = ZONE.set(catalog.get("time_zone") or "UTC")
        try:
            return draw(simulations_there(catalog, days))
        finally:
            ZONE.reset(token)

    return drawn()


@st.composite
def simulations_there(draw: st.DrawFn, catalog: Row, days: Row) -> Simulation:
    scenario, events = draw(scenarios(catalog, days)), draw(usages(days))
    chosen = scenario["candidates"][: draw(st.integers(1, 2))]
    offered = [
        candidate
        | present(
            offer=draw(st.sampled_from([None, *catalog["offers"]])),
            promo_code=draw(st.sampled_from([None, None, "SPRING"])),
            addons=draw(some_add_ons(catalog, candidate)),
        )
        for candidate in chosen
    ]
    scenario = scenario | {"candidates": offered}
    rows = draw(subscriptions(catalog, scenario, days, events))
    more = draw(usage_at_actions(rows, days, events))
    simulation = Simulation(catalog, scenario | {"subscriptions": rows}, [*events, *more])
    return draw(corrected(simulation)) if draw(st.integers(0, 4)) == 0 else simulation


# --- Actions that may be refused --------------------------------------------------------------------------------------


@st.composite
def hasty_actions(draw: st.DrawFn, catalog: Row, customer_id: str, first: datetime, days: Row) -> list[Row]:
    """One or two of any kind, whatever the state in which they find the subscription."""
    rows = []
    for _ in range(draw(st.integers(1, 2))):
        first = draw(moments(days, first, None))
        kind = draw(st.sampled_from(["change_plan"] * 5 + ["cancel"] * 3 + ["pause", "resume", "reactivate"]))
        row = {"customer_id": customer_id, "at": first, "action": kind}
        if kind == "change_plan":
            code = draw(st.sampled_from([*catalog["plans"]]))
            row |= {"plan": code, "interval": draw(st.sampled_from(["", *catalog["plans"][code]["prices"]]))}
        elif kind == "cancel":
            row |= draw(st.sampled_from([{"when": "now"}, {"when": "period_end"}, {}]))
        rows.append(row)
    return rows


@st.composite
def simulations_with_refusals(draw: st.DrawFn, model: str) -> Simulation:
    """As over time, with further actions of some customers that may not be possible."""
    simulation = draw(simulations_over_time(model))
    days, rows = simulation.scenario["window"], simulation.scenario["subscriptions"]
    used = events_by_customer(simulation.events, Window(midnight(days["start"]), midnight(days["end"])))
    more: list[Row] = []
    for customer_id, own in used.items():
        if draw(st.booleans()):
            acted = [action_from(row).at for row in rows if row["customer_id"] == customer_id]
            more += draw(hasty_actions(simulation.catalog, customer_id, max([own[0].timestamp, *acted]), days))
    return simulation._replace(scenario=simulation.scenario | {"subscriptions": [*rows, *more]})
