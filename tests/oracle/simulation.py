"""The whole simulation: every candidate, every customer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import localcontext
from typing import Any, NamedTuple

from .admission import Assumptions
from .amounts import EXACT, minor_unit_digits
from .events import Action, Event, Row, action_from, actions_by_customer, events_by_customer
from .held import asked_levels, first_use_of, moves_of
from .level_tables import add_holdings, uses_levels
from .line_ups import life_on_line_up, plans_of
from .markets import simulate_in_markets, uses_markets
from .offers import beyond_limits
from .periods import ZONE, Window, day_at, midnight, simulation_window
from .subscription import ImpossibleLife, Market, Subscription
from .tables import add_customer

TABLES = ("customers", "periods", "feature_periods", "invoices", "invoice_lines", "accounts", "corrections", "alerts", "notes")


def further_tables(scenario: Mapping[str, Any]) -> list[str]:
    """Those of rules that the scenario uses."""
    rows = [*scenario["candidates"], *(scenario.get("subscriptions") or [])]
    return ["redemptions"] if any(row.get("promo_code") for row in rows) else []


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


def start_without_a_file(customer_id: str, start_rule: str, window: Window, first: datetime) -> Action:
    """2.5, 10.4: on the date of the first event or level above 0 in the window, or at the window's start."""
    at = window.start if start_rule == "window" else midnight(day_at(first))
    return Action(customer_id, at, "start")


def whole_timeline(
    customer_id: str,
    actions: Sequence[Action],
    events: Sequence[Event],
    window: Window,
    start_rule: str,
    levels: Sequence[Mapping[str, Any]],
) -> list[Action]:
    """Where the file does not say when a customer starts, it starts as without a file: with its usage or never."""
    asked = asked_levels(moves_of(levels, actions))
    first = min([event.timestamp for event in events[:1]] + [at for at in [first_use_of(asked, *window)] if at], default=None)
    if any(action.action == "start" for action in actions) or first is None:
        return list(actions)
    return [start_without_a_file(customer_id, start_rule, window, first), *actions]


def customers_of(
    used: Mapping[str, Sequence[Event]],
    rows: Sequence[Mapping[str, Any]],
    levels: Mapping[str, Sequence[Mapping[str, Any]]],
    window: Window,
) -> list[str]:
    """Everybody with usage or a level in the window or a start before its end; the same for all candidates."""
    actions = [action_from(row) for row in rows]
    started = [action.customer_id for action in actions if action.action == "start" and action.at < window.end]
    acting = {action.customer_id for action in actions if action.action in ("set_level", "change_level")}
    holding = [
        customer_id
        for customer_id in {*levels, *acting}
        if first_use_of(
            asked_levels(
                moves_of(levels.get(customer_id, ()), [action for action in actions if action.customer_id == customer_id])
            ),
            *window,
        )
    ]
    return sorted({*used, *started, *holding})


def lives_under(
    market: Market,
    rows: Sequence[Mapping[str, Any]],
    used: Mapping[str, Sequence[Event]],
    scenario: Mapping[str, Any],
) -> dict[str, Subscription | None]:
    """Every customer's life on a candidate; None where it is impossible."""
    named = actions_by_customer(rows, market.candidate["name"])
    lives: dict[str, Subscription | None] = {}
    for customer_id in customers_of(used, rows, market.levels, market.window):
        own = used.get(customer_id, [])
        acted, held = named.get(customer_id, []), market.levels.get(customer_id, [])
        timeline = whole_timeline(customer_id, acted, own, market.window, scenario.get("start") or "", held)
        try:
            lives[customer_id] = life_on_line_up(market, customer_id, timeline, own)
        except ImpossibleLife:
            lives[customer_id] = None
    return lives


