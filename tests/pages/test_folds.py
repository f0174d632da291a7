"""What is folded is drawn once it is opened, and opens by itself when it has something to say."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    """A fold that opens by itself while the session says so."""
    import streamlit as st

    from pages.shared.folds import fold

    fold("More", "more", lambda: st.markdown("inside"), opened=st.session_state.get("has terms", False))


def shown(app: AppTest) -> tuple[bool, list[str]]:
    return app.expander[0].proto.expanded, [one.value for one in app.markdown]


def test_nothing_is_drawn_until_it_is_opened() -> None:
    app = AppTest.from_function(page).run()
    assert shown(app) == (False, [])
    app.session_state["more"] = True
    assert shown(app.run()) == (True, ["inside"])


def test_it_opens_by_itself_once_and_can_be_closed() -> None:
    app = AppTest.from_function(page).run()
    app.session_state["has terms"] = True
    assert shown(app.run()) == (True, ["inside"])
    app.session_state["more"] = False
    assert shown(app.run()) == (False, [])
