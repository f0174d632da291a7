"""The Compare page on money and plans: billed and earned, outstanding, margin, who is on which plan.

The world is that of tests/compare_page.py, from January 1 to March 1, 2026. Metered bills and earns 3 × 2 × $10 and $7 of overage.
Credits bills 3 × 2 × $8 and two packs of 5 credits for $3; ann uses 2 purchased credits in January and bob 5 in February, at
$0.60 each: $1.20 and $3.00 earned, 3 credits or $1.80 outstanding. Of its 60 plan credits 37 lapse, worth $0.80 each: $29.60. Balance
bills and earns 3 × 2 × $12, of which $45 lapse.
"""

import copy
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from support.compare_page import APP, CATALOG, CREDITS, METERED, explained, page, said, study, study_of
from support.shown_candidates import column, heads, shown

from commet_core.reports.compare.earned import earned_by_month
from commet_core.reports.compare.plans import customers_by_plan
from commet_core.reports.margin import margins
from commet_core.scenario.subscriptions import SubscriptionRow
from pages.comparison import figures
from pages.comparison.opened import Opened
from pages.shared import loading
from pages.shared.charts import liability, plan_holdings
from pages.shared.charts import margins as margin_charts
from pages.shared.charts.plan_holdings import Holding
from pages.shared.palette import LIGHT
from pages.shared.study import Study, from_link, to_link

WITH_COSTS: dict[str, Any] = copy.deepcopy(CATALOG)
"""A call costs $0.50 to serve and an image $25."""
WITH_COSTS["features"]["call"]["unit_cost"] = "0.5"
WITH_COSTS["features"]["image"]["unit_cost"] = 25

STEPS: dict[str, Any] = {
    "currency": "usd",
    "features": {"call": {}, "image": {}},
    "plans": {
        code: {
            "name": code.capitalize(),
            "consumption_model": "metered",
            "prices": {"monthly": price},
            "features": {"call": {"included": included, "overage": {"unit_price": 1}}, "image": {"unlimited": True}},
        }
        for code, price, included in (("basic", 31, 50), ("pro", 62, 50), ("small", 10, 10), ("large", 11, 20))
    },
    "plan_groups": {"steps": ["basic", "pro"], "sizes": ["small", "large"]},
}
BASIC = {"name": "Basic", "plan": "basic"}
PRO = {"name": "Pro", "plan": "pro"}


def action(kind: str, at: str, customer: str = "ann", **cells: Any) -> SubscriptionRow:
    return SubscriptionRow.model_validate(
        {"customer_id": customer, "at": datetime.fromisoformat(at).replace(tzinfo=UTC), "action": kind, "candidate": "Basic"}
        | cells
    )


def moving(*more: SubscriptionRow, candidates: Sequence[dict[str, Any]] = (BASIC, PRO)) -> Study:
    """Ann begins on basic and is upgraded to pro on January 16, under Basic alone."""
    steps = (action("start", "2026-01-01"), action("change_plan", "2026-01-16", plan="pro"), *more)
    return study_of(candidates, catalog=STEPS, actions=steps)


def earned_page(section: str = "", of: Study | None = None) -> AppTest:
    app = page(of or study_of(), section)
    app.button_group(key="compare_view").set_value("earned").run()
    assert not app.exception
    return app


def table(app: AppTest, *columns: str) -> list[list[Any]]:
    """Columns of the one table that has all of them, row by row."""
    [found] = [frame.value for frame in app.dataframe if set(columns) <= set(frame.value.columns)]
    rows: list[list[Any]] = found[list(columns)].values.tolist()
    return rows


