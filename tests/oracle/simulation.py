"""The whole simulation: every candidate, every customer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import localcontext
from typing import Any, NamedTuple

from .admission import Assumptions
from .amounts import EXACT, minor_unit_digits
from .events import Action, Event, Row, action_from, actions_by_customer, events_by_customer
from .line_ups import life_on_line_up, plans_of
from .periods import Window, midnight, simulation_window
from .subscription import ImpossibleLife, Market, Subscription
from .tables import add_customer

TABLES = ("customers", "periods", "feature_periods", "invoices", "invoice_lines", "accounts", "corrections", "alerts")

ModelPrices = Callable[[date], Mapping[str, Mapping[str, Any]]]


class Life(NamedTuple):
    """A customer of a candidate."""

    candidate: str
    model: str
    subscription: Subscription


def no_model_prices(_: date) -> Mapping[str, Mapping[str, Any]]:
    return {}


def assumptions_of(catalog: Mapping[str, Any], scenario: Mapping[str, Any], model_prices: ModelPrices) -> Assumptions:
    """11.3: the catalog overrides the public list of the day."""
    own = catalog.get("models") or {}
    return Assumptions(scenario.get("rows") or "event", lambda day: (own, model_prices(day)))


def start_without_a_file(customer_id: str, start_rule: str, window: Window, events: Sequence[Event]) -> Action:
    """2.5: on the date of the first event in the window, or at the window's start."""
    at = window.start if start_rule == "window" else midnight(events[0].timestamp.date())
    return Action(customer_id, at, "start")


def whole_timeline(
    customer_id: str,
    actions: Sequence[Action],
    events: Sequence[Event],
    window: Window,
    start_rule: str,
) -> list[Action]:
    """Where the file does not say when a customer starts, it starts as without a file: with its usage or never."""
    if any(action.action == "start" for action in actions) or not events:
        return list(actions)
    return [start_without_a_file(customer_id, start_rule, window, events), *actions]


def customers_of(used: Mapping[str, Sequence[Event]], rows: Sequence[Mapping[str, Any]], window: Window) -> list[str]:
    """Everybody with usage in the window or a start before its end; the same for all candidates."""
    actions = [action_from(row) for row in rows]
    started = [action.customer_id for action in actions if action.action == "start" and action.at < window.end]
    return sorted({*used, *started})


def simulate(
    catalog: Mapping[str, Any],
    scenario: Mapping[str, Any],
    events: Sequence[Event],
    model_prices: ModelPrices = no_model_prices,
) -> dict[str, list[Row]]:
    """Every candidate of ``scenario`` on ``events``; ``model_prices``: the public list of a day, by provider/model.

    A customer whose actions are impossible on one candidate is left out of all, so that these stay comparable.
    """
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    window = simulation_window(scenario, [event.timestamp for event in events])
    if window is None:
        return tables
    used = events_by_customer(events, window)
    rows = scenario.get("subscriptions") or []
    assumptions = assumptions_of(catalog, scenario, model_prices)
    digits = minor_unit_digits(str(catalog.get("currency") or "usd"))
    lives: list[Life] = []
    impossible: set[str] = set()
    with localcontext(EXACT):
        for candidate in scenario["candidates"]:
            market = Market(catalog, candidate, scenario.get("seed") or 0, window, assumptions, digits)
            model = catalog["plans"][plans_of(candidate, catalog)[0]]["consumption_model"]
            named = actions_by_customer(rows, candidate["name"])
            for customer_id in customers_of(used, rows, window):
                own = used.get(customer_id, [])
                timeline = whole_timeline(customer_id, named.get(customer_id, []), own, window, scenario.get("start") or "")
                try:
                    lives.append(Life(candidate["name"], model, life_on_line_up(market, customer_id, timeline, own)))
                except ImpossibleLife:
                    impossible.add(customer_id)
        for life in lives:
            if life.subscription.customer_id not in impossible:
                key = {"candidate": life.candidate, "customer_id": life.subscription.customer_id}
                add_customer(tables, key, life.subscription, life.model)
    return tables
