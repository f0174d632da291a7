"""Random seats and quota on random catalogs and timelines: their terms on plans, and the rows of a levels file."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from oracle import Event

from support.simulations import CUSTOMERS, UNIT_PRICES, Row, Simulation, mostly, present
from support.timelines import ACTION_TIMES, changed, days_in, simulations_over_time, simulations_with_versions

SWITCHES = ("sso", "audit")
ACTION_NOON = time(12)
LEVEL_FEATURES = {"seat": "seats", "Seat 2": "seats", "room": "quota"}
SEATS = st.sampled_from(["0", "1", "2", "2", "3", "5", "40"])
QUOTA = st.sampled_from(["0", "0.5", "1", "2", "3.000001", "7"])
SEAT_CHANGES = st.sampled_from(["-2", "-1", "1", "1", "2", "3"])
QUOTA_CHANGES = st.sampled_from(["-1", "-0.5", "0.25", "1", "2.000001"])
PRICES = mostly(st.sampled_from(["0", "0.004", "1", "5", "12", "9.99"]), UNIT_PRICES, 2)


@st.composite
def prices_of(draw: st.DrawFn, intervals: list[str]) -> Row | str:
    """A number where no price is quarterly or yearly, else one for each interval."""
    if not {"quarterly", "yearly"} & set(intervals):
        return draw(PRICES)
    return {interval: draw(PRICES) for interval in intervals}


@st.composite
def overages(draw: st.DrawFn, intervals: list[str]) -> Row:
    own = prices_of(intervals)
    way = draw(st.sampled_from(["unit", "unit", "unit", "graduated", "volume", "packages"]))
    if way == "unit":
        return {"unit_price": draw(own)}
    if way == "packages":
        return {"package_size": draw(st.sampled_from(["1", "2", "2.5"])), "package_price": draw(own)}
    fee = draw(st.none() | own)
    return {"tiers_mode": way, "tiers": [present(up_to="2", unit_price=draw(own), flat_amount=fee), {"unit_price": draw(own)}]}


@st.composite
def level_terms(draw: st.DrawFn, kind: str, intervals: list[str]) -> Row:
    if draw(st.integers(0, 9)) == 0:
        return {"unlimited": True}
    included = draw(st.none() | (SEATS if kind == "seats" else QUOTA))
    return present(included=included, overage=draw(mostly(overages(intervals), st.none(), 2)))


@st.composite
def level_rows(draw: st.DrawFn, days: Row) -> list[Row]:
    """Up to a dozen, some before the window, some at one moment, and some that would come below zero."""
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        feature = draw(st.sampled_from([*LEVEL_FEATURES]))
        whole = LEVEL_FEATURES[feature] == "seats"
        day = draw(days_in(days["start"] - timedelta(days=40), days["end"]))
        move = {"set": draw(SEATS if whole else QUOTA)}
        if draw(st.booleans()):
            move = {"change": draw(SEAT_CHANGES if whole else QUOTA_CHANGES)}
        at = datetime.combine(day, draw(ACTION_TIMES), tzinfo=UTC)
        rows.append({"customer_id": draw(st.sampled_from(CUSTOMERS[:2])), "at": at, "feature": feature, **move})
    return rows


@st.composite
def uses_of_switches(draw: st.DrawFn, events: list[Event]) -> Event:
    """The use of a boolean feature by somebody, when something else was used."""
    return draw(st.sampled_from(events))._replace(feature=draw(st.sampled_from(SWITCHES)), value=Decimal(1))


@st.composite
def simulations_with_levels(draw: st.DrawFn, model: str) -> Simulation:
    """Timelines of customers with seats and quota; an upgrade may be refused for their sake."""
    return draw(with_levels(draw(simulations_over_time(model))))


@st.composite
def simulations_with_versions_of_levels(draw: st.DrawFn, model: str) -> Simulation:
    """Versions of plans that change seats, quota and boolean features too."""
    return draw(with_levels(draw(simulations_with_versions(model))))


@st.composite
def held_features(draw: st.DrawFn, intervals: list[str]) -> Row:
    """The seats and quota of a plan, and perhaps its boolean features."""
    held = {code: draw(level_terms(kind, intervals)) for code, kind in LEVEL_FEATURES.items() if draw(st.integers(0, 4))}
    return held | {code: True for code in SWITCHES if draw(st.booleans())}


def changed_features(before: Row, after: Row) -> Row:
    """What turns the features of a plan into others, where maps merge and null removes."""
    found = {code: None for code in before if code not in after}
    for code, terms in after.items():
        found[code] = changed(before.get(code), terms) if isinstance(terms, dict) else terms
    return found


@st.composite
def with_levels(draw: st.DrawFn, simulation: Simulation) -> Simulation:
    """The simulation with seats, quota and boolean features on its plans and their versions, and rows of levels."""
    catalog, scenario, events = simulation
    plans = {}
    for code, plan in catalog["plans"].items():
        held = draw(held_features([*plan["prices"]]))
        plans[code] = plan | {"features": {**plan["features"], **held}}
        versions = []
        for version in plan.get("versions", ()):
            later = draw(st.just(held) | held_features([*plan["prices"]]))
            versions.append(version | {"features": version["features"] | changed_features(held, later)})
            held = later
        plans[code] |= present(versions=versions or None)
    features = catalog["features"] | {code: {"type": kind} for code, kind in LEVEL_FEATURES.items()}
    features |= {code: {"type": "boolean"} for code in SWITCHES}
    events = [*events, *draw(st.lists(uses_of_switches(events), max_size=4))] if events else events
    rows = draw(level_rows(scenario["window"]))
    return Simulation(catalog | {"features": features, "plans": plans}, scenario | {"levels": rows}, events)


# --- Grants -----------------------------------------------------------------------------------------------------------

LENT = {"a": "usage", "seat": "seats", "room": "quota", "sso": "boolean"}


@st.composite
def limits(draw: st.DrawFn) -> Row:
    """The features of a plan that has limits alone."""
    found: Row = {}
    for code, kind in LENT.items():
        if draw(st.integers(0, 3)):
            number = draw(SEATS if kind != "quota" else QUOTA)
            found[code] = (
                True if kind == "boolean" else draw(st.sampled_from([{"included": number}] * 5 + [{"unlimited": True}]))
            )
    return found


@st.composite
def limited_plans(draw: st.DrawFn, first: date) -> Row:
    """A plan with a price or none, perhaps with a version a while after a day."""
    features, later = draw(limits()), draw(limits())
    plan = {
        "consumption_model": "metered",
        "features": features,
        "prices": draw(st.sampled_from([{}, {"monthly": 9}, {"yearly": 90}])),
    }
    day = first + timedelta(days=draw(st.integers(1, 60)))
    changes = {"from": day, "features": changed_features(features, later)}
    return plan | present(versions=draw(st.sampled_from([None, [changes]])))


@st.composite
def simulations_with_grants(draw: st.DrawFn) -> Simulation:
    """A customer on a plan with limits alone, to whom a higher one is lent once or twice."""
    first = date(2027, 1, draw(st.integers(1, 31)))
    days = {"start": first, "end": first + timedelta(days=draw(st.integers(40, 100)))}
    plans = {"low": draw(limited_plans(first)), "high": draw(limited_plans(first))}
    if plans["high"]["prices"] == {}:
        plans["high"]["prices"] = {"monthly": 20}
    rows: list[Row] = [{"customer_id": CUSTOMERS[0], "at": first, "action": "start"}]
    at = datetime.combine(first, ACTION_NOON, tzinfo=UTC)
    for _ in range(draw(st.integers(1, 2))):
        at += timedelta(days=draw(st.integers(0, 30)))
        ends = draw(
            st.sampled_from([{"until": at + timedelta(days=draw(st.integers(1, 40)))}, {"cycles": draw(st.integers(1, 3))}, {}])
        )
        rows.append({"customer_id": CUSTOMERS[0], "at": at, "action": "grant", "plan": "high", **ends})
        if not ends and draw(st.booleans()):
            at += timedelta(days=draw(st.integers(0, 20)))
            rows.append({"customer_id": CUSTOMERS[0], "at": at, "action": "end_grant"})
    events = [
        Event(
            CUSTOMERS[0], datetime.combine(draw(days_in(first, days["end"])), draw(ACTION_TIMES), tzinfo=UTC), code, Decimal(1)
        )
        for code in draw(st.lists(st.sampled_from(["a", "sso"]), max_size=8))
    ]
    catalog = {
        "features": {code: {"type": kind} for code, kind in LENT.items()},
        "plans": plans,
        "plan_groups": {"all": ["low", "high"]},
    }
    scenario = {"window": days, "candidates": [{"name": "Low", "plan": "low"}], "subscriptions": rows}
    levels = [row for row in draw(level_rows(days)) if row["feature"] in LENT]
    return Simulation(catalog, scenario | {"levels": levels}, events)
