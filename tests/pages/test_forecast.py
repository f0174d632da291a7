"""The Forecast page: its answer stands at once, its record before the figures, and every change draws the futures anew."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from support.shown_candidates import shown
from support.work_beside import await_work

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**study: object) -> AppTest:
    from pages.shared import study as studies

    page = AppTest.from_file(APP, default_timeout=120)
    page.session_state["study"] = studies.sample().model_copy(update=study)
    return page.switch_page("pages/forecast.py").run()


def generated(customers: int, months: int) -> object:
    from pages.shared.study import Generated

    return Generated(preset="ai_images", customers=customers, months=months, seed=3)


def said(page: AppTest) -> str:
    texts = [*page.markdown, *page.caption, *page.error, *page.info, *page.header]
    return "\n".join(text.value.replace("\\", "") for text in texts)


def headline(page: AppTest) -> str:
    return page.header[0].value.replace("\\", "")


def settled(page: AppTest) -> AppTest:
    """The page when nothing goes on beside it any more."""
    for _ in range(120):
        if not page.get("progress"):
            return page
        await_work()
        page.run()
    raise AssertionError(said(page))


def test_the_answer_stands_first_then_the_record_and_all_futures() -> None:
    page = opened(source=generated(40, 5))
    assert not page.exception
    assert headline(page).startswith("Next 12 months: $")
    page = settled(page)
    assert not page.exception
    words = said(page)
    assert "This method's ranges held in" in words
    assert "200 possible futures" in words
    assert words.index("This method's ranges held in") < words.index(" in 8 of 10 possible futures, after ")
    assert "This usage is generated" in words
    assert "for one more" in words
    assert all(row["next_year"].startswith("$") for row in shown(page))


def test_a_change_moves_the_answer_and_stands_in_the_link() -> None:
    page = settled(opened(source=generated(40, 5)))
    before = headline(page)
    page.number_input(key="fc_arrivals").set_value(25.0).run()
    assert not page.exception
    assert "Your changes: +$" in said(page)
    assert headline(page) != before
    assert "shown" in page.query_params
    next(button for button in page.button if button.label == "As the usage shows it").click().run()
    assert headline(settled(page)) == before


def test_the_parts_that_are_left_out() -> None:
    page = settled(opened(source=generated(40, 5)))
    page.checkbox(key="fc_in_arrivals").uncheck().run()
    page.checkbox(key="fc_in_growth").uncheck().run()
    assert not page.exception
    assert not {"fc_arrivals", "fc_growth"} & {field.key for field in page.number_input}
    assert "Your changes: -$" in said(page)
    page.checkbox(key="fc_in_growth").check().run()
    assert "fc_growth" in {field.key for field in page.number_input}


def test_what_is_earned_is_drawn_in_place_of_what_is_billed() -> None:
    page = opened(source=generated(40, 5))
    assert " bills $" in said(page)
    page.button_group(key="forecast_seen").set_value("earned").run()
    assert not page.exception
    assert " earns $" in said(page)


def test_too_little_usage_is_said_with_a_way_on() -> None:
    page = opened(source=generated(10, 2))
    assert not page.exception
    assert "a forecast needs 3" in said(page)
    assert "a forecast needs 20" in said(page)


def test_nothing_to_forecast() -> None:
    page = opened(candidates=())
    assert "There is nothing to forecast yet" in said(page)
