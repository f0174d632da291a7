"""A quote as an Excel file that goes on computing: change the assumed usage, and the schedule follows, to the cent.

Names and notes are written as texts and never become formulas or links.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from commet_core.foundation.calendar import date_of
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, minor_decimals, symbol
from commet_core.foundation.patterns import late_pattern
from commet_core.reports.quotation.document import quote_document
from commet_core.reports.quotation.formulas import Working, can_be_worked_out, working
from commet_core.reports.quotation.quotation import Bill, Due, Quotation
from commet_core.reports.quotation.replaying import is_weekly, month_days, units_on_days, usage_days
from commet_core.reports.quotation.words import unit_heading
from commet_core.reports.quote.words import feature_name

_OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_NAMED: Final = late_pattern(r"\{([^{}]+?)(\.before)?\}")
USAGE: Final = "Usage"
WEEKS: Final = "Usage by week"


@dataclass(frozen=True)
class Styles:
    """Formats of cells."""

    title: Any
    head: Any
    text: Any
    day: Any
    number: Any
    typed: Any
    money: Any
    total: Any


def to_workbook(worked_out: Quotation) -> bytes:
    """The Excel file: `Quote` with the totals, `Usage` to be changed, a sheet per plan with its schedule, and its working."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, _OPTIONS) as book:
        book.set_properties(
            {"created": datetime.combine(worked_out.quote.issued, datetime.min.time(), UTC).replace(tzinfo=None)}
        )
        styles = _styles(book, worked_out)
        front = book.add_worksheet("Quote")
        sheets = {weekly: _usage_sheet(book, styles, worked_out, weekly) for weekly in _rhythms(worked_out)}
        totals = [
            _plan_sheets(book, styles, worked_out, bill, place, sheets[is_weekly(worked_out.quote.catalog, bill.candidate)])
            for place, bill in enumerate(worked_out.bills, start=1)
        ]
        _front_sheet(front, styles, worked_out, totals)
    return sink.getvalue()


def _rhythms(worked_out: Quotation) -> list[bool]:
    """Months, weeks or both: whether usage is by week, as its plans have it."""
    return sorted({is_weekly(worked_out.quote.catalog, bill.candidate) for bill in worked_out.bills})


def _styles(book: Any, worked_out: Quotation) -> Styles:
    places = minor_decimals(worked_out.currency)
    sign = symbol(worked_out.currency).replace('"', "")
    money = f'"{sign}"#,##0{"." + "0" * places if places else ""}'
    colour = worked_out.quote.colour
    return Styles(
        title=book.add_format({"bold": True, "font_size": 16, "font_color": colour}),
        head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        text=book.add_format({"text_wrap": True, "valign": "top"}),
        day=book.add_format({"num_format": "d mmm yyyy", "align": "left"}),
        number=book.add_format({"num_format": "#,##0.######"}),
        typed=book.add_format({"num_format": "#,##0.######", "font_color": "#0000FF", "bg_color": "#FFF9DB"}),
        money=book.add_format({"num_format": money}),
        total=book.add_format({"num_format": money, "bold": True, "top": 1}),
    )


@dataclass(frozen=True)
class UsageSheet:
    """Where the units of a period are: a row per period from the second on, a column per feature from the second on."""

    name: str
    days: tuple[date, ...]
    features: tuple[str, ...]

    def cell(self, feature: str, period: int) -> str:
        return f"'{self.name}'!{xl_rowcol_to_cell(period + 1, self.features.index(feature) + 1)}"


def _usage_sheet(book: Any, styles: Styles, worked_out: Quotation, weekly: bool) -> UsageSheet:
    quote, possible = worked_out.quote, worked_out.possible
    days = tuple(date_of(day) for day in usage_days(quote, weekly))
    made = UsageSheet(WEEKS if weekly else USAGE, days, possible.features)
    sheet = book.add_worksheet(made.name)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(possible.features), 18)
    sheet.write_string(0, 0, "Week from" if weekly else "Month from", styles.head)
    for column, feature in enumerate(possible.features, start=1):
        sheet.write_string(0, column, unit_heading(quote, feature), styles.head)
    units = units_on_days(quote, possible.assumed, weekly).tolist()
    for row, (day, of_day) in enumerate(zip(days, units, strict=True), start=1):
        sheet.write_datetime(row, 0, datetime.combine(day, datetime.min.time()), styles.day)
        for column, amount in enumerate(of_day, start=1):
            sheet.write_number(row, column, float(decimal_of(amount, MICRO_DECIMALS)), styles.typed)
    return made


