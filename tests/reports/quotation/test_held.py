"""Quotes with seats, quota, add-ons, commitments and dated prices: figures worked out by hand."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from support.all_terms import DOCUMENT
from support.quotes import quote_of

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import quote_document
from commet_core.reports.quotation.formulas import can_be_worked_out
from commet_core.reports.quotation.quotation import Bill, quotation
from commet_core.reports.quotation.sheet import schedule_table
from commet_core.reports.quotation.workbook import to_workbook

USAGE = {"call": {"units": 2000}, "editors": {"units": 5, "growth": "0.3"}, "sms": {"units": 600}, "projects": {"units": 25}}


def catalog() -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    document["plans"]["pro"]["minimum_commitment"] = {"amount": "300", "per": "interval"}
    return document


def quoted(start: str = "2026-05-01", **candidate: Any) -> Any:
    row = {"name": "Pro", "plan": "pro", "addons": ["texts"], "promo_code": "SPRING", **candidate}
    return quotation(quote_of(catalog(), (row,), start=start, term_months=3, usage=USAGE, draws=100))


def bill_of(start: str) -> Bill:
    [bill] = quoted(start).bills
    return bill


def test_every_part_of_what_is_due_has_a_column() -> None:
    """5, 7 (6.5 half up) and 8 (8.45) seats, 3 of them included: 2, 4 and 5 at $12. 1,500 calls beyond: 100 + 5 + 40; 100 texts: 4.

    Counted for the commitment of $300: 60 + 24 + 18 + 149 = 251, then 275, then 287; the offer's 20 % off is not.
    """
    rows = [
        (due.day, due.base, due.discount, due.usage, due.held, due.add_ons, due.commitment, due.total)
        for due in bill_of("2026-05-01").schedule
    ]
    assert rows == [
        (date(2026, 5, 1), 60, -12, 0, 24, 18, 0, 90),
        (date(2026, 6, 1), 60, -12, 149, 48, 18, 49, 312),
        (date(2026, 7, 1), 60, -12, 149, 60, 18, 25, 300),
        (date(2026, 8, 1), 0, 0, 149, 0, 0, 13, 162),
    ]


def test_a_quote_has_the_version_of_the_day_on_which_it_begins_for_its_whole_term() -> None:
    """Before June 1 the price is $60 in June too; from then on $65, and 600 calls are included in place of 500."""
    assert [due.base for due in bill_of("2026-05-01").schedule] == [60, 60, 60, 0]
    later = bill_of("2026-06-01")
    assert [due.base for due in later.schedule] == [65, 65, 65, 0]
    assert later.schedule[1].usage == 100 + 5 + 32 + 4
    words = " ".join(quote_document(quoted("2026-06-01")).sections[0].terms)
    assert "$65 a month" in words
    assert "From 1 Jun 2026" not in words


def test_what_is_held_has_no_most_and_what_is_not_held_is_said() -> None:
    bill = bill_of("2026-05-01")
    assert bill.most is None
    document = quote_document(quoted())
    assert "Projects: 5 of 25 projects over the term are not served (allowance used up)." in document.sections[0].sentences
    assert (
        "With Texts: $18 a month or $180 a year; SMS: 500 messages included, then $0.04 a message."
        in document.sections[0].terms
    )
    assert document.usage is not None
    assert document.usage.total == ("3 months", "6,000", "–", "1,800", "–")


def test_its_table_and_its_workbook_have_the_amounts_where_no_formula_holds() -> None:
    worked_out = quoted()
    assert schedule_table(worked_out)["commitment"].to_pylist() == [Decimal(0), Decimal(49), Decimal(25), Decimal(13)]
    assert not can_be_worked_out(worked_out.quote.catalog, worked_out.bills[0])
    assert to_workbook(worked_out)[:2] == b"PK"


def test_half_a_seat_is_told_at_its_place() -> None:
    with pytest.raises(InputError, match=r"usage\.editors\.units: 2\.5 is not a whole number, and seats are"):
        quote_of(catalog(), ({"name": "Pro", "plan": "pro"},), usage={"editors": {"units": "2.5"}})