def levels_by_customer(scenario: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    levels: dict[str, list[Mapping[str, Any]]] = {}
    for row in scenario.get("levels") or []:
        levels.setdefault(row["customer_id"], []).append(row)
    return levels


def simulate(
    catalog: Mapping[str, Any],
    scenario: Mapping[str, Any],
    events: Sequence[Event],
    model_prices: ModelPrices = no_model_prices,
) -> dict[str, list[Row]]:
    """Every candidate of ``scenario`` on ``events``; ``model_prices``: the public list of a day, by provider/model.

    A customer whose actions are impossible on one candidate is left out of all, so that these stay comparable.
    """
    token = ZONE.set(str(catalog.get("time_zone") or "UTC"))
    try:
        return simulate_there(catalog, scenario, events, model_prices)
    finally:
        ZONE.reset(token)


def simulate_there(
    catalog: Mapping[str, Any], scenario: Mapping[str, Any], events: Sequence[Event], model_prices: ModelPrices
) -> dict[str, list[Row]]:
    """2.7: with days as the catalog's time zone has them."""
    tables: dict[str, list[Row]] = {name: [] for name in (*TABLES, *further_tables(scenario))}
    window = simulation_window(scenario, [event.timestamp for event in events])
    if window is None:
        return tables
    if uses_markets(scenario):
        return simulate_in_markets(simulate, catalog, scenario, events, model_prices, window)
    used = events_by_customer(events, window)
    rows = scenario.get("subscriptions") or []
    assumptions = assumptions_of(catalog, scenario, model_prices)
    digits = minor_unit_digits(str(catalog.get("currency") or "usd"))
    lives: list[Life] = []
    with localcontext(EXACT):
        markets = [
            Market(
                catalog,
                candidate,
                scenario.get("seed") or 0,
                window,
                assumptions,
                digits,
                versions=scenario.get("versions") or (),
                levels=levels_by_customer(scenario),
            )
            for candidate in scenario["candidates"]
        ]
        lived = [lives_under(market, rows, used, scenario) for market in markets]
        impossible = {customer_id for of_market in lived for customer_id, life in of_market.items() if life is None}
        for market, of_market in zip(markets, lived, strict=True):
            possible = {customer_id: life for customer_id, life in of_market.items() if life and customer_id not in impossible}
            uses = {customer_id: life.redemption for customer_id, life in possible.items() if life.redemption}
            beyond = beyond_limits(uses, catalog)
            again = lives_under(replace(market, beyond_limits=beyond), rows, used, scenario) if beyond else of_market
            model = catalog["plans"][plans_of(market.candidate, catalog)[0]]["consumption_model"]
            for customer_id in possible:
                life = again[customer_id]
                assert life is not None
                lives.append(Life(market.candidate["name"], model, life))
        for life in lives:
            key = {"candidate": life.candidate, "customer_id": life.subscription.customer_id}
            add_customer(tables, key, life.subscription, life.model)
            if uses_levels(catalog, scenario):
                add_holdings(tables, key, life.subscription)
    if not any(row["action"] == "customer_credit" for row in scenario.get("subscriptions") or ()):
        for row in (*tables["customers"], *tables["periods"], *tables["accounts"]):
            del row["customer_credit"]
    if not uses_versions(catalog, scenario):
        for row in (*tables["periods"], *tables["invoice_lines"]):
            del row["version"]
    has_billing_day = plans_say(catalog, scenario, "billing_day")
    for row in () if has_billing_day else tables["periods"]:
        del row["stub"]
    has_days = has_billing_day or uses_levels(catalog, scenario) or uses_add_ons(scenario)
    for row in () if has_days else tables["invoice_lines"]:
        del row["days"]
    return tables


def uses_add_ons(scenario: Mapping[str, Any]) -> bool:
    acts = any(row["action"] == "activate_add_on" for row in scenario.get("subscriptions") or ())
    return acts or any(candidate.get("addons") for candidate in scenario["candidates"])


def uses_versions(catalog: Mapping[str, Any], scenario: Mapping[str, Any]) -> bool:
    return plans_say(catalog, scenario, "versions")


def plans_say(catalog: Mapping[str, Any], scenario: Mapping[str, Any], key: str) -> bool:
    """Whether a plan that customers can be on has it."""
    named = {row.get("plan") for row in scenario.get("subscriptions") or ()}
    named |= {code for candidate in scenario["candidates"] for code in plans_of(candidate, catalog)}
    return any(plan.get(key) for code, plan in catalog["plans"].items() if code in named)
