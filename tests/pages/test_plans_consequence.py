"""Beside the editor of plans: what the last edit does on the study's usage, worked out by hand, with the way back."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest
from support.compare_page import METERED, study_of
from support.plans_page import APP, field, said

USAGE = [("ann", "2026-01-05T00:00:00Z", "call"), ("bob", "2026-01-06T00:00:00Z", "call")]


def opened_on_plans() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    app.session_state["study"] = study_of([METERED], USAGE)
    return app.switch_page("pages/plans.py").run()


def priced(page: AppTest, price: int) -> AppTest:
    return field(page, "Monthly ($)").set_value(str(price)).run()


def test_without_an_edit_it_says_what_candidates_bring_in() -> None:
    page = opened_on_plans()
    assert not page.exception
    assert "| On your usage | Billed a month | Live bill |" in said(page)
    assert "What the last edit does" not in said(page)


def test_an_edit_stands_beside_what_was_before_and_can_be_undone() -> None:
    page = priced(priced(opened_on_plans(), 12), 17)
    assert not page.exception
    told = said(page)
    assert "**What the last edit does**" in told
    # Two customers, two months of the window: each month's bill rises by 2 × $5 where all else is the same.
    line = next(line for line in told.splitlines() if line.startswith("| Billed a month"))
    was, now = (float(cell.strip(" *$").replace(",", "")) for cell in line.split("|")[2:4])
    assert now - was == 10
    assert "2 of 2 customers pay more than before, 0 less." in told
    page.button(key="plans_beside_undo").click().run()
    assert field(page, "Monthly ($)").value == "12"
    assert "What the last edit does" not in said(page)


def test_what_is_wrong_leaves_the_figures_of_before_and_says_so() -> None:
    page = opened_on_plans()
    field(page, "Monthly ($)").set_value("x").run()
    assert not page.exception
    assert "As before what is to be corrected:" in said(page)


def test_the_live_bill_and_the_price_curve_stand_beside_the_editor_too() -> None:
    """A median customer has one call a month, and the curve goes ten times as far."""
    page = opened_on_plans()
    line = next(line for line in said(page).splitlines() if line.startswith("| Metered |"))
    assert line.endswith(f"| {page.metric[0].value} |")
    assert "**What Metered costs up to 10 of API calls a month**" in said(page)
    assert {"plans_curve_beside", "plans_curve_chart"} <= {chart.key for chart in page.get("plotly_chart")}


def test_a_usage_that_is_to_be_corrected_leaves_the_figures_of_the_study_alone_beside() -> None:
    page = opened_on_plans()
    field(page, "API calls (units)").set_value("many").run()
    assert not page.exception
    assert "| On your usage | Billed a month |\n" in said(page)
    assert "At the typical" not in said(page)