class TestSwitch:
    def test_rows_follow_with_what_was_earned_outstanding_and_forfeited(self) -> None:
        """$67 ÷ 2, $52.20 ÷ 2 and $72 ÷ 2."""
        app = earned_page()
        assert heads(app)["monthly"] == "Earned a month"
        assert column(app, "monthly") == ["$33.50", "$26.10", "$36.00"]
        assert column(app, "difference") == ["the baseline", "-$7.40", "+$2.50"]
        assert "$1.80 outstanding at the window's end. $29.60 forfeited" in said(app)
        assert "$45.00 forfeited" in said(app)

    def test_the_sums_can_be_redone(self) -> None:
        words = said(earned_page())
        assert "Base $48.00 + packs $4.20 = $52.20 earned." in words
        assert "$54.00 billed = $52.20 earned + $1.80 outstanding at the window's end." in words
        assert "Balance, with nobody topping up, earns 7.5 % more than Metered ($36.00 a month against $33.50)" in words
        assert "still owed service for $1.80 under Credits." in words

    def test_revenue_by_month_follows(self) -> None:
        """Ann's overage of $2 is used in January, and billed in February."""
        app = earned_page()
        rows = table(app, "candidate", "part", "Jan 2026", "Feb 2026", "total")
        assert ["Credits", "packs", 1.2, 3, 4.2] in rows
        assert ["Metered", "overage", 2, 5, 7] in rows
        assert "In all: Metered $67.00; Credits $52.20; Balance $72.00." in said(app)
        app.button_group(key="compare_revenue_view").set_value("By candidate").run()
        assert len(app.get("plotly_chart")) == 1

    def test_the_link_keeps_it(self) -> None:
        app = earned_page()
        assert "revenue" not in app.query_params
        app.button_group(key="compare_view").set_value("billed").run()
        assert app.query_params["revenue"] in ("billed", ["billed"])
        assert heads(app)["monthly"] == "Billed a month"

    def test_a_link_opens_on_it_and_the_choice_outlives_other_pages(self) -> None:
        app = AppTest.from_file(APP, default_timeout=180)
        app.session_state["study"] = study_of()
        app.query_params["revenue"] = "billed"
        app.switch_page("pages/compare.py").run()
        assert column(app, "monthly")[0] == "$33.50"
        app.switch_page("app.py").run()
        app.query_params.clear()
        app.switch_page("pages/compare.py").run()
        assert column(app, "monthly")[0] == "$33.50"

    def test_an_unknown_word_in_the_link_is_passed_over(self) -> None:
        app = AppTest.from_file(APP, default_timeout=180)
        app.session_state["study"] = study_of()
        app.run()
        app.query_params["revenue"] = "guessed"
        app.switch_page("pages/compare.py").run()
        assert not app.exception
        assert app.button_group(key="compare_view").value == "earned"
        assert "revenue" not in app.query_params

    def test_one_candidate_alone(self) -> None:
        words = said(earned_page(of=study_of([CREDITS])))
        assert "Credits, with every customer who runs short buying packs, earns $26.10 a month and refuses" in words


class TestOutstanding:
    def test_month_by_month_billed_is_earned_and_the_change(self) -> None:
        app = page(study_of(), "Outstanding")
        columns = ("Candidate", "Month", "Billed", "Earned", "Change", "Outstanding", "Purchased credits", "Credits in hand")
        assert [row for row in table(app, *columns) if row[0] == "Credits"] == [
            ["Credits", "Jan 2026", "$27.00", "$25.20", "$1.80", "$1.80", "$1.80", "3"],
            ["Credits", "Feb 2026", "$27.00", "$27.00", "$0.00", "$1.80", "$1.80", "3"],
        ]
        assert "Credits**: $54.00 billed = $52.20 earned + $1.80 outstanding at the window's end." in said(app)

    def test_only_what_is_owed_is_drawn_and_the_others_are_named(self) -> None:
        app = page(study_of(), "Outstanding")
        assert len(app.get("plotly_chart")) == 1
        assert "Metered, Balance: nothing is outstanding at any month's end." in said(app)

    def test_a_yearly_price_is_owed_for_the_months_to_come(self) -> None:
        """$100 for 365 days from January 1: 334 of them are left after January, 306 after February."""
        app = page(study_of([{"name": "Yearly", "plan": "yearly"}], rows=[("ann", "2026-01-05", "call")]), "Outstanding")
        assert table(app, "Month", "Billed", "Outstanding", "Base") == [
            ["Jan 2026", "$100.00", "$91.51", "$91.51"],
            ["Feb 2026", "$0.00", "$83.84", "$83.84"],
        ]


