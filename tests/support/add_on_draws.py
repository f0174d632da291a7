"""Random add-ons on random catalogs: what they are of and cost, which plans have their features themselves, and usage of them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from support.level_draws import PRICES
from support.simulations import BALANCE_TERMS, BASE_PRICES, CREDITS_TERMS, METERED_TERMS, Row, Simulation, mostly, windows
from support.timelines import line_ups, simulations_on

ADD_ON_FEATURES = ("extra", "Extra 2")
SWITCHED = "switch"
TERMS = {"metered": METERED_TERMS, "credits": CREDITS_TERMS, "balance": BALANCE_TERMS}


@st.composite
def base_prices(draw: st.DrawFn, intervals: Sequence[str]) -> Any:
    """A number where all plans have months, else one for each interval, a month's too."""
    price = mostly(PRICES, BASE_PRICES, 1)
    if set(intervals) <= {"monthly", "one_time"} and draw(st.booleans()):
        return draw(price)
    return {interval: draw(price) for interval in dict.fromkeys(["monthly", *intervals]) if interval != "one_time"}


@st.composite
def add_ons(draw: st.DrawFn, catalog: Row) -> Row:
    """Two of usage and one that is just there, in any order, of the catalog's models; a plan in three has one's feature itself."""
    models = sorted({plan["consumption_model"] for plan in catalog["plans"].values()})
    intervals = sorted({interval for plan in catalog["plans"].values() for interval in plan["prices"]})
    sold: Row = {}
    for code, feature in draw(st.permutations([("more", "extra"), ("most", "Extra 2"), ("on", SWITCHED)])):
        model = "boolean" if feature == SWITCHED else draw(st.sampled_from(models))
        terms = draw(TERMS[model]) if model in TERMS else {}
        sold[code] = {"feature": feature, "consumption_model": model, "base_price": draw(base_prices(intervals)), **terms}
    plans = {}
    for code, plan in catalog["plans"].items():
        own: Row = {
            feature: draw(TERMS[plan["consumption_model"]]) for feature in ADD_ON_FEATURES if draw(st.integers(0, 5)) == 0
        }
        if draw(st.integers(0, 4)) == 0:
            own[SWITCHED] = True
        plans[code] = plan | {"features": plan["features"] | own}
    features: Row = {feature: {} for feature in ADD_ON_FEATURES} | {SWITCHED: {"type": "boolean"}}
    return catalog | {"plans": plans, "addons": sold, "features": catalog["features"] | features}


@st.composite
def used_add_ons(draw: st.DrawFn, simulation: Simulation) -> Simulation:
    """A third of the usage, the first row aside, is of their features."""
    first, *others = simulation.events
    events = [
        event._replace(feature=draw(st.sampled_from(ADD_ON_FEATURES)), value=event.value or Decimal(1))
        if draw(st.integers(0, 2)) == 0
        else event
        for event in others
    ]
    return simulation._replace(events=[first, *events])


@st.composite
def simulations_with_add_ons(draw: st.DrawFn, model: str) -> Simulation:
    """Timelines in which add-ons are activated and end at any time."""
    catalog = draw(add_ons(draw(line_ups(model))))
    return draw(used_add_ons(draw(simulations_on(catalog, draw(windows())))))
