"""Compare, Why: steps that add up, opened to customers; and every candidate beside the others on Customers."""

from support.compare_page import CREDITS, METERED, page, said, study_of
from support.shown_candidates import column


def test_models_are_set_against_each_other_by_kind_of_line() -> None:
    shown = page(study_of(), "Why")
    assert not shown.exception
    steps, groups = shown.dataframe[0].value, shown.dataframe[-1].value
    # Credits bills 3 × 2 × $2 less of base prices, $7 less of overage, and two packs of $3.
    assert steps["Step"].tolist() == ["Base", "Overage", "Packs", "Difference"]
    assert steps["Amount"].tolist() == ["-$12.00", "-$7.00", "+$6.00", "-$13.00"]
    assert groups["Customers"].tolist()[-1] == "3"
    assert "With an average customer Credits would bill " in said(shown)


def test_one_candidate_alone_is_told_what_to_do() -> None:
    assert "Add another to see why they differ." in "".join(one.value for one in page(study_of([METERED]), "Why").info)


def test_a_customer_is_shown_under_every_candidate_with_a_sentence() -> None:
    app = page(study_of([METERED, CREDITS]))
    app.query_params["customer"], app.query_params["candidate"] = "ann", "Credits"
    app.switch_page("pages/customers.py").run()
    assert not app.exception
    assert column(app, "name") == ["Metered", "Credits"]
    assert column(app, "difference") == ["the baseline", "-$3.00"]
    assert column(app, "why")[1].startswith("The base price takes off $4.00, ")


def test_links_to_where_the_page_was_go_on_working() -> None:
    app = page(study_of([METERED, CREDITS]))
    app.query_params["customer"] = "bob"
    app.switch_page("pages/replay.py").run()
    assert not app.exception
    assert app.selectbox(key="replay_customer").value == "bob"