class TestMargin:
    def test_candidates_by_what_remains_of_what_they_earned(self) -> None:
        """30 calls at $0.50 and an image at $25 under Metered; Credits serves the 30 calls alone, Balance 27."""
        app = page(study_of(catalog=WITH_COSTS), "Margin")
        columns = (
            "Candidate",
            "Earned",
            "Cost to serve",
            "Margin",
            "Margin, % of earned",
            "Customers served at a loss",
            "Their loss",
        )
        assert table(app, *columns) == [
            ["Metered", "$67.00", "$40.00", "$27.00", "40.3 %", "1 of 3", "$5.00"],
            ["Credits", "$52.20", "$15.00", "$37.20", "71.3 %", "0 of 3", "$0.00"],
            ["Balance", "$72.00", "$13.50", "$58.50", "81.3 %", "0 of 3", "$0.00"],
        ]

    def test_the_figures_are_those_of_the_core(self) -> None:
        found = margins(loading.replay_of(study_of(catalog=WITH_COSTS)))
        assert [str(one.margin.normalize()) for one in found] == ["27", "37.2", "58.5"]

    def test_features_add_up_to_the_candidate(self) -> None:
        """Calls earn ann's January and both of bob's months and $7 of overage; the image cleo's February; two months have no use."""
        app = page(study_of(catalog=WITH_COSTS), "Margin")
        assert table(app, "Feature", "Units served", "Earned", "Cost to serve", "Margin", "Margin, % of earned") == [
            ["API calls", "30", "$37.00", "$15.00", "$22.00", "59.5 %"],
            ["Images", "1", "$10.00", "$25.00", "-$15.00", "-150 %"],
            ["no feature: periods without use", "0", "$20.00", "$0.00", "$20.00", "100 %"],
        ]
        assert "by what they cost to serve" in explained(app)

    def test_who_is_served_at_a_loss_comes_first_and_is_counted(self) -> None:
        """Cleo earns $20 and costs $25; ann $22 and $6; bob $25 and $9."""
        app = page(study_of(catalog=WITH_COSTS), "Margin")
        assert "Under Metered 1 of 3 customers is served at a loss: it costs $5.00 more than it earns." in said(app)
        assert table(app, "customer_id", "earned", "cost", "margin") == [
            ["cleo", 20, 25, -5],
            ["ann", 22, 6, 16],
            ["bob", 25, 9, 16],
        ]
        app.button_group(key="compare_margin_side").set_value("At a loss").run()
        assert table(app, "customer_id", "margin") == [["cleo", -5]]
        assert "1 of 3 customers, the lowest margin first; together earned $20.00, cost $25.00, margin -$5.00." in said(app)
        assert {"compare_margin_download_csv", "compare_margin_download_excel"} <= {
            one.key for one in app.get("download_button")
        }

    def test_another_candidate(self) -> None:
        app = page(study_of(catalog=WITH_COSTS), "Margin")
        app.button_group(key="compare_margin_of").set_value("Credits").run()
        assert "Under Credits no customer is served at a loss." in said(app)

    def test_what_refused_usage_would_have_cost_and_earned(self) -> None:
        """Balance refuses bob 3 calls, at $1 on the balance; neither Credits nor Balance sells images."""
        app = page(study_of(catalog=WITH_COSTS), "Margin")
        assert table(app, "Candidate", "Feature", "Units refused", "Would have cost", "Would have earned", "Margin") == [
            ["Credits", "Images", "1", "$25.00", "no price for more", ""],
            ["Balance", "API calls", "3", "$1.50", "$3.00", "$1.50"],
            ["Balance", "Images", "1", "$25.00", "no price for more", ""],
        ]

    def test_without_any_cost_it_says_what_to_do(self) -> None:
        app = page(study_of(), "Margin")
        assert "There is no margin to show yet" in said(app)
        assert "Go to Plans → Features" in [link.proto.label for link in app.get("page_link")]
        assert not app.get("plotly_chart")

    def test_features_without_a_cost_are_named(self) -> None:
        catalog = copy.deepcopy(WITH_COSTS)
        del catalog["features"]["image"]["unit_cost"]
        assert "What serving Images costs is not known" in said(page(study_of(catalog=catalog), "Margin"))
        assert "is not known" not in said(page(study_of(catalog=WITH_COSTS), "Margin"))

    def test_costs_beyond_what_can_be_held_are_said_and_the_rest_of_the_page_stands(self) -> None:
        catalog = copy.deepcopy(WITH_COSTS)
        catalog["features"]["call"]["unit_cost"] = 2_000_000_000
        app = page(study_of(catalog=catalog), "Margin")
        assert "costs more to serve than can be held" in app.error[0].value.replace("\\", "")
        assert {"compare_excel"} <= {one.key for one in app.get("download_button")}
        assert b"costs more to serve than can be held" in figures.csv(loading.replay_of(study(app)), "margins")


