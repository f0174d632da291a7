"""The Assumptions page: sliders say what is assumed, also where candidates say different things."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from commet_core.scenario.candidates import Candidate
from pages.shared.study import sample

APP = str(Path(__file__).parents[2] / "app.py")


def page(*shares: str) -> AppTest:
    """The page of candidates on one credits plan, of whose customers these shares buy packs, and of a line-up."""
    bought = [
        {"name": f"Packs {share}", "plan": "credits_pro", "purchases": {"pack": "medium", "probability": share}}
        for share in shares
    ]
    line_up = {"name": "Line-up", "group": "metered", "choose": "cheapest"}
    app = AppTest.from_file(APP, default_timeout=120)
    candidates = tuple(Candidate.model_validate(content) for content in [*bought, line_up])
    app.session_state["study"] = sample().model_copy(update={"candidates": candidates, "baseline": candidates[0].name})
    app.switch_page("pages/assumptions.py").run()
    assert not app.exception
    return app


def test_where_candidates_say_different_things_the_slider_says_so_until_it_is_moved() -> None:
    app = page("0.6", "0.2")
    slider = app.select_slider(key="assume/pack_buying")
    assert slider.value == "each candidate its own"
    assert slider.options[:2] == ["each candidate its own", "0 %"]
    slider.set_value("40 %").run()
    assert not app.exception
    assert str(app.session_state["study"].assumptions.pack_buying) == "0.4"
    assert app.select_slider(key="assume/pack_buying").options[0] == "0 %"


def test_a_line_ups_customers_who_stick_to_their_plan_change_what_is_billed() -> None:
    app = page("0.6")
    before = app.session_state["study"].assumptions.plan_choice.sticks
    app.select_slider(key="assume/plan_choice.sticks").set_value("50 %").run()
    assert not app.exception
    assert (before, str(app.session_state["study"].assumptions.plan_choice.sticks)) == (0, "0.5")
    headers = " ".join(element.value for element in app.header).replace("\\", "")
    assert "of a line-up's customers 50 % stay on the plan that they have today" in headers
