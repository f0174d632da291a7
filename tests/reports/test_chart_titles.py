"""Charts' titles say what is seen: each from figures small enough to be read off."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from support.compared_models import BALANCE, CREDITS, METERED, compared, events

from commet_core.foundation.vocabulary import RevenuePart
from commet_core.reports.compare.chart_titles import differences_title, month_title, parts_title
from commet_core.reports.usage_words import activity_title


def months(**amounts: list[int]) -> pa.Table:
    """Candidate → its amounts month by month from January 2026, in two parts."""
    return pa.Table.from_pylist(
        [
            {"candidate": name, "month": date(2026, month, 1), "part": part, "amount": Decimal(amount)}
            for name, own in amounts.items()
            for month, whole in enumerate(own, start=1)
            for part, amount in (("base", 1), ("packs", whole - 1))
        ]
    )


@pytest.mark.parametrize(
    ("amounts", "title"),
    [
        ({"A": [5, 6, 7], "B": [4, 5, 6]}, "A earns most in every month"),
        ({"A": [5], "B": [6]}, "B earns most in Jan 2026"),
        ({"A": [5, 6, 7], "B": [4, 5, 8]}, "A earns most in every month but Mar 2026"),
        ({"A": [5, 6, 7], "B": [4, 5, 7]}, "A earns most in every month but Mar 2026"),
        ({"A": [5, 6, 2, 2], "B": [4, 5, 3, 3]}, "A earns most in 2 of 4 months, B in 2"),
        ({"A": [5, 6], "B": [5, 6], "C": [1, 1]}, "In no month one candidate earns more than all others"),
        ({"A": [5, 6], "B": [5, 6]}, "All candidates earn the same in every month"),
        ({"A": [5, 7, 6]}, "A earns most in Feb 2026, least in Jan 2026"),
        ({"A": [5, 5]}, "A earns the same in every month"),
    ],
)
def test_who_brings_in_most_month_by_month(amounts: dict[str, list[int]], title: str) -> None:
    assert month_title(months(**amounts), "earned") == title


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({"base": "6", "overage": "2.5", "packs": "1.5"}, "A bills 60 % as base, 25 % as overage"),
        ({"base": "6", "overage": "0"}, "A bills all as base"),
        ({"base": "1", "closing": "9"}, "A bills 90 % as closing invoices, 10 % as base"),
        ({"base": "0"}, "A bills nothing"),
    ],
)
def test_what_a_candidates_revenue_is_made_of(parts: dict[RevenuePart, str], title: str) -> None:
    rows = [{"candidate": "A", "part": part, "amount": Decimal(amount)} for part, amount in parts.items()]
    assert parts_title(pa.Table.from_pylist([*rows, {**rows[0], "candidate": "B"}]), "A", "billed") == title


def test_how_customers_differ_from_the_baseline() -> None:
    """Against Metered, Ann, Bob and Cid are billed so much more or less (tests/reports/test_compare.py)."""
    replayed = compared(METERED, CREDITS, BALANCE)
    assert differences_title(replayed, "Credits") == (
        "Under Credits the customer in the middle pays $4.00 less, all between $6.00 less and $3.00 less"
    )
    assert differences_title(replayed, "Balance") == (
        "Under Balance the customer in the middle pays $2.00 more, all between $1.00 less and $4.00 more"
    )
    many = [event for place in range(12) for event in events(f"c{place}", date(2026, 1, 5), "call", 3)]
    alike = differences_title(compared(METERED, CREDITS, rows=many), "Credits")
    assert alike == "At least 8 in 10 customers pay $4.00 less under Credits"
    twin = compared(METERED, {**METERED, "name": "Again"})
    assert differences_title(twin, "Again") == "All customers pay the same under Again"


def test_when_most_is_asked_for() -> None:
    days = [date(2026, 3, 2), date(2026, 3, 9)]
    rows = [
        {"feature": feature, "start": day, "units": Decimal(units)}
        for feature, own in {"a": (1, 2), "b": (5, 5), "c": (0, 3), "d": (0, 0)}.items()
        for day, units in zip(days, own, strict=True)
    ]
    table, names = pa.Table.from_pylist(rows), {"a": "Calls", "b": "Images", "c": "Videos", "d": "Seats"}
    assert activity_title(table, names, "day") == "Calls and Videos peak on 9 Mar 2026, Images on 2 Mar 2026"
    assert activity_title(table, {"b": "Images"}, "week") == "Images peaks in the week of 2 Mar 2026"
    assert activity_title(table, {"b": "Images"}, "month") == "Images peaks in Mar 2026"
    assert activity_title(table, {"d": "Seats"}, "month") == "No units are asked for in any month"