def _plan_sheets(book: Any, styles: Styles, worked_out: Quotation, bill: Bill, place: int, usage: UsageSheet) -> str:
    """A plan's schedule and its working; the cell with what is due over the term."""
    schedule = book.add_worksheet(f"Plan {place}")
    if not can_be_worked_out(worked_out.quote.catalog, bill):
        return _fixed_schedule(schedule, styles, bill, f"Plan {place}")
    detail = book.add_worksheet(f"Working {place}")
    made = working(worked_out.quote.catalog, bill, usage.features, lambda code: feature_name(worked_out.quote.catalog, code))
    cells = _working_sheet(detail, styles, made, usage, f"Working {place}")
    return _schedule_sheet(schedule, styles, worked_out, bill, usage, cells, f"Plan {place}")


def _working_sheet(sheet: Any, styles: Styles, made: Working, usage: UsageSheet, name: str) -> dict[str, list[str]]:
    """Writes terms, tables and a row per period; the cells of `usage` and `bought`, one per period, seen from other sheets."""
    terms: dict[str, str] = {}
    sheet.set_column(0, len(made.columns), 16)
    for row, (key, (head, number)) in enumerate(made.terms.items()):
        sheet.write_string(row, 0, head, styles.text)
        sheet.write_number(row, 1, float(number), styles.number)
        terms[key] = xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True)
    for column, (key, (head, numbers)) in enumerate(made.tables.items(), start=3):
        sheet.write_string(0, column, head, styles.head)
        for row, number in enumerate(numbers, start=1):
            sheet.write_number(row, column, float(number), styles.number)
        first, last = (xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in (1, len(numbers)))
        terms[key] = f"{first}:{last}"
    top = (
        max(len(made.terms), *(len(numbers) + 1 for _, numbers in made.tables.values()), 0) + 1
        if made.tables
        else len(made.terms) + 1
    )
    _periods(sheet, styles, made, usage, terms, top)
    places = list(made.columns)
    return {
        key: [f"'{name}'!{xl_rowcol_to_cell(top + 1 + period, places.index(key) + 1)}" for period in range(len(usage.days))]
        for key in ("usage", "bought")
    }


def _periods(sheet: Any, styles: Styles, made: Working, usage: UsageSheet, terms: Mapping[str, str], top: int) -> None:
    columns = list(made.columns)
    sheet.write_string(top, 0, "Period from", styles.head)
    for column, (head, _) in enumerate(made.columns.values(), start=1):
        sheet.write_string(top, column, head, styles.head)
    for period, day in enumerate(usage.days):
        row = top + 1 + period

        def cell(found: re.Match[str], period: int = period, row: int = row) -> str:
            key, before = found[1], bool(found[2])
            if key.startswith("units:"):
                return usage.cell(key.removeprefix("units:"), period)
            if key in terms:
                return terms[key]
            if before and period == 0:
                return "0"
            return xl_rowcol_to_cell(row - before, columns.index(key) + 1)

        sheet.write_datetime(row, 0, datetime.combine(day, datetime.min.time()), styles.day)
        for column, (_, formula) in enumerate(made.columns.values(), start=1):
            sheet.write_formula(row, column, f"={_NAMED.sub(cell, formula)}", styles.number, "")


def _schedule_sheet(
    sheet: Any, styles: Styles, worked_out: Quotation, bill: Bill, usage: UsageSheet, cells: Mapping[str, list[str]], name: str
) -> str:
    """What is due by day: in advance what the day has, in arrears the usage of the period before."""
    due_on: dict[date, Due] = {due.day: due for due in bill.schedule}
    end = date_of(month_days(worked_out.quote)[-1])
    sheet.write_string(0, 0, bill.candidate.name, styles.title)
    sheet.set_column(0, 6, 16)
    for column, head in enumerate(("Due on", "Base price", "Discount", "Usage of the period before", "Bought", "Due")):
        sheet.write_string(2, column, head, styles.head)
    sheet.freeze_panes(3, 1)
    for place, day in enumerate([*usage.days, end]):
        row, due = 3 + place, due_on.get(day)
        sheet.write_datetime(row, 0, datetime.combine(day, datetime.min.time()), styles.day)
        sheet.write_number(row, 1, float(due.base) if due else 0, styles.money)
        sheet.write_number(row, 2, float(due.discount) if due else 0, styles.money)
        arrears = f"={cells['usage'][place - 1]}" if place else "=0"
        bought = f"={cells['bought'][place]}" if place < len(usage.days) else "=0"
        sheet.write_formula(row, 3, arrears, styles.money, float(due.usage) if due else 0)
        sheet.write_formula(row, 4, bought, styles.money, float(due.bought) if due else 0)
        added = f"=SUM({xl_rowcol_to_cell(row, 1)}:{xl_rowcol_to_cell(row, 4)})"
        sheet.write_formula(row, 5, added, styles.money, float(due.total) if due else 0)
    last = 3 + len(usage.days)
    return _totals(sheet, styles, bill, last, name)


