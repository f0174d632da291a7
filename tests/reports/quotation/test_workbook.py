"""A quote in Excel: a real spreadsheet engine computes it anew, and comes to the cents of the replay, also for other usage."""

import io
import os
import random
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from support.quotes import quote_of
from support.spreadsheet import program, recalculated, with_numbers

from commet_core.reports.quotation.quotation import quotation
from commet_core.reports.quotation.quote_file import QuoteFile
from commet_core.reports.quotation.workbook import to_workbook

FEATURES = {"call": {"name": "Calls", "unit": "call"}, "mail": {"name": "Mails", "unit": "mail"}, "gone": {"name": "Gone"}}

PLANS: dict[str, dict[str, Any]] = {
    "metered": {
        "consumption_model": "metered",
        "prices": {"monthly": "49.90", "yearly": 499, "weekly": 15},
        "features": {
            "call": {"included": 1000, "overage": {"unit_price": "0.0005"}},
            "mail": {"included": "100.5"},
            "gone": {"unlimited": True},
        },
    },
    "credits": {
        "consumption_model": "credits",
        "prices": {"monthly": 20},
        "included_credits": 500,
        "features": {"call": {"credits_per_unit": "0.35"}, "mail": {"credits_per_unit": 3}},
    },
    "balance": {
        "consumption_model": "balance",
        "prices": {"monthly": 25, "quarterly": 70},
        "included_balance": 25,
        "features": {"call": {"unit_price": "0.00085"}, "mail": {"unit_price": "0.015"}},
    },
    "blocking": {
        "consumption_model": "balance",
        "prices": {"monthly": 10},
        "block_on_exhaustion": True,
        "features": {"call": {"unit_price": "0.0071"}, "mail": {"unit_price": "0.015"}, "gone": {"unlimited": True}},
    },
    "free": {"consumption_model": "metered", "features": {"call": {"included": 10, "overage": {"unit_price": 1}}}},
}
IN_TIERS: dict[str, dict[str, Any]] = {
    "graduated": {
        "tiers_mode": "graduated",
        "tiers": [
            {"up_to": 1000, "unit_price": "0.1005", "flat_amount": 5},
            {"up_to": "4000.5", "flat_amount": "0.125"},
            {"unit_price": "0.00085"},
        ],
    },
    "volume": {
        "tiers_mode": "volume",
        "tiers": [{"up_to": 1010, "unit_price": "0.0151", "flat_amount": 5}, {"unit_price": "0.0085"}],
    },
    "packages": {"package_size": 400, "package_price": "35.01"},
}
PACKS = {
    "small": {"credits": 100, "price": 5},
    "small_dear": {"credits": 100, "price": 6},
    "middle": {"credits": "1000.5", "price": "42.42"},
    "large": {"credits": 5000, "price": 180},
    "large_dear": {"credits": 5000, "price": 190},
}
CANDIDATES = (
    {"name": "Metered", "plan": "metered"},
    {"name": "Yearly", "plan": "metered", "interval": "yearly"},
    {"name": "Weekly", "plan": "metered", "interval": "weekly"},
    {"name": "Stops", "plan": "credits"},
    {"name": "Packs", "plan": "credits", "purchases": {"pack": "smallest_sufficient"}},
    {"name": "Few packs", "plan": "credits", "purchases": {"pack": "smallest_sufficient", "max_packs_per_period": 2}},
    {"name": "One pack", "plan": "credits", "purchases": {"pack": "middle", "max_packs_per_period": 3}},
    {"name": "Balance", "plan": "balance", "interval": "quarterly"},
)
MORE = (
    {"name": "Blocking", "plan": "blocking"},
    {"name": "Top-ups", "plan": "blocking", "top_up": {"amount": "7.5"}},
    {"name": "Few top-ups", "plan": "blocking", "top_up": {"amount": 20, "max_per_period": 2}},
    {"name": "Free", "plan": "free"},
)


def plan_in_tiers(overage: dict[str, Any]) -> dict[str, Any]:
    terms = {"included": 0, "overage": overage}
    return {
        "consumption_model": "metered",
        "prices": {"monthly": 9},
        "features": {"call": terms, "mail": terms, "gone": {"unlimited": True}},
    }


def quote(candidates: tuple[dict[str, Any], ...], seed: int, **more: Any) -> QuoteFile:
    """A year from 31 January, whose months begin on the last day of shorter ones; usage where rounding is a tie, or not whole."""
    chance = random.Random(seed)
    calls = [chance.choice([0, chance.randrange(1000, 3000), 1010 + 20 * chance.randrange(50), 10**7 + 30]) for _ in range(12)]
    mails = [chance.choice([0, 101, chance.randrange(2000) / 4, chance.randrange(5000)]) for _ in range(12)]
    usage = {"call": {"months": calls}, "mail": {"months": mails}, "gone": {"months": [7] * 12}}
    tiers = {code: plan_in_tiers(overage) for code, overage in IN_TIERS.items()}
    catalog = {"features": FEATURES, "plans": PLANS | tiers, "credit_packs": PACKS}
    document = {"start": "2026-01-31", "term_months": 12, "draws": 100, "usage": usage}
    return quote_of(catalog, candidates, **document, **more)


