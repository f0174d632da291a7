"""The Compare page, through the app: figures that tie out, assumptions that move them, figures that open, odd inputs.

The world is that of tests/test_compare.py: three customers in January and February 2026, added up there by hand. Metered
bills $67, Credits $54, Balance $72; ann 12 calls, bob 3 and 15, cleo an image that only Metered has.
"""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from support.compare_page import CATALOG, CREDITS, METERED, THREE, USAGE, Row, metrics, page, said, study, study_of
from support.shown_candidates import column, heads, shown

from commet_core.foundation.window import Window
from commet_core.reports.compare import revenue_by_month
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.compare.distribution import Bin, cost_histogram, difference_histogram, ranked
from pages.comparison.opened_figure import Opened
from pages.shared import loading
from pages.shared.charts import customers as customer_charts
from pages.shared.charts import revenue as revenue_charts
from pages.shared.palette import LIGHT
from pages.shared.study import from_link, to_link


class TestRows:
    def test_it_opens_on_the_sample_with_a_row_per_candidate(self) -> None:
        app = page(view=None)
        assert len(shown(app)) == 3
        assert heads(app)["monthly"] == "Earned a month"
        assert not app.error

    def test_figures_are_exact_and_say_what_they_are_measured_against(self) -> None:
        app = page(study_of())
        assert column(app, "monthly") == ["$33.50", "$27.00", "$36.00"]
        assert column(app, "difference") == ["the baseline", "-$6.50", "+$2.50"]
        assert heads(app)["difference"] == "Against Metered"
        assert column(app, "median") == ["$11.00", "$9.50", "$12.00"]
        assert column(app, "blocked") == ["0 %", "3.2 %", "12.9 %"]
        assert column(app, "changes below")[2] == "1 less, refused · 2 more"
        assert "1 customer refused something, first 20 Feb 2026." in said(app)

    def test_sums_tie_out_and_the_lesson_is_in_words(self) -> None:
        words = said(page(study_of()))
        assert "Base $60.00 + overage $7.00 = $67.00 billed." in words
        assert "Base $48.00 + packs $6.00 = $54.00 billed." in words
        assert (
            "Balance, with nobody topping up, brings in 7.5 % more than Metered ($36.00 a month against $33.50), but refuses"
            in words
        )
        assert "runs short buying packs, brings in 19.4 % less than Metered ($27.00) and refuses 3.2 %." in words

    def test_a_plan_without_a_feature_is_said_to_be_unfair(self) -> None:
        words = said(page(study_of()))
        assert "Not a fair comparison. Images is part of the usage but not of the plan of Credits and Balance" in words
        assert "Not a fair comparison" not in said(page(study_of([METERED])))

    def test_a_yearly_price_beside_a_monthly_one_is_said_to_be_unlike(self) -> None:
        assert "Yearly is billed yearly in advance" in said(page(study_of([METERED, {"name": "Yearly", "plan": "yearly"}])))

    def test_zero_decimal_currencies_have_no_cents(self) -> None:
        assert column(page(study_of(catalog={**CATALOG, "currency": "jpy"})), "monthly")[1] == "¥27"


