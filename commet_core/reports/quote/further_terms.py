"""Terms that few plans have, in sentences: rollover, commitment, spend cap, and packs that expire (billing-rules 15)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from commet_core.catalog.packs import CreditPack
from commet_core.catalog.plans import Catalog, Plan
from commet_core.catalog.versions import versions_of
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import format_exact, format_short, plain
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import a_interval, counted, interval_noun
from commet_core.reports.quote.held_words import held_changes_in_words


def further_terms_in_words(catalog: Catalog, plan: Plan) -> list[str]:
    """A sentence for each of them, without its full stop."""
    sentences = [_rollover(catalog, plan), _commitment(catalog, plan), _cap(catalog, plan), _billing_day(plan)]
    return [*filter(None, sentences), *_versions(catalog, plan)]


def _billing_day(plan: Plan) -> str:
    """Billing-rules 2.2."""
    if plan.billing_day is None:
        return ""
    return f"Everybody is billed on day {plan.billing_day} of the month; who starts on another day pays for the days up to it first"


def _versions(catalog: Catalog, plan: Plan) -> Iterator[str]:
    """`From June 1, 2026: $65 a month`."""
    for day, said in version_days(catalog, plan):
        yield f"From {day_words(day)}: {said}"


def version_days(catalog: Catalog, plan: Plan) -> Iterator[tuple[date, str]]:
    """The days on which a plan changes, and to what (billing-rules 8.7): `$65 a month; Editors: 5 seats included, and no more`, `other terms`."""
    every = [version.plan for version in versions_of(plan)]
    for version, (before, now) in zip(versions_of(plan)[1:], pairwise(every), strict=True):
        assert version.start is not None
        if said := _change(catalog, before, now):
            yield version.start, said


def _change(catalog: Catalog, before: Plan, now: Plan) -> str:
    prices = now.prices.items()
    price = " or ".join(f"{format_short(amount, catalog.currency)} {a_interval(each)}" for each, amount in prices)
    held = held_changes_in_words(catalog, before, now)
    said = [*([price] if now.prices != before.prices else []), *held]
    said += ["other terms"] if _beside(now) != _beside(before) else []
    return ("; " if held else " and ").join(said)


def _beside(plan: Plan) -> Plan:
    """What versions of a plan say beside prices, seats, quota and boolean features."""
    return plan.model_copy(update={"prices": {}, "levels": {}, "switches": (), "versions": ()})


def expiry_in_words(pack: CreditPack) -> str:
    """`, to be used within 30 days`; empty where a pack never expires."""
    days = pack.expires_after_days
    return "" if days is None else f", to be used within {counted(days, 'day')}"


def _rollover(catalog: Catalog, plan: Plan) -> str:
    rule = plan.rolls_over
    if rule is None:
        return ""
    most = ""
    if rule.max_amount is not None:
        in_money = plan.sells == "top_ups"
        most = f", at most {format_exact(rule.max_amount, catalog.currency) if in_money else plain(rule.max_amount)}"
    until = "" if rule.max_periods is None else f", for {counted(rule.max_periods, 'period')} more"
    return f"What is left over at a reset goes into the next period{until}{most}"


def _commitment(catalog: Catalog, plan: Plan) -> str:
    rule = plan.minimum_commitment
    if rule is None:
        return ""
    amount = format_exact(rule.amount, catalog.currency)
    if rule.term_months is not None:
        return f"Customers commit to at least {amount} for every {counted(rule.term_months, 'month')}"
    interval: Interval | None = plan.default_interval()
    return f"Customers commit to at least {amount} for every {interval_noun(interval) if interval else 'interval'}"


def _cap(catalog: Catalog, plan: Plan) -> str:
    if plan.spend_cap is None:
        return ""
    beyond = "what goes beyond is free" if plan.spend_cap.beyond == "free" else "what would go beyond is refused"
    counted_are = {"packs": "packs", "top_ups": "overage and top-ups"}.get(plan.sells or "", "overage")
    return f"A period costs at most {format_exact(plan.spend_cap.amount, catalog.currency)} in {counted_are}: {beyond}"