class TestPlans:
    def test_customers_and_amounts_by_plan(self) -> None:
        """On January 16 ann pays $62, less $16 for 16 of 31 days, and $62 on February 16; on basic $31; bob and cleo 2 × $31."""
        app = page(moving(), "Who is on which plan")
        assert [
            row for row in table(app, "Candidate", "Plan", "At the start", "At the end", "Billed") if row[0] == "Basic"
        ] == [
            ["Basic", "Basic, monthly", "3", "2", "$155.00"],
            ["Basic", "Pro, monthly", "0", "1", "$108.00"],
        ]
        assert "Base $263.00 = $263.00 billed." in said(app)

    def test_moves_are_counted_and_who_made_them_is_listed(self) -> None:
        app = page(moving(action("pause", "2026-02-20")), "Who is on which plan")
        assert table(app, "Candidate", "Move", "From", "To", "Times", "Customers") == [
            ["Basic", "Upgrade", "Basic, monthly", "Pro, monthly", "1", "1"],
            ["Basic", "Pause", "Pro, monthly", "Pro, monthly", "1", "1"],
        ]
        assert table(app, "customer_id", "from_plan", "to_plan", "changes", "billed") == [["ann", "Basic", "Pro", 1, 139]]
        assert "Under Pro nobody moves" in said(app)

    def test_a_mover_opens_to_its_lines_and_its_replay(self) -> None:
        app = page(moving(), "Who is on which plan", opened=Opened("Basic", customer="ann"))
        lines = app.dataframe[-1].value
        assert lines["invoice"].tolist() == ["recurring", "plan change", "plan change", "recurring"]
        assert lines["amount"].tolist() == [31, 62, -16, 62]
        assert "Replay this customer event by event" in [link.proto.label for link in app.get("page_link")]

    def test_where_nobody_moves_it_says_so_calmly(self) -> None:
        app = page(study_of(), "Who is on which plan")
        assert "Under Metered, Credits and Balance nobody moves" in said(app)
        assert not app.get("plotly_chart")

    def test_who_is_left_out_is_said_on_both_pages(self) -> None:
        """Bob, who has 18 events, resumes without a pause."""
        app = page(moving(action("start", "2026-01-01", "bob"), action("resume", "2026-02-01", "bob")))
        sentence = "1 customer, with 18 events, is left out of every candidate"
        assert sentence in said(app)
        app.switch_page("app.py").run()
        assert sentence in said(app)
        assert "left out" not in said(page(moving()))


