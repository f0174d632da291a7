"""The bar above every page: the study and whether it is saved, what is compared, on which usage; each leads to where it is changed."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.shared.study import sample

APP = str(Path(__file__).parents[2] / "app.py")


def links(app: AppTest) -> dict[str, str]:
    """The links of the bar, which come after those of the navigation, by what they say: the page that each leads to."""
    found = [link.proto for link in app.main.get("page_link")][:3]
    return {link.label.replace("\\", "").replace("\u2060", ""): link.page for link in found}


def test_it_names_the_study_what_is_compared_and_on_which_usage() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    app.switch_page("pages/saved.py").run()
    assert links(app) == {
        "**AI image generator** · a sample": "saved",
        "Metered · Credits · Balance": "plans",
        "on ai images, 150 customers, 6 months": "usage",
    }
    app.text_input(key="saved_name").set_value("Spring [1]").run()
    app.button(key="saved_new").click().run()
    assert "**Spring [1]** · saved" in links(app)
    app.session_state["study"] = sample("sample_email_api")
    app.run()
    assert "**Spring [1]** · changed since it was saved" in links(app)


def test_many_candidates_are_counted_and_none_is_said() -> None:
    app = AppTest.from_file(APP, default_timeout=120)
    app.switch_page("pages/saved.py").run()
    study = sample()
    named = tuple(
        study.candidates[place % 3].model_copy(update={"name": f"A candidate with a long name {place}"}) for place in range(4)
    )
    app.session_state["study"] = study.model_copy(update={"candidates": named})
    app.run()
    assert "4 candidates" in links(app)
    app.session_state["study"] = study.model_copy(update={"candidates": ()})
    app.run()
    assert "no plans yet" in links(app)