QUOTES = {
    "first": quote(CANDIDATES, 1),
    "other": quote(CANDIDATES, 2),
    "discount": quote(CANDIDATES[:3], 3, discount={"percent": "12.5", "cycles": 3}),
    "more": quote(MORE, 4),
    "tiers": quote(tuple({"name": code.capitalize(), "plan": code} for code in IN_TIERS), 5),
    "yen": quote_of(
        {"currency": "jpy", "features": FEATURES, "plans": {"metered": PLANS["metered"] | {"prices": {"monthly": 500}}}},
        ({"name": "Metered", "plan": "metered"},),
        usage={"call": {"units": 2000, "growth": "0.3"}},
        term_months=6,
    ),
}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The workbooks of QUOTES after LibreOffice computed them, and `first` with the monthly usage of `other` written over its own."""
    if program() is None:
        message = "LibreOffice is not installed (Debian: apt-get install --no-install-recommends libreoffice-calc-nogui)."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    workbooks = {name: to_workbook(quotation(each)) for name, each in QUOTES.items()}
    sheet = openpyxl.load_workbook(io.BytesIO(workbooks["other"]))
    typed = {
        (name, cell.coordinate): float(cell.value)
        for name in ("Usage", "Usage by week")
        for row in sheet[name].iter_rows(min_row=2, min_col=2)
        for cell in row
    }
    workbooks["changed"] = with_numbers(workbooks["first"], typed)
    return recalculated(workbooks, tmp_path_factory.mktemp("office"))


def due(book: Any, place: int) -> dict[str, Decimal]:
    """What a plan's sheet says is due by day, and over the term."""
    rows = book[f"Plan {place}"].iter_rows(min_row=4, values_only=True)
    return {str(row[0])[:10]: Decimal(repr(round(float(row[5]), 6))) for row in rows if row[0] is not None}


@pytest.mark.parametrize("name", QUOTES)
def test_what_the_spreadsheet_computes_is_what_was_replayed(name: str, computed: dict[str, Any]) -> None:
    for place, bill in enumerate(quotation(QUOTES[name]).bills, start=1):
        expected = {str(day.day): day.total for day in bill.schedule}
        found = due(computed[name], place)
        assert found.pop("Term") == bill.assumed, bill.candidate.name
        assert {day: total for day, total in found.items() if total} == {day: total for day, total in expected.items() if total}


def test_other_usage_typed_into_the_sheet_gives_the_other_quote(computed: dict[str, Any]) -> None:
    """The formulas are live: what the first quote's workbook makes of the other's usage is the other's replay, to the cent."""
    first, other = quotation(QUOTES["first"]), quotation(QUOTES["other"])
    changed = [due(computed["changed"], place)["Term"] for place in range(1, len(CANDIDATES) + 1)]
    assert changed == [bill.assumed for bill in other.bills]
    assert changed != [bill.assumed for bill in first.bills]


def test_the_first_sheet_says_how_far_the_usage_is_from_the_quote(computed: dict[str, Any]) -> None:
    assert [row[3] for row in rows_of_plans(computed["first"])] == [0] * len(CANDIDATES)
    assert [row[3] for row in rows_of_plans(computed["changed"])] != [0] * len(CANDIDATES)


def rows_of_plans(book: Any) -> list[tuple[Any, ...]]:
    names = {candidate["name"] for candidate in CANDIDATES}
    return [row for row in book["Quote"].iter_rows(values_only=True) if row[0] in names]


def test_the_same_quote_is_the_same_file() -> None:
    assert to_workbook(quotation(QUOTES["discount"])) == to_workbook(quotation(QUOTES["discount"]))


HOSTILE = '=HYPERLINK("http://127.0.0.1/x","y")'


def test_names_and_notes_never_become_formulas_or_links() -> None:
    catalog = {
        "features": {"call": {"name": HOSTILE, "unit": HOSTILE}},
        "plans": {"p": {"name": HOSTILE, "consumption_model": "metered", "prices": {"monthly": 1}, "features": {"call": {}}}},
    }
    made = quote_of(
        catalog,
        ({"name": HOSTILE, "plan": "p"},),
        usage={"call": {"units": 1}},
        number=HOSTILE,
        seller={"name": HOSTILE, "lines": ["+1", "@x", "http://127.0.0.1/"]},
        customer={"name": "-2+3"},
        notes=f"{HOSTILE}\n\tDDE\n@SUM(1)",
    )
    book = openpyxl.load_workbook(io.BytesIO(to_workbook(quotation(made))))
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any(cell.value == HOSTILE for cell in texts)
    assert not [cell for cell in texts if "127.0.0.1" in cell.value and cell.data_type != "s"]
    assert not [cell for cell in texts if cell.hyperlink]
    formulas = [cell.value for cell in texts if cell.data_type == "f"]
    assert formulas
    assert not [formula for formula in formulas if "HYPERLINK" in formula or "DDE" in formula]
