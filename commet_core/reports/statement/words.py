"""Names and prices of a statement as people say them: features, plans, what was used up."""

from __future__ import annotations

from decimal import Decimal

from commet_core.catalog.features import Feature
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.money import format_exact
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import a_interval
from commet_core.reports.statement import Statement


def price_words(price: Decimal | None, interval: Interval | None, currency: str) -> str:
    """A base price with its interval: `$99.00 a month`."""
    if price is None or interval is None:
        return "free"
    return f"{format_exact(price, currency)} {a_interval(interval)}"


def model_price_words(margin: Decimal) -> str:
    """What a request costs that is priced by its AI model (billing-rules 11): `AI model price + 20 %`."""
    return f"AI model price + {percent_exact(margin)}" if margin else "AI model price"


def plan_name(statement: Statement, code: str | None) -> str:
    """A plan as people call it."""
    return "no plan" if code is None else statement.replayed.scenario.catalog.plans[code].name or code


def feature_of(statement: Statement, code: str) -> Feature:
    """A feature by its code; one that the catalog does not list goes by its code."""
    return statement.replayed.scenario.catalog.features.get(code) or Feature(name=code)


def feature_name(statement: Statement, code: str) -> str:
    """A feature as people call it."""
    return feature_of(statement, code).name or code


def exhausted_words(statement: Statement) -> str:
    """What was used up where an event was refused for it: `not enough credits`; `included used up` where units are counted."""
    if not statement.run.flows:
        return "included used up"
    kind = statement.run.flows[0].kind
    return f"not enough {'credits' if kind.unit == 'credits' else kind.name}"
