"""What an invoice line charges for, in words, and where it was rounded (billing-rules 1.3, 12)."""

from __future__ import annotations

from decimal import Decimal

from commet_core.foundation.formats import span_words
from commet_core.foundation.money import (
    MICRO_DECIMALS,
    NANO_DECIMALS,
    decimal_of,
    format_exact,
    format_minor,
    minor_decimals,
    plain,
)
from commet_core.foundation.wording import UNNAMED_UNIT, counted, interval_noun, quantity
from commet_core.rating.charges import TRUE_UP
from commet_core.rating.invoices import (
    ADDON_ACTIVATION,
    ADDON_BASE,
    BALANCE_OVERAGE,
    COMMITMENT,
    CREDIT,
    CREDIT_PACK,
    DISCOUNT,
    FEATURE_OVERAGE,
    FEATURE_QUOTA,
    FEATURE_SEATS,
    PLAN_BASE,
    PROMO_CODE_DISCOUNT,
)
from commet_core.rating.metered_rates import MeteredRates
from commet_core.rating.tiers import PACKAGES
from commet_core.reports.statement import Statement
from commet_core.reports.statement.overage_words import part_in_words
from commet_core.reports.statement.portal_further import commitment_words
from commet_core.reports.statement.words import feature_name, feature_of, plan_name
from commet_core.timeline.stages import plan_on


def line_words(statement: Statement) -> list[str]:
    """What each of the customer's invoice lines charges for, in the order of `Statement.invoice_lines`."""
    return [_line(statement, row) for row in range(len(statement.own.bill.lines.kinds))]


def _line(statement: Statement, row: int) -> str:
    bill, currency = statement.own.bill, statement.currency
    lines = bill.lines
    item, kind, segment = bill.items[lines.items[row]], int(lines.kinds[row]), int(lines.segments[row])
    units = decimal_of(lines.quantities[row], MICRO_DECIMALS)
    price = decimal_of(lines.unit_prices[row], NANO_DECIMALS)
    if kind == PLAN_BASE and statement.run.stages[statement.run.timeline.segments.stages[segment]].base_share != (1, 1):
        return _base_words(statement, int(lines.invoices[row]), segment, price)
    if kind == PLAN_BASE:
        words = _base_words(statement, int(lines.invoices[row]), segment, price)
    elif kind == FEATURE_OVERAGE:
        beyond = _beyond_words(statement, item, units, segment, int(lines.parts[row]))
        span = _segment_words(statement, segment)
        words = f"{feature_name(statement, item)}, {span}: {beyond} × {format_exact(price, currency)}"
    elif kind == BALANCE_OVERAGE:
        words = _below_zero_words(statement, segment)
    elif kind == COMMITMENT:
        words = _commitment_words(statement, item, segment)
    elif kind == CREDIT_PACK:
        words = f"{_pack_words(statement, item, units)} × {format_exact(price, currency)}"
    elif kind == DISCOUNT:
        words = f"Offer {statement.replayed.scenario.catalog.offers[item].name or item}"
    elif kind == PROMO_CODE_DISCOUNT:
        words = f"Promo code {item}"
    elif kind == ADDON_BASE:
        return _add_on_words(statement, item, row, price)
    elif kind in (FEATURE_SEATS, FEATURE_QUOTA):
        return _held_words(statement, item, units, price, row)
    elif kind == CREDIT and lines.items[row] == len(bill.items) - 1:
        return "Customer credit"
    elif kind == CREDIT:
        days = quantity(units, "unused day")
        return f"{plan_name(statement, item)}, {days} given back, {format_exact(-price, currency)} a day"
    else:
        words = f"{quantity(units, 'top-up')} × {format_exact(price, currency)}"
    return words + _rounding_words(units * price, lines.amounts[row], currency)


def _base_words(statement: Statement, invoice: int, segment: int, price: Decimal) -> str:
    rows = statement.invoices.slice(invoice, 1)
    span = span_words(*(statement.there(rows[name][0].as_py()) for name in ("period_start", "period_end")))
    stage = statement.run.stages[statement.run.timeline.segments.stages[segment]]
    how = "charged once" if stage.interval in ("one_time", None) else f"for the {interval_noun(stage.interval)}"
    if stage.base_share != (1, 1):
        days, of_days = stage.base_share
        of_whole = f"for {days} of {of_days} days of {format_exact(price, statement.currency)}"
        how = f"{of_whole}, a stub up to the billing day"
    fixed = stage.offer is not None and stage.interval is not None
    if fixed and price != plan_on(statement.run.catalog, stage).prices[stage.interval]:
        offer = statement.replayed.scenario.catalog.offers[stage.offer or ""].name or stage.offer
        how = f"{how} at the fixed price of offer {offer}"
    return f"{plan_name(statement, stage.plan)}, base price {how}, {span}"


