"""The Price page: it opens with its answer, asks otherwise as it is told, and makes a point the plan."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from streamlit.testing.v1 import AppTest
from support.compare_page import study_of
from support.said_on_page import shown

from commet_core.decide.points import Point
from pages.pricing import charts
from pages.shared.palette import LIGHT
from pages.shared.study import Study

APP = str(Path(__file__).parents[2] / "app.py")
TERMS, RANGE = "price_terms/Credits", "price_range/plans.credits.prices.monthly"


def opened(study: Study | None = None) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    study = study or study_of()
    app.session_state["study"] = study
    app.session_state["history_states"] = [{"study": study, "study_unfinished": None, "plans_draft": None}]
    app.switch_page("pages/price.py").run()
    assert not app.exception
    return app


def headline(app: AppTest) -> str:
    return app.header[0].value.replace("\\", "")


def study_now(app: AppTest) -> Study:
    study: Study = app.session_state["study"]
    return study


def test_it_opens_with_its_answer_on_the_study() -> None:
    """Metered bills $67 in two months; Credits two base prices of each of three customers, and two packs of $3."""
    app = opened()
    assert headline(app) == (
        "Nothing from $2 to $24 a month has Credits do this: brings in what Metered does (within 0.5 %). The nearest is $10 a month."
    )
    app.text_input(key=RANGE).set_value("10:11:0.01").run()
    assert headline(app) == "Credits brings in what Metered does (within 0.5 %) at $10.12 to $10.22 a month."
    assert "Nobody reacts here: higher is always more" in shown(app)
    assert "| Billed in the window | $67.02 | $67.00 |" in shown(app)


def test_another_place_is_looked_at_taken_over_and_undone() -> None:
    app = opened()
    app.text_input(key=RANGE).set_value("10:14:1").run()
    app.selectbox(key="price_choice").set_value(3).run()
    assert "| Billed in the window | $84.00 | $67.00 |" in shown(app)
    before = study_now(app).catalog
    app.button(key="price_take_over").click().run()
    assert study_now(app).catalog.plans["credits"].prices == {"monthly": 13}
    assert "Credits now has $13 a month." in shown(app)
    app.button(key="price_undo").click().run()
    assert study_now(app).catalog == before
    assert "Credits now has" not in shown(app)


def test_several_terms_give_a_front() -> None:
    app = opened()
    included = "plans.credits.included_credits"
    app.button_group(key=TERMS).set_value(["plans.credits.prices.monthly", included]).run()
    app.text_input(key=RANGE).set_value("5:9:2").run()
    app.text_input(key=f"price_range/{included}").set_value("0:20:10").run()
    app.button_group(key="price_targets").set_value([]).run()
    app.text_input(key="price_targets_typed").set_value("blocked<=25%; revenue>=10").run()
    assert "that no other beats in revenue and customers who pay more" in headline(app)
    assert "All 9 plans of the grid were replayed." in shown(app)
    best = app.selectbox(key="price_choice")
    assert best.options[0] == "monthly $9, included credits 0"
    app.button(key="price_take_over").click().run()
    plan = study_now(app).catalog.plans["credits"]
    assert (plan.prices, plan.included_credits) == ({"monthly": 9}, 0)


def test_what_is_wrong_is_said_at_the_fields() -> None:
    app = opened()
    app.text_input(key=RANGE).set_value("10:20").run()
    assert "'10:20' has no step" in shown(app)
    app.text_input(key=RANGE).set_value("10:20:5").run()
    app.text_input(key="price_targets_typed").set_value("profit>=3").run()
    assert "target 'profit>=3': is not one that is known" in shown(app)
    app.text_input(key="price_targets_typed").set_value("margin>=50%").run()
    assert "so that there is no margin" in shown(app)
    app.button_group(key=TERMS).set_value([]).run()
    assert "Choose at least one term to move." in shown(app)


def test_without_plans_it_says_where_to_begin() -> None:
    assert "There is no plan whose price could move yet" in shown(opened(study_of([])))


def test_what_is_asked_is_kept_across_pages() -> None:
    app = opened()
    app.text_input(key=RANGE).set_value("10:14:1").run()
    app.switch_page("pages/compare.py").run()
    app.switch_page("pages/price.py").run()
    assert app.text_input(key=RANGE).value == "10:14:1"
    assert "shown" in app.query_params, "and is in the link"


def test_what_there_is_so_far_can_be_drawn() -> None:
    points = [
        Point((Decimal(value),), Decimal(10 * value), None, Decimal(1), Fraction(1, value), None, Fraction(0))
        for value in (1, 2)
    ]
    curve, front = (charts.so_far(points, terms, LIGHT, "usd") for terms in (1, 2))
    assert (list(curve.data[0].x), list(curve.data[0].y)) == ([1, 2], [10, 20])
    assert (list(front.data[0].x), list(front.data[0].y)) == ([10, 20], [1, 0.5])