PART_HEADS: Final[Mapping[str, str]] = {
    "base": "Base price",
    "discount": "Discount",
    "usage": "Usage",
    "bought": "Bought",
    "held": "Seats and quota",
    "add_ons": "Add-ons",
    "commitment": "Up to the commitment",
    "total": "Due",
}


def _fixed_schedule(sheet: Any, styles: Styles, bill: Bill, name: str) -> str:
    """What is due by day as it is quoted, of a plan with terms that no formula here holds; the cell with the term's total."""
    sheet.write_string(0, 0, bill.candidate.name, styles.title)
    sheet.write_string(
        1, 0, "As quoted: these amounts do not follow the usage sheet, as the plan has terms beyond its formulas."
    )
    sheet.set_column(0, len(PART_HEADS), 16)
    for column, head in enumerate(("Due on", *PART_HEADS.values())):
        sheet.write_string(2, column, head, styles.head)
    sheet.freeze_panes(3, 1)
    for row, due in enumerate(bill.schedule, start=3):
        sheet.write_datetime(row, 0, datetime.combine(due.day, datetime.min.time()), styles.day)
        for column, part in enumerate(PART_HEADS, start=1):
            sheet.write_number(row, column, float(getattr(due, part)), styles.money)
    last = 2 + len(bill.schedule)
    sheet.write_string(last + 1, 0, "Term", styles.head)
    for column, part in enumerate(PART_HEADS, start=1):
        span = f"{xl_rowcol_to_cell(3, column)}:{xl_rowcol_to_cell(last, column)}"
        amount = sum((getattr(due, part) for due in bill.schedule), Decimal(0))
        sheet.write_formula(last + 1, column, f"=SUM({span})", styles.total, float(amount))
    return f"'{name}'!{xl_rowcol_to_cell(last + 1, len(PART_HEADS))}"


def _totals(sheet: Any, styles: Styles, bill: Bill, last: int, name: str) -> str:
    sums: Sequence[Decimal] = [
        sum((getattr(due, part) for due in bill.schedule), Decimal(0))
        for part in ("base", "discount", "usage", "bought", "total")
    ]
    sheet.write_string(last + 1, 0, "Term", styles.head)
    for column, amount in enumerate(sums, start=1):
        span = f"{xl_rowcol_to_cell(3, column)}:{xl_rowcol_to_cell(last, column)}"
        sheet.write_formula(last + 1, column, f"=SUM({span})", styles.total, float(amount))
    return f"'{name}'!{xl_rowcol_to_cell(last + 1, 5)}"


def _front_sheet(sheet: Any, styles: Styles, worked_out: Quotation, totals: Sequence[str]) -> None:
    document = quote_document(worked_out)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 18)
    sheet.write_string(0, 0, document.title, styles.title)
    rows = [("From", document.seller.name), ("For", document.customer.name), *document.facts]
    for row, (label, words) in enumerate(rows, start=1):
        sheet.write_string(row, 0, label, styles.text)
        sheet.write_string(row, 1, words)
    top = len(rows) + 2
    heads = (
        "Plan",
        "Now, for the usage here",
        "As quoted",
        "Difference",
        "At least",
        "Expected",
        "Range from",
        "to",
        "At most",
    )
    for column, head in enumerate(heads):
        sheet.write_string(top, column, head, styles.head)
    for row, (bill, total) in enumerate(zip(worked_out.bills, totals, strict=True), start=top + 1):
        sheet.write_string(row, 0, bill.candidate.name)
        sheet.write_formula(row, 1, f"={total}", styles.total, float(bill.assumed))
        sheet.write_number(row, 2, float(bill.assumed), styles.money)
        difference = f"=ROUND({xl_rowcol_to_cell(row, 1)}-{xl_rowcol_to_cell(row, 2)},{minor_decimals(worked_out.currency)})"
        sheet.write_formula(row, 3, difference, styles.money, 0)
        for column, amount in enumerate((bill.floor, bill.expected, bill.p10, bill.p90, bill.most), start=4):
            if amount is None:
                sheet.write_string(row, column, "No limit")
            else:
                sheet.write_number(row, column, float(amount), styles.money)
    below = top + len(worked_out.bills) + 2
    hint = "Change the blue numbers of the usage sheet: the schedules follow. Expected and range are those of the quote."
    for row, sentence in enumerate([hint, *document.assumptions, *document.notes, document.foot], start=below):
        sheet.write_string(row, 0, sentence)
