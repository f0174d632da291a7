"""Compare, Why: steps that add up, opened to customers; and every candidate beside the others on Replay."""

from support.compare_page import CREDITS, METERED, page, said, study_of


def test_models_are_set_against_each_other_by_kind_of_line() -> None:
    shown = page(study_of(), "Why")
    assert not shown.exception
    steps, groups = shown.dataframe[0].value, shown.dataframe[-1].value
    # Credits bills 3 × 2 × $2 less of base prices, $7 less of overage, and two packs of $3.
    assert steps["Step"].tolist() == ["base", "overage", "packs", "Difference"]
    assert steps["Amount"].tolist() == ["-$12.00", "-$7.00", "+$6.00", "-$13.00"]
    assert groups["Customers"].tolist()[-1] == "3"
    assert "With an average customer Credits would bill " in said(shown)


def test_one_candidate_alone_is_told_what_to_do() -> None:
    assert "Add another to see why they differ." in "".join(one.value for one in page(study_of([METERED]), "Why").info)


def test_a_customer_is_shown_under_every_candidate_with_a_sentence() -> None:
    app = page(study_of([METERED, CREDITS]))
    app.query_params["customer"], app.query_params["candidate"] = "ann", "Credits"
    app.switch_page("pages/replay.py").run()
    assert not app.exception
    tables = [one.value for one in app.dataframe if "Why" in one.value]
    assert tables[0]["Candidate"].tolist() == ["Metered", "Credits"]
    assert tables[0]["Why"].tolist()[1].startswith("ann pays $3.00 less under Credits than under Metered: ")