def _beyond_words(statement: Statement, item: str, units: Decimal, segment: int, part: int) -> str:
    """`500 calls (tier 2) beyond the 1,000 included`: with the tier, or the packages, that the line is for (billing-rules 15.1)."""
    rates = statement.run.rates
    assert isinstance(rates, MeteredRates)
    stage, feature_place = statement.run.timeline.last_stages[segment], statement.run.usage.features.index(item)
    included = decimal_of(rates.included[stage, feature_place], MICRO_DECIMALS)
    unit = feature_of(statement, item).unit
    if part < 0:
        return part_in_words(-part, "flat")
    words = quantity(units, unit)
    if rates.tiers.modes[stage, feature_place] == PACKAGES:
        size = decimal_of(int(rates.tiers.up_to[rates.tiers.firsts[stage, feature_place]]), MICRO_DECIMALS)
        words = f"{quantity(units, 'package')} of {quantity(size, unit)}"
    if part:
        words = f"{words} ({part_in_words(part, None)})"
    return f"{words} beyond the {plain(included)} included" if included else words


def _below_zero_words(statement: Statement, segment: int) -> str:
    balance = statement.run.flows[0]
    used = decimal_of(balance.used[segment], NANO_DECIMALS)
    granted = balance.granted + balance.rolled_in + balance.bought + balance.adjusted
    granted = decimal_of(granted[segment], NANO_DECIMALS)
    currency = statement.currency
    usage = f"usage of {format_exact(used, currency)} beyond the balance of {format_exact(granted, currency)}"
    return f"{_segment_words(statement, segment)}: {usage}"


def _commitment_words(statement: Statement, item: str, segment: int) -> str:
    """`Pro, short of its minimum commitment: at least $90.00 for each billing interval` (billing-rules 15.4)."""
    stage = statement.run.stages[statement.run.timeline.last_stages[segment]]
    minimum = commitment_words(plan_on(statement.run.catalog, stage), statement.currency) if stage.plan == item else ""
    return f"{plan_name(statement, item)}, short of its minimum commitment{f': {minimum}' if minimum else ''}"


def _add_on_words(statement: Statement, item: str, row: int, price: Decimal) -> str:
    """`Add-on SMS, for the interval`; activated in its course, or in a stub, for so many days (billing-rules 2.2, 10.3)."""
    catalog = statement.replayed.scenario.catalog
    name = catalog.addons[item].name or feature_name(statement, catalog.addons[item].feature)
    days = _days(statement, row)
    if days is None:
        return f"Add-on {name}, for the interval"
    bill = statement.own.bill
    activated = bill.invoices.kinds[bill.lines.invoices[row]] == ADDON_ACTIVATION
    what = "that remained of the interval" if activated else "of a stub"
    return f"Add-on {name}, for the {counted(days, 'day')} {what}, at {format_exact(price, statement.currency)} for a whole one"


def _held_words(statement: Statement, item: str, units: Decimal, price: Decimal, row: int) -> str:
    """`Editors, in advance: 2 seats beyond what is included × $12.00`; of a true-up the days of seats added, at the price of one."""
    feature = feature_of(statement, item)
    if statement.own.bill.lines.parts[row] == TRUE_UP:
        noun = feature.unit if feature.unit != UNNAMED_UNIT else "unit"
        days = f"{plain(units)} {noun}-days × {format_exact(price, statement.currency)}"
        return f"{feature_name(statement, item)}, added in the course of the interval: {days}"
    held, days_of_stub = quantity(units, feature.unit), _days(statement, row)
    stub = "" if days_of_stub is None else f", for the {counted(days_of_stub, 'day')} of a stub"
    words = f"{held} beyond what is included × {format_exact(price, statement.currency)}{stub}"
    return f"{feature_name(statement, item)}, in advance: {words}"


def _days(statement: Statement, row: int) -> int | None:
    """The days that a line is for, where it is not for a whole interval."""
    lines = statement.invoice_lines
    days: int | None = lines["days"][row].as_py() if "days" in lines.column_names else None
    return days


def _segment_words(statement: Statement, segment: int) -> str:
    """The days of a segment of the timeline."""
    timeline = statement.run.timeline
    return span_words(statement.time(timeline.starts[segment]), statement.time(timeline.ends[segment]))


def _pack_words(statement: Statement, item: str, units: Decimal) -> str:
    pack = statement.replayed.scenario.catalog.credit_packs[item]
    return f"{plain(units)} × {pack.name or item} ({quantity(pack.credits, 'credit')})"


def _rounding_words(exact: Decimal, amount_minor: int, currency: str) -> str:
    """Where a line was rounded (billing-rules 1.3): the exact amount before."""
    if exact == decimal_of(amount_minor, minor_decimals(currency)):
        return ""
    return f" = {format_exact(exact, currency)}, rounded to {format_minor(int(amount_minor), currency)}"
