"""The three questions on the Answer page: what is wrong stands at its field, and the answers become exactly the study they say."""

from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.compare_page import said

from pages.shared import loading
from pages.shared.study import Described, Study, from_link, to_link

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def asked() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120).run()
    return app.button(key="ask_open_button").click().run()


def typed(app: AppTest, **answers: str) -> AppTest:
    for key, text in answers.items():
        app.text_input(key=f"ask_{key}").set_value(text)
    return app.run()


def test_the_answers_become_the_study_and_are_said_in_a_sentence(asked: AppTest) -> None:
    app = typed(asked, words="Image, Sound", customers="1,300", price="29")
    app.text_input(key="ask_units/Image").set_value("40")
    app.text_input(key="ask_units/Sound").set_value("2.5").run()
    app.segmented_control(key="ask_uneven").set_value("few").run()
    app.button(key="ask_answer").click().run()
    assert not app.exception
    study: Study = app.session_state["study"]
    assert isinstance(study.source, Described)
    assert study.source.description.customers == 1300
    assert [(each.code, each.typical_units) for each in study.source.description.features] == [
        ("image", Decimal(40)),
        ("sound", Decimal("2.5")),
    ]
    assert study.source.description.unevenness == "few"
    assert [candidate.name for candidate in study.candidates] == ["Today", "Metered", "Credits", "Balance"]
    assert "exactly 1,300 customers in each of 6 months; the one in the middle uses 40 images and 2.5 of Sound" in said(app)
    assert from_link(to_link(study)) == study
    app.button(key="ask_again").click().run()
    assert app.text_input(key="ask_customers").value == "1,300"


def test_a_wrong_answer_is_said_at_its_field_and_the_button_is_off(asked: AppTest) -> None:
    app = typed(asked, words="Image", customers="many")
    assert "'many' is not a number. give a whole number" in said(app).lower()
    assert app.button(key="ask_answer").disabled
    app = typed(app, customers="300")
    assert not app.button(key="ask_answer").disabled
    app.button(key="ask_answer").click().run()
    assert "Give what a typical customer uses in a month" in said(app) or "give what a typical customer" in said(app).lower()
    assert not isinstance(app.session_state["study"].source, Described)


def test_a_link_opens_the_same_customers(asked: AppTest) -> None:
    app = typed(asked, words="Image", customers="25")
    app.text_input(key="ask_units/Image").set_value("40").run()
    app.button(key="ask_answer").click().run()
    other = from_link(to_link(app.session_state["study"]))
    assert other is not None
    assert loading.usage_from(other.source).customer_count == 25
    fresh = AppTest.from_file(APP, default_timeout=120)
    fresh.query_params.update(to_link(other))
    fresh.run()
    fresh.button(key="ask_again").click().run()
    assert fresh.text_input(key="ask_words").value == "Image"
    assert fresh.text_input(key="ask_units/Image").value == "40"
