"""Compare, How sure: what the page says and shows of each difference."""

from support.compare_page import METERED, page, said, study_of


def test_every_other_candidate_has_a_sentence_and_a_row() -> None:
    shown = page(study_of(), "How sure")
    assert "Credits brings in $13.00 less than Metered over the window. There is no range: too few customers" in said(shown)
    table = shown.dataframe[-1].value
    assert table["Candidate"].tolist() == ["Credits", "Balance"]
    assert table["Against Metered"].tolist() == ["-$13.00", "$5.00"]
    assert table["From"].tolist() == ["", ""]


def test_one_candidate_alone_is_told_what_to_do() -> None:
    assert "Add another to see how sure the difference between them is." in said(page(study_of([METERED]), "How sure"))
