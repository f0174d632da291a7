"""Random seats and quota on random catalogs and timelines: their terms on plans, and the rows of a levels file."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from support.simulations import CUSTOMERS, UNIT_PRICES, Row, Simulation, mostly, present
from support.timelines import ACTION_TIMES, days_in, simulations_over_time

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
def with_levels(draw: st.DrawFn, catalog: Row) -> Row:
    """Seats and quota on most plans."""
    plans = {}
    for code, plan in catalog["plans"].items():
        held = {
            feature: draw(level_terms(kind, [*plan["prices"]]))
            for feature, kind in LEVEL_FEATURES.items()
            if draw(st.integers(0, 4))
        }
        plans[code] = plan | {"features": {**plan["features"], **held}}
    features = catalog["features"] | {code: {"type": kind} for code, kind in LEVEL_FEATURES.items()}
    return catalog | {"features": features, "plans": plans}


@st.composite
def simulations_with_levels(draw: st.DrawFn, model: str) -> Simulation:
    """Timelines of customers with seats and quota; an upgrade may be refused for their sake."""
    catalog, scenario, events = draw(simulations_over_time(model))
    catalog = draw(with_levels(catalog))
    rows = draw(level_rows(scenario["window"]))
    return Simulation(catalog, scenario | {"levels": rows}, events)
