"""A quote as the texts and tables that a customer reads: the one content of the PDF, the Markdown and the link."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import date_of
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, format_amount, plain
from commet_core.foundation.wording import counted
from commet_core.reports.quotation.beyond_words import beyond
from commet_core.reports.quotation.quotation import Bill, Quotation, per_month
from commet_core.reports.quotation.quote_file import Party
from commet_core.reports.quotation.replaying import month_days, term
from commet_core.reports.quotation.words import (
    assumptions,
    billing_words,
    discount_in_words,
    most_in_words,
    refused_in_words,
    term_words,
    unit_heading,
)
from commet_core.reports.quote.held_words import add_on_in_words, add_on_name
from commet_core.reports.quote.words import plan_in_words, plan_name
from commet_core.version import VERSION

TAXES: Final = "Taxes are not included"


@dataclass(frozen=True)
class Table:
    """Texts; the first column to the left, the others to the right. total: a last row, or nothing."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """label: what it is. amount: the text. meaning: a few words more."""

    label: str
    amount: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """One plan of the quote."""

    title: str
    terms: tuple[str, ...]
    figures: tuple[Figure, ...]
    schedule: Table
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class QuoteDocument:
    """All that is on a quote. notes: the seller's own words, in paragraphs."""

    title: str
    seller: Party
    customer: Party
    facts: tuple[tuple[str, str], ...]
    comparison: Table | None
    sections: tuple[Section, ...]
    usage: Table | None
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    foot: str
    colour: str


def quote_document(worked_out: Quotation) -> QuoteDocument:
    """The quote for the customer: nothing of margins, costs or limits is in it."""
    quote = worked_out.quote
    last = term(quote)
    facts = (
        ("Issued", day_words(quote.issued)),
        ("Valid until", day_words(quote.valid_until)),
        ("Term", f"{term_words(quote)} from {day_words(last.start)}"),
        ("Amounts", f"in {worked_out.currency.upper()}. {TAXES}"),
    )
    return QuoteDocument(
        title=f"Quote {quote.number}" + (f", revision {quote.revision}" if quote.revision > 1 else ""),
        seller=quote.seller,
        customer=quote.customer,
        facts=facts,
        comparison=_comparison(worked_out) if len(worked_out.bills) > 1 else None,
        sections=tuple(_section(worked_out, bill) for bill in worked_out.bills),
        usage=_usage(worked_out),
        assumptions=tuple(assumptions(worked_out)),
        notes=tuple(line.strip() for line in quote.notes.splitlines() if line.strip()),
        foot=f"Worked out by commet-sim {VERSION} from inputs with the digest {worked_out.digest[:16]}.",
        colour=quote.colour,
    )


def _comparison(worked_out: Quotation) -> Table:
    currency = worked_out.currency
    rows = tuple(
        (
            bill.candidate.name,
            format_amount(bill.floor, currency),
            format_amount(bill.expected, currency),
            _range(worked_out, bill),
            "No limit" if bill.most is None else format_amount(bill.most, currency),
        )
        for bill in worked_out.bills
    )
    return Table(("Plan", "At least", "Expected", "Range", "At most"), rows)


def _range(worked_out: Quotation, bill: Bill) -> str:
    return f"{format_amount(bill.p10, worked_out.currency)} to {format_amount(bill.p90, worked_out.currency)}"


def _section(worked_out: Quotation, bill: Bill) -> Section:
    catalog = _with_its_cap(worked_out.quote.catalog, bill)
    name = plan_name(catalog, bill.plan)
    added = [
        f"With {add_on_name(catalog, code)}: {add_on_in_words(catalog, catalog.addons[code])}."
        for code in bill.candidate.addons
    ]
    terms = [plan_in_words(catalog, bill.plan), *added, f"{billing_words(bill)}."]
    sentences = beyond(catalog, bill) + [refused_in_words(catalog, refused) for refused in bill.refused]
    return Section(
        title=bill.candidate.name if name == bill.candidate.name else f"{bill.candidate.name}: plan {name}",
        terms=tuple(filter(None, [*terms, discount_in_words(worked_out, bill)])),
        figures=_figures(worked_out, bill),
        schedule=_schedule(worked_out, bill),
        sentences=tuple(sentences),
    )


def _with_its_cap(catalog: Catalog, bill: Bill) -> Catalog:
    """The catalog with the spend cap that the candidate has in place of its plan's."""
    plan = catalog.plans[bill.plan].model_copy(update={"spend_cap": bill.cap})
    return catalog.model_copy(update={"plans": {**catalog.plans, bill.plan: plan}})


def _figures(worked_out: Quotation, bill: Bill) -> tuple[Figure, ...]:
    currency, quote = worked_out.currency, worked_out.quote
    a_month = f"{format_amount(per_month(bill.expected, quote), currency)} a month on average"
    figures = [
        Figure("At least", format_amount(bill.floor, currency), "due whatever is used"),
        Figure("As assumed", format_amount(bill.assumed, currency), "for the assumed usage, as in the schedule below"),
        Figure("Expected", format_amount(bill.expected, currency), f"the middle of the possible bills; {a_month}"),
        Figure("Range", _range(worked_out, bill), "eight of ten possible bills"),
        Figure("At most", *most_in_words(worked_out, bill)),
    ]
    if bill.mean_is_said:
        mean = Figure("Mean", format_amount(bill.mean, currency), "a few very large bills pull it above the range")
        figures.insert(4, mean)
    return tuple(figures)


def _schedule(worked_out: Quotation, bill: Bill) -> Table:
    """What is due by day for the assumed usage; columns that are empty throughout are left out."""
    parts = {
        "Base price": [due.base for due in bill.schedule],
        "Discount": [due.discount for due in bill.schedule],
        "Usage": [due.usage for due in bill.schedule],
        "Packs" if bill.candidate.top_up is None else "Top-ups": [due.bought for due in bill.schedule],
        "Seats and quota": [due.held for due in bill.schedule],
        "Add-ons": [due.add_ons for due in bill.schedule],
        "Up to the commitment": [due.commitment for due in bill.schedule],
    }
    columns = {name: amounts for name, amounts in parts.items() if any(amounts)}
    columns["Due"] = [due.total for due in bill.schedule]
    rows = tuple(
        (day_words(due.day), *(_amount(worked_out, amounts[place]) for amounts in columns.values()))
        for place, due in enumerate(bill.schedule)
    )
    total = ("Term", *(_amount(worked_out, sum(amounts, Decimal(0))) for amounts in columns.values()))
    return Table(("Due on", *columns), rows, total)


def _amount(worked_out: Quotation, amount: Decimal) -> str:
    return format_amount(amount, worked_out.currency) if amount else "–"


def _usage(worked_out: Quotation) -> Table | None:
    quote, possible = worked_out.quote, worked_out.possible
    if not possible.features:
        return None
    months = zip(month_days(quote), possible.assumed.tolist(), strict=False)
    rows = tuple((day_words(date_of(day)), *map(_units, units)) for day, units in months)
    held = [feature in quote.catalog.level_features for feature in possible.features]
    sums = (
        "–" if of_level else _units(units) for of_level, units in zip(held, possible.assumed.sum(axis=0).tolist(), strict=True)
    )
    total = (counted(quote.term_months, "month"), *sums)
    return Table(("Month from", *(unit_heading(quote, feature) for feature in possible.features)), rows, total)


def _units(units_micros: int) -> str:
    return plain(decimal_of(units_micros, MICRO_DECIMALS))
