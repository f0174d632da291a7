"""Answer and Assumptions: each opens with its answer, what takes long comes beside it, and what is assumed is in the link."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.compare_page import said
from support.work_beside import await_work

from commet_core.reports.answer.candidate_rows import Bar, CandidateRow
from pages.shared.candidates import html_of
from pages.shared.study import from_link, sample, to_link

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture(scope="module")
def worked_out() -> AppTest:
    """The worked sample on its first page, when nothing is worked out any more."""
    return waited_for(AppTest.from_file(APP, default_timeout=120).run())


def waited_for(app: AppTest) -> AppTest:
    for _ in range(120):
        if "Being worked out" not in said(app):
            return app
        await_work()
        app.run()
    raise AssertionError(said(app))


class TestAnswer:
    def test_it_opens_with_the_answer_for_the_worked_sample_and_the_ways_in(self, worked_out: AppTest) -> None:
        assert not worked_out.exception
        assert worked_out.header[0].value.replace("\\", "").startswith("Metered brings in the most: $88.94 a month (2.6 %)")
        assert {"answer_md", "answer_html", "answer_pdf"} <= {button.key for button in worked_out.get("download_button")}

    def test_what_takes_long_is_there_in_the_end(self, worked_out: AppTest) -> None:
        words = said(worked_out)
        assert "| Buying packs | 60 % | from 85." in words
        assert "Nowhere within reach: Usage response" in words
        assert "Next 12 months: $" in words
        for heading in ("The weak point", "What would flip it", "What to do next", " earns most in "):
            assert heading in words
        folded = [block.label for block in worked_out.expander]
        assert {"Who gains and who loses", "Next year", "What is assumed", "What is compared"} <= set(folded)

    def test_it_says_step_by_step_why_candidates_differ(self, worked_out: AppTest) -> None:
        words = said(worked_out)
        assert "Balance bills $533.64 less than Metered, all by overage" in words
        assert "answer_why" in str(worked_out.get("plotly_chart")[1].proto)


class TestAssumptions:
    def test_it_opens_with_the_answer_and_says_what_would_flip_it(self, worked_out: AppTest) -> None:
        worked_out.switch_page("pages/assumptions.py").run()
        app = waited_for(worked_out)
        assert not app.exception
        assert app.header[0].value.replace("\\", "").startswith("Metered brings in the most")
        assert "Metered leads in 253 of 256 joint samples" in said(app)
        assert app.dataframe[0].value["Flips at"].tolist()[:3] == ["nowhere"] * 3

    def test_what_is_assumed_changes_every_page_and_is_in_the_link(self) -> None:
        app = AppTest.from_file(APP, default_timeout=120).run()
        app.switch_page("pages/assumptions.py").run()
        app.select_slider(key="assume/leaving.share").set_value(Decimal("0.3")).run()
        assert "Under Credits 15 customers of 142 leave." in said(app)
        assert app.session_state["study"].assumptions.leaving.share == Decimal("0.3")
        assert "assumptions" in app.query_params
        app.switch_page("app.py").run()
        assert "of customers whose bill for a period rises by more than 20 %, 30 % leave at the renewal" in said(app)
        app.switch_page("pages/assumptions.py").run()
        app.button(key="assume_nothing").click().run()
        assert "leave." not in said(app)
        assert "assumptions" not in app.query_params

    def test_a_link_brings_them_back(self) -> None:
        study = sample()
        assumed = study.model_copy(update={"assumptions": study.assumptions.having({"leaving.share": Decimal("0.25")})})
        assert from_link(to_link(assumed)) == assumed
        assert "assumptions" not in to_link(study)


def row(name: str, bar: Bar | None) -> CandidateRow:
    return CandidateRow(
        name, "metered", "$1.00", "+$1.00", "$0.50 to $2.00", bar, "$1.00", "1", "2", "3", "0 %", "", "", changes=(1, 0, 2, 0)
    )


def test_candidates_are_a_table_whose_names_are_no_mark_up() -> None:
    rows = [row("<script>alert(1)</script>", Bar(1, 2, 3, 0)), row('"quoted"', None)]
    table = html_of(rows, {each.name: "#000000" for each in rows}, "Next year", is_opened=True)
    assert "<script>" not in table
    assert "&lt;script&gt;" in table
    assert table.count('class="bar"') == 1
    assert table.count('role="row"') == 3
    assert "Margin" not in table
    assert "1 less · 2 same" in table


def test_on_a_phone_a_word_is_asked_about_once_in_the_first_row_that_tells_it() -> None:
    first = replace(row("A", None), interval="")
    table = html_of([first, row("B", Bar(1, 2, 3, 0))], {"A": "#000000", "B": "#000000"}, "Next year", is_opened=False)
    head, *rows = table.split("<tr ")[1:]
    assert head.count("“90 % range”") == 1
    assert ["“90 % range”" in each for each in rows] == [False, True]
    assert ["“median customer”" in each for each in rows] == [True, False]
    assert table.count('id="means-median"') == 1
