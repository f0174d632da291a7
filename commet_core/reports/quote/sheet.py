"""A quote to hand on: its lines as a table for a spreadsheet, and as plain text for a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.foundation.arrow import PRICE_TYPE, UNIT_TYPE, amount_type
from commet_core.foundation.money import format_amount, format_exact, plain
from commet_core.foundation.wording import interval_name
from commet_core.reports.quote import Quote
from commet_core.reports.quote.words import (
    feature_name,
    line_in_words,
    plan_in_words,
    plan_name,
    refusal_in_words,
    request_in_words,
    units_of,
)
from commet_core.usage.tokens import EventTokens

Requests = Mapping[str, EventTokens]
"""What a request is taken to be, of features that follow the price of an AI model."""


def quote_sheets(
    catalog: Catalog, quotes: Sequence[Quote], units: Mapping[str, Decimal], requests: Requests
) -> dict[str, pa.Table]:
    """`Quote`: every candidate's invoice lines, then its total, its monthly cost and what it refuses; `Usage`; `Plans`."""
    amount = amount_type(catalog.currency)
    schema = pa.schema(
        [
            ("candidate", pa.string()),
            ("plan", pa.string()),
            ("billing", pa.string()),
            ("line", pa.string()),
            ("quantity", UNIT_TYPE),
            ("unit_price", PRICE_TYPE),
            ("amount", amount),
            ("currency", pa.string()),
        ]
    )
    rows = [row for quote in quotes for row in _rows(catalog, quote)]
    return {
        "Quote": pa.Table.from_pylist(rows, schema),
        "Usage": _usage(catalog, units, requests),
        "Plans": pa.table(
            {
                "candidate": [quote.candidate for quote in quotes],
                "plan": [plan_name(catalog, quote.plan) for quote in quotes],
                "plan_in_words": [plan_in_words(catalog, quote.plan) for quote in quotes],
            }
        ),
    }


def _usage(catalog: Catalog, units: Mapping[str, Decimal], requests: Requests) -> pa.Table:
    """Units a month per feature; where AI models set prices, also what each request is taken to be."""
    columns = {
        "feature": [feature_name(catalog, feature) for feature in units],
        "units_a_month": pa.array(units.values(), UNIT_TYPE),
        "unit": [catalog.features[feature].unit for feature in units],
    }
    if requests:
        each = [request_in_words(requests[feature]) if feature in requests else None for feature in units]
        columns["each"] = pa.array(each, pa.string())
    return pa.table(columns)


def _rows(catalog: Catalog, quote: Quote) -> list[dict[str, Any]]:
    place = {
        "candidate": quote.candidate,
        "plan": plan_name(catalog, quote.plan),
        "billing": interval_name(quote.interval),
        "currency": catalog.currency.upper(),
    }
    lines = [
        {
            "line": line_in_words(catalog, quote, line),
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "amount": line.amount,
        }
        for line in quote.lines
    ]
    sums = [
        {"line": "First month in all", "amount": quote.first_month},
        {"line": "A month on average over a year like this", "amount": quote.monthly_cost},
    ]
    refused = [
        {"line": f"Not served: {refusal_in_words(catalog, refusal)}", "quantity": refusal.refused_units}
        for refusal in quote.refusals
    ]
    return [place | row for row in [*lines, *sums, *refused]]


def quote_text(catalog: Catalog, quote: Quote, units: Mapping[str, Decimal], requests: Requests) -> str:
    """One candidate's quote as lines of text, amounts at the end."""
    currency = catalog.currency
    used = ", ".join(
        f"{feature_name(catalog, feature)} {units_of(catalog, feature, amount)}" for feature, amount in units.items() if amount
    )
    taken = [f"{feature_name(catalog, feature)}, each: {request_in_words(request)}" for feature, request in requests.items()]
    of = f"{quote.candidate}, on {plan_name(catalog, quote.plan)}" if quote.line_up else quote.candidate
    lines = [f"{of}: {plan_in_words(catalog, quote.plan)}", f"For a month with {used or 'no usage'}:", *taken, ""]
    for line in quote.lines:
        price = format_exact(line.unit_price, currency)
        amount = format_amount(line.amount, currency)
        lines.append(f"  {line_in_words(catalog, quote, line)}: {plain(line.quantity)} × {price} = {amount}")
    lines.append(f"  First month in all: {format_amount(quote.first_month, currency)} ({currency.upper()})")
    if quote.monthly_cost != quote.first_month:
        lines.append(f"  A month on average over a year like this: {format_amount(quote.monthly_cost, currency)}")
    lines += [f"  Not served: {refusal_in_words(catalog, refusal)}" for refusal in quote.refusals]
    return "\n".join(lines) + "\n"