class TestLineUps:
    """Large costs bob $22 where small costs him $25; ann pays $22 on either, and stays on the lower; cleo $20 or $22."""

    SIZES = {"name": "Sizes", "group": "sizes"}

    def sizes(self, **terms: Any) -> Study:
        return study_of([{**self.SIZES, **terms}, {"name": "Small", "plan": "small"}], catalog=STEPS)

    def test_a_row_says_what_the_line_up_is_and_where_customers_land(self) -> None:
        app = page(self.sizes())
        assert column(app, "name below") == ["2 plans, Small to Large", "Small · $10.00 monthly"]
        assert "Each on the plan that suits best. At the end 2 on Small and 1 on Large." in said(app)

    def test_who_lands_on_which_plan(self) -> None:
        app = page(self.sizes(), "Who is on which plan")
        assert table(app, "Candidate", "Plan", "At the start", "At the end", "Billed") == [
            ["Sizes", "Small, monthly", "2", "2", "$42.00"],
            ["Sizes", "Large, monthly", "1", "1", "$22.00"],
            ["Small", "Small, monthly", "3", "3", "$67.00"],
        ]
        assert len(app.get("plotly_chart")) == 1

    def test_who_moves_up(self) -> None:
        """January costs ann $12 on small and would have cost $11 on large: from February 1 she is on large."""
        app = page(self.sizes(choose="upgrade", upgrade_after_periods=1), "Who is on which plan")
        assert table(app, "Candidate", "Move", "From", "To", "Times", "Customers")[0][:4] == [
            "Sizes",
            "Upgrade",
            "Small, monthly",
            "Large, monthly",
        ]
        assert ["ann", "Small", "Large", 1] in table(app, "customer_id", "from_plan", "to_plan", "changes")

    def test_the_study_comes_back_from_its_link(self) -> None:
        app = page(self.sizes())
        assert from_link(to_link(study(app))) == study(app)


class TestCharts:
    """Pure functions: tables in, a figure out."""

    MODELS = {"Metered": "metered", "Credits": "credits", "Balance": "balance"}

    @pytest.fixture
    def replayed(self) -> Any:
        return loading.replay_of(study_of(catalog=WITH_COSTS))

    def test_what_is_owed_is_stacked_by_what_it_is_for(self, replayed: Any) -> None:
        by_month = earned_by_month(replayed)
        assert [liability.owes(by_month, name) for name in self.MODELS] == [False, True, False]
        figure = liability.outstanding_by_month(by_month, "Credits", "credits", LIGHT, "usd", liability.highest(by_month))
        assert [(trace.name, list(trace.y)) for trace in figure.data] == [("purchased credits", [1.8, 1.8])]
        assert list(figure.data[0].x) == [date(2026, 1, 1), date(2026, 2, 1)]

    def test_a_bar_is_as_long_as_what_was_earned(self, replayed: Any) -> None:
        figure = margin_charts.earned_and_cost(margins(replayed), self.MODELS, LIGHT, "usd")
        assert [list(trace.x) for trace in figure.data] == [[40, 15, 13.5], [27, 37.2, 58.5]]

    def test_a_cost_beyond_what_was_earned_is_crossed(self) -> None:
        catalog = copy.deepcopy(WITH_COSTS)
        catalog["features"]["image"]["unit_cost"] = 100
        found = margins(loading.replay_of(study_of([METERED], catalog=catalog)))
        figure = margin_charts.earned_and_cost(found, {"Metered": "metered"}, LIGHT, "usd")
        assert [list(trace.x) for trace in figure.data] == [[67], [48]]
        assert figure.data[1].marker.pattern.shape == "x"
        assert [note.text for note in figure.layout.annotations] == ["-$48.00"]

    def test_plans_have_a_bar_at_the_start_and_one_at_the_end(self) -> None:
        figure = plan_holdings.customers_by_plan([Holding("<b>", 3, 2), Holding("Pro", 0, 1)], "metered", LIGHT, 3)
        assert [(trace.name, list(trace.x)) for trace in figure.data] == [("at the start", [3, 0]), ("at the end", [2, 1])]
        assert list(figure.data[0].y) == ["&lt;b&gt;", "Pro"]

    def test_the_table_behind_them_adds_up_to_all_customers(self) -> None:
        found = customers_by_plan(loading.replay_of(moving())).to_pylist()
        assert sum(row["customers_last"] for row in found if row["candidate"] == "Basic") == 3


@pytest.mark.parametrize("section", ["Outstanding", "Margin", "Who is on which plan"])
def test_six_candidates_with_odd_names(section: str) -> None:
    names = ["customer_id", "part", "<b>&amp;", "$a$ *b* `c` [d](e)", "=1+1", "x" * 100]
    candidates = [{**CREDITS, "name": name} for name in names]
    app = earned_page(section, study_of(candidates, catalog=WITH_COSTS))
    assert len(shown(app)) == 6
    assert not app.error
