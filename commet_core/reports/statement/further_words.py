"""How seats, quota, add-ons, promo codes, fixed prices, customer credits, versions and grants made a statement what it is."""

from __future__ import annotations

from collections.abc import Iterator

from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, format_amount, minor_decimals
from commet_core.foundation.wording import listed, quantity, redemption_meaning
from commet_core.rating.invoices import ADDON_BASE, FEATURE_QUOTA, FEATURE_SEATS
from commet_core.reports.statement import Statement
from commet_core.timeline.stages import Stage


def further_sentences(statement: Statement) -> Iterator[tuple[str, str]]:
    """Sentences, each with its rule; none of a rule that did nothing here."""
    kinds = set(statement.own.bill.lines.kinds.tolist())
    for kind, noun, rule in ((FEATURE_SEATS, "Seats", "10.1"), (FEATURE_QUOTA, "Quota", "10.2")):
        if kind in kinds:
            ahead = (
                "above what is included: in advance for the whole interval; what is added in its course by day, with the next"
            )
            yield f"{noun} {ahead} base price. What is removed is not given back before the interval's end.", rule
    yield from _held_back(statement)
    if ADDON_BASE in kinds:
        yield "An add-on is charged for the days that remain when it is activated, then with every base price.", "10.3"
    yield from _offered(statement)
    credited = int(statement.run.segment_customer_credit[statement.segments].sum())
    if credited:
        taken = format_amount(decimal_of(-credited, minor_decimals(statement.currency)), statement.currency)
        yield f"Customer credits are taken off recurring invoices alone, the oldest first: {taken} in all.", "8.9"
    stages = _stages(statement)
    terms = {(stage.plan, stage.terms) for stage in stages if stage.terms is not None}
    if len(terms) > len({plan for plan, _ in terms}):
        better = "what is better for the customer holds at once; what is worse, and the base price, from the next charge on"
        yield f"The plan's terms changed: {better}.", "8.7"
    if any(stage.lent is not None for stage in stages):
        yield "While a higher plan is lent its limits and features count, and nothing else changes.", "8.8"


def _stages(statement: Statement) -> list[Stage]:
    """Those that the customer was on, with what changed within its periods."""
    last = statement.run.timeline.last_stages[statement.segments].tolist()
    return [statement.run.stages[stage] for stage in dict.fromkeys([*statement.segment_stages.tolist(), *last])]


def _held_back(statement: Statement) -> Iterator[tuple[str, str]]:
    """What was asked for of seats and quota, and not held."""
    if statement.run.held is None:
        return
    held, catalog = statement.run.held, statement.replayed.scenario.catalog
    own = held.rows.customers == statement.customer
    for place, code in enumerate(held.features):
        refused = held.rows.refused[own & (held.rows.features == place)]
        if refused.any():
            feature = catalog.features[code]
            most = quantity(decimal_of(int(refused.max()), MICRO_DECIMALS), feature.unit)
            yield (
                f"{feature.name or code}: what is included is a hard limit; up to {most} more were asked for and not held.",
                "10.1",
            )


def _offered(statement: Statement) -> Iterator[tuple[str, str]]:
    """The promo code that the customer came with, and prices that an offer fixed."""
    used = statement.run.subscription.redemptions.get(statement.customer)
    if used is not None:
        why = "" if used.reason is None else redemption_meaning(used.reason)
        yield f"The promo code {used.promo_code} was {f'refused: {why}' if why else 'accepted'}.", "9.2" if why else "9.2, 9.3"
    offers = statement.replayed.scenario.catalog.offers
    fixed = [stage.offer for stage in _stages(statement) if stage.offer is not None and offers[stage.offer].has_fixed_price]
    if fixed:
        names = listed([offers[code].name or code for code in dict.fromkeys(fixed)])
        yield f"A fixed price of the offer {names} stands in place of the base price.", "9.1"