class TestAssumptions:
    def test_another_pack_rule_changes_the_figures_and_the_link(self) -> None:
        app = page(study_of())
        app.selectbox(key="compare_pack_1").set_value("none").run()
        assert column(app, "monthly")[1] == "$24.00"
        followed = from_link(to_link(study(app)))
        assert followed is not None
        assert followed.candidates[1].purchases.pack == "none"
        keys = [field.key for field in app.get("number_input")]
        assert not {"compare_most_1", "compare_percent_1", "compare_try/Credits/buyers"} & set(keys), "nothing is bought"

    def test_a_limit_of_packs_blocks_what_is_beyond(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_most_1").set_value(0).run()
        assert study(app).candidates[1].purchases.max_packs_per_period == 0
        assert column(app, "blocked")[1] == "25.8 %"

    def test_nobody_buys_at_no_chance(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_percent_1").set_value(0.0).run()
        assert study(app).candidates[1].purchases.probability == Decimal(0)
        assert column(app, "monthly")[1] == "$24.00"

    def test_top_ups_are_set_limited_and_taken_away(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_amount_2").set_value(2.0).run()
        assert "Base $72.00 + top-ups $4.00 = $76.00 billed." in said(app)
        app.number_input(key="compare_most_2").set_value(1).run()
        assert "Base $72.00 + top-ups $2.00 = $74.00 billed." in said(app)
        app.number_input(key="compare_amount_2").set_value(None).run()
        assert study(app).candidates[2].top_up is None
        assert "Base $72.00 = $72.00 billed." in said(app)

    def test_a_top_up_of_nothing_is_refused_at_its_field(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_amount_2").set_value(0.0).run()
        assert "amount: 0 is not more than 0. Give a number, more than 0" in app.error[0].value.replace("\\", "")
        assert study(app).candidates[2].top_up is None
        app.number_input(key="compare_amount_2").set_value(5.0).run()
        assert not app.error

    def test_another_baseline(self) -> None:
        app = page(study_of())
        app.selectbox(key="compare_baseline").set_value("Balance").run()
        assert column(app, "difference")[0] == "-$2.50"

    def test_subscriptions_that_start_on_first_use(self) -> None:
        """Ann pays from January 5, bob from January 10, cleo from February 20: five base prices."""
        app = page(study_of())
        app.button_group(key="compare_start").set_value("first_use").run()
        assert "Base $50.00 + overage $7.00 = $57.00 billed." in said(app)

    def test_the_seed_is_kept(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_seed").set_value(11).run()
        assert study(app).seed == 11

    def test_another_window_and_back(self) -> None:
        app = page(study_of())
        app.date_input[0].set_value((date(2026, 1, 1), date(2026, 1, 31))).run()
        assert study(app).window == Window(start=date(2026, 1, 1), end=date(2026, 2, 1))
        assert column(app, "monthly")[0] == "$22.00"
        next(button for button in app.button if button.label == "All of the usage").click().run()
        assert study(app).window is None
        assert column(app, "monthly")[0] == "$33.50"

    def test_a_window_without_usage_is_said_and_can_be_mended(self) -> None:
        app = page(study_of(window=Window(start=date(2025, 1, 1), end=date(2025, 2, 1))))
        assert app.error
        assert not shown(app)
        next(button for button in app.button if button.label == "All of the usage").click().run()
        assert not app.error
        assert len(shown(app)) == 3

    def test_half_a_window_changes_nothing(self) -> None:
        app = page(study_of())
        app.date_input[0].set_value((date(2026, 1, 20),)).run()
        assert not app.exception
        assert study(app).window == Window(start=date(2026, 1, 1), end=date(2026, 3, 1))

    def test_a_pack_that_is_no_longer_sold_stands_in_the_list_and_is_explained(self) -> None:
        gone = {**CREDITS, "purchases": {"pack": "ten"}}
        app = page(study_of([METERED, gone]))
        assert app.selectbox(key="compare_pack_1").value == "ten"
        assert "credit pack 'ten' does not exist" in app.error[0].value.replace("\\", "")
        app.selectbox(key="compare_pack_1").set_value("five").run()
        assert not app.error

    def test_a_plan_that_is_gone_is_said(self) -> None:
        app = page(study_of([METERED, {"name": "Old", "plan": "old"}]))
        assert "Old: the plan 'old' is gone. Choose another on the Plans page." in said(app)


class TestWhatIf:
    def test_a_knob_moves_the_figures_and_is_applied_or_dropped(self) -> None:
        """Credits at $9 in place of $8: three customers, two months, $6 more in all."""
        app = page(study_of())
        before = study(app)
        app.number_input(key="compare_try/Credits/plans.credits.prices.monthly").set_value(9.0).run()
        assert column(app, "monthly")[1] == "$30.00"
        assert study(app) == before
        assert "Tried: Credits with monthly $9." in said(app)
        assert "Billed a month $30.00 (now $27.00)" in said(app)
        app.button(key="compare_drop").click().run()
        assert column(app, "monthly")[1] == "$27.00"
        app.number_input(key="compare_try/Credits/plans.credits.prices.monthly").set_value(9.0).run()
        app.button(key="compare_apply").click().run()
        assert "Tried" not in said(app)
        assert column(app, "monthly")[1] == "$30.00"
        assert study(app).catalog.plans["credits"].prices["monthly"] == 9
        app.number_input(key="compare_try/Credits/plans.credits.prices.monthly").set_value(10.0).run()
        app.button(key="compare_apply").click().run()
        app.button(key="study_undo").click().run()
        assert study(app).catalog.plans["credits"].prices["monthly"] == 9

    def test_buyers_are_tried_and_what_a_plan_cannot_have_is_said(self) -> None:
        app = page(study_of())
        app.number_input(key="compare_try/Credits/buyers").set_value(0.0).run()
        assert column(app, "monthly")[1] == "$24.00"
        app.number_input(key="compare_try/Credits/credit_packs.five.credits").set_value(0.0).run()
        assert "This cannot be tried." in said(app)
        assert column(app, "monthly")[1] == "$27.00"


class TestSections:
    def test_revenue_as_a_table_adds_up(self) -> None:
        app = page(study_of())
        (table,) = [frame.value for frame in app.dataframe if "total" in frame.value]
        rows = {
            (row["candidate"], row["part"]): (row["Jan 2026"], row["Feb 2026"], row["total"])
            for row in table.to_dict("records")
        }
        assert rows[("Metered", "overage")] == (0, 2, 2)
        assert rows[("Metered", "closing invoices")] == (0, 5, 5)
        assert rows[("Credits", "packs")] == (3, 3, 6)
        assert sum(total for _, _, total in rows.values()) == 67 + 54 + 72
        assert "In all: Metered $67.00; Credits $54.00; Balance $72.00." in said(app)

    def test_by_candidate_there_is_one_chart(self) -> None:
        app = page(study_of())
        assert len(app.get("plotly_chart")) == 3
        app.button_group(key="compare_revenue_view").set_value("By candidate").run()
        assert len(app.get("plotly_chart")) == 1

    def test_customers_side_by_side_with_search(self) -> None:
        app = page(study_of(), "Customers")
        assert app.dataframe[0].value["customer_id"].tolist() == ["bob", "ann", "cleo"]
        app.text_input(key="compare_customer_search").set_value("AN").run()
        assert app.dataframe[0].value.values.tolist() == [["ann", 22, 19, 24]]
        assert "1 of 3 customers, billed over the window: Metered $22.00; Credits $19.00; Balance $24.00." in said(app)
        app.text_input(key="compare_customer_search").set_value("nobody").run()
        assert app.dataframe[0].value.empty

    def test_winners_and_losers_tie_out_with_the_cards(self) -> None:
        app = page(study_of(), "Winners and losers")
        app.button_group(key="compare_challenger").set_value("Balance").run()
        assert metrics(app, "Pay less, all served") == [("0 customers", "$0.00 less in all")]
        assert metrics(app, "Pay less, but refused") == [("1 customer", "$1.00 less in all")]
        assert metrics(app, "Pay the same") == [("0 customers", "no difference")]
        assert metrics(app, "Pay more") == [("2 customers", "$6.00 more in all")]
        assert "$6.00 more, minus $1.00 less, is $5.00; that is Balance's $72.00 minus Metered's $67.00 billed." in said(app)
        assert app.dataframe[0].value["customer_id"].tolist() == ["cleo", "ann"]
        app.button_group(key="compare_side").set_value("less_refused").run()
        assert app.dataframe[0].value["customer_id"].tolist() == ["bob"]
        app.button_group(key="compare_side").set_value("all").run()
        assert app.dataframe[0].value["difference"].tolist() == [4, 2, -1]

    def test_those_who_save_most_come_first(self) -> None:
        app = page(study_of([METERED, CREDITS]), "Winners and losers")
        app.button_group(key="compare_side").set_value("less_served").run()
        assert app.dataframe[0].value["difference"].tolist() == [-6, -3]

    def test_blocked_usage_by_feature_and_reason(self) -> None:
        table = page(study_of(), "Refused usage").dataframe[1].value
        assert table[["Candidate", "Feature", "Reason", "Events refused"]].values.tolist() == [
            ["Credits", "Images", "not in the plan", "1 of 1"],
            ["Balance", "API calls", "allowance used up", "3 of 30"],
            ["Balance", "Images", "not in the plan", "1 of 1"],
        ]

    def test_where_nothing_is_blocked_it_says_so(self) -> None:
        assert "No candidate refuses anything on this usage." in said(page(study_of([METERED]), "Refused usage"))

    def test_credits_and_balance_are_accounted_for(self) -> None:
        app = page(study_of(), "Credits and balance")
        words = said(app)
        assert "60 granted = 23 used + 37 forfeited + 0 in hand. Forfeited: 61.7 % of what came in." in words
        assert "10 bought = 7 used + 0 forfeited + 3 in hand." in words
        assert "$72.00 granted = $27.00 used + $45.00 forfeited + $0.00 in hand." in words
        assert "All 3 customers: 37 forfeited, 3 in hand." in words
        app.button_group(key="compare_leftover").set_value("Balance").run()
        assert "All 3 customers: $45.00 forfeited, $0.00 in hand." in said(app)

    def test_metered_plans_have_nothing_to_forfeit(self) -> None:
        assert "these candidates are all metered" in said(page(study_of([METERED]), "Credits and balance"))


class TestOpening:
    def test_a_candidate_opens_to_its_customers_and_their_sum(self) -> None:
        words = said(page(study_of(), opened=Opened("Credits")))
        assert "Credits: **3 customers** in the window" in words
        assert (
            "Base $48.00 + packs $6.00 = $54.00 billed; $54.00 ÷ 2 months = $27.00 a month. Refused: 1 of 31 events." in words
        )
        assert "3 customers, together $54.00 billed." in words

    def test_a_customer_opens_to_its_lines(self) -> None:
        app = page(study_of(), opened=Opened("Metered", customer="bob"))
        lines = app.dataframe[-1].value
        assert lines["amount"].tolist() == [10, 10, 5]
        assert lines["kind"].tolist() == ["base price", "base price", "overage"]
        assert "3 lines, together $25.00: the customer's “Billed” above." in said(app)

    def test_the_refused_open(self) -> None:
        app = page(study_of(), opened=Opened("Balance", kind="refused"))
        assert "Balance: **2 customers** that were refused something at least once" in said(app)

    def test_a_month_opens_to_what_its_bar_shows(self) -> None:
        words = said(page(study_of(), opened=Opened("Credits", month=date(2026, 2, 1))))
        assert "Credits: **3 customers** with invoices that count in Feb 2026" in words
        assert "Base $24.00 + packs $3.00 = $27.00 billed." in words

    def test_a_bin_opens_to_the_customers_in_it(self) -> None:
        words = said(page(study_of(), opened=Opened("Balance", kind="cost", place=8)))
        assert "Balance: **3 customers** that pay $12–12.50 a month" in words

    def test_a_bin_of_differences_says_against_whom(self) -> None:
        words = said(page(study_of([METERED, {"name": "Twin", "plan": "metered"}]), opened=Opened("Twin", kind="difference")))
        assert "Twin: **3 customers** that pay the same as under Metered" in words

    def test_a_candidate_that_is_gone_opens_nothing(self) -> None:
        assert "Find a customer" not in [field.label for field in page(study_of(), opened=Opened("Gone")).text_input]

    def test_the_explorer_needs_no_click_on_a_chart(self) -> None:
        app = page(study_of(), "Customers and lines")
        app.selectbox(key="explorer_candidate").set_value("Metered").run()
        app.selectbox(key="explorer_month").set_value(date(2026, 2, 1)).run()
        assert "Base $30.00 + overage $7.00 = $37.00 billed." in said(app)
        app.text_input(key="explorer_search").set_value("ann").run()
        assert app.dataframe[-1].value["amount"].tolist() == [10, 2]
        assert "1 of 3 customers, together $12.00 billed." in said(app)
        app.text_input(key="explorer_search").set_value("nobody").run()
        assert "No customer matches. Clear the search to see all." in said(app)


class TestOddInputs:
    def test_no_candidates(self) -> None:
        app = page(study_of([]))
        assert "There is nothing to compare yet" in app.info[0].value
        assert not shown(app)

    @pytest.mark.parametrize(
        "section",
        ["Revenue by month", "Customers", "Winners and losers", "Refused usage", "Credits and balance", "Customers and lines"],
    )
    def test_one_candidate_has_every_section(self, section: str) -> None:
        app = page(study_of([CREDITS]), section)
        assert (
            "Credits, with every customer who runs short buying packs, brings in $27.00 a month and refuses 3.2 % of usage"
            in said(app)
        )
        assert not app.error

    def test_one_candidate_has_no_winners(self) -> None:
        assert "Add a second one" in page(study_of([CREDITS]), "Winners and losers").info[0].value

    @pytest.mark.parametrize(
        "section", ["Revenue by month", "Customers", "Winners and losers", "Refused usage", "Credits and balance"]
    )
    def test_six_candidates_with_odd_names(self, section: str) -> None:
        names = ["customer_id", "part", "<b>&amp;", "$a$ *b* `c` [d](e)", "=1+1", "x" * 100]
        app = page(study_of([{**THREE[place % 3], "name": name} for place, name in enumerate(names)]), section)
        assert len(shown(app)) == 6
        assert not app.error

    def test_customers_with_odd_names(self) -> None:
        odd: list[Row] = [
            ("=1+1", "2026-01-02", "call"),
            ('"quoted", ok', "2026-01-02", "call"),
            ("<i>$x$</i>", "2026-01-02", "call"),
        ]
        app = page(study_of(rows=[*USAGE, *odd]), "Customers and lines")
        app.text_input(key="explorer_search").set_value("<i>").run()
        assert app.dataframe[-1].value["amount"].tolist() == [10, 10]
        assert "**Invoice lines of <i>$x$</i>**" in said(app)

    def test_a_single_event(self) -> None:
        app = page(study_of(rows=USAGE[:1], window=None), "Customers")
        assert column(app, "monthly")[0] == "$10.00"

    def test_prices_of_billions(self) -> None:
        huge = {
            **CATALOG,
            "plans": {**CATALOG["plans"], "metered": {**CATALOG["plans"]["metered"], "prices": {"monthly": 2_000_000_000}}},
        }
        for section in ("Customers", "Winners and losers"):
            assert column(page(study_of(catalog=huge), section), "monthly")[0] == "$6,000,000,003.50"


class TestCharts:
    """Pure functions: tables in, a figure out."""

    @pytest.fixture
    def replayed(self) -> Any:
        return loading.replay_of(study_of())

    MODELS = {"Metered": "metered", "Credits": "credits", "Balance": "balance"}

    def test_lines_hold_the_sum_of_the_parts(self, replayed: Any) -> None:
        figure = revenue_charts.revenue_by_month(revenue_by_month(replayed), self.MODELS, LIGHT, "usd")
        assert [list(trace.y) for trace in figure.data] == [[30, 37], [27, 27], [36, 36]]
        assert len({trace.line.dash for trace in figure.data}) == 3
        assert {note.text for note in figure.layout.annotations} == set(self.MODELS)

    def test_labels_of_lines_that_end_together_do_not_overlap(self, replayed: Any) -> None:
        figure = revenue_charts.revenue_by_month(revenue_by_month(replayed), self.MODELS, LIGHT, "usd")
        heights = sorted(note.y for note in figure.layout.annotations)
        assert min(after - before for before, after in pairwise(heights)) >= 0.075 * 37 - 1e-9

    def test_parts_that_a_candidate_does_not_have_are_not_drawn(self, replayed: Any) -> None:
        table = revenue_by_month(replayed)
        figure = revenue_charts.parts_of_revenue(table, "Credits", "credits", LIGHT, "usd", revenue_charts.highest_month(table))
        assert [(trace.name, list(trace.y)) for trace in figure.data] == [("base", [24, 24]), ("packs", [3, 3])]
        assert tuple(figure.layout.yaxis.range) == (0, 37 * 1.05)

    def test_candidates_of_one_model_are_told_apart(self) -> None:
        found = revenue_charts.looks({"A": "credits", "B": "credits"}, LIGHT)
        assert found["A"].colour != found["B"].colour
        assert found["A"].marker != found["B"].marker

    def test_names_are_never_markup_and_never_long(self) -> None:
        assert revenue_charts.short("<b>x") == "&lt;b&gt;x"
        assert revenue_charts.short("x" * 30) == "x" * 17 + "…"

    def test_every_candidate_has_its_bars_in_the_same_bins(self, replayed: Any) -> None:
        figure = customer_charts.cost_histogram(cost_histogram(replayed), self.MODELS, LIGHT, "usd")
        assert [sum(trace.y) for trace in figure.data] == [3, 3, 3]
        assert len({tuple(trace.x) for trace in figure.data}) == 1

    def test_differences_are_drawn_less_to_more(self, replayed: Any) -> None:
        figure = customer_charts.difference_histogram(difference_histogram(replayed), "Balance", LIGHT, "usd")
        counts = zip(*(trace.y for trace in figure.data), strict=True)
        labels = [label for label, own in zip(figure.data[0].x, counts, strict=True) if any(own)]
        assert labels[0].endswith("less")
        assert labels[-1].endswith("more")

    def test_who_is_billed_nothing_is_left_out_of_the_curve(self) -> None:
        free = {**CATALOG, "plans": {"free": {"consumption_model": "metered", "features": {"call": {"included": 5}}}}}
        replayed = loading.replay_of(study_of([{"name": "Free", "plan": "free"}], catalog=free))
        figure = customer_charts.revenue_curve({"Free": ranked(replayed.runs[0], 100)}, {"Free": "metered"}, LIGHT, "usd")
        assert list(figure.data[0].x) == []

    def test_features_not_in_the_plan_are_crossed(self, replayed: Any) -> None:
        figure = customer_charts.blocked_by_feature(blocked_features(replayed), {"call": "API calls"}, self.MODELS, LIGHT)
        assert [(trace.name, list(trace.y), list(trace.marker.pattern.shape)) for trace in figure.data] == [
            ("Credits", ["image"], ["x"]),
            ("Balance", ["API calls", "image"], ["", "x"]),
        ]

    @pytest.mark.parametrize(
        ("low", "high", "words"),
        [
            ("0", "0", "the same"),
            ("0", "0.5", "under $0.50 more"),
            ("-5", "-2", "$2–5 less"),
            ("-1", "0", "under $1 less"),
            ("1000", "2000", "$1,000–2,000 more"),
        ],
    )
    def test_bins_in_words(self, low: str, high: str, words: str) -> None:
        assert customer_charts.difference_label(Bin(Decimal(low), Decimal(high)), "usd") == words

    def test_gathered_outliers_in_words(self) -> None:
        assert customer_charts.difference_label(Bin(Decimal(-2000), Decimal(-200), gathered=True), "usd") == "$200+ less"
        assert customer_charts.bin_label(Bin(Decimal(200), Decimal(2000), gathered=True), "usd") == "$200+"
