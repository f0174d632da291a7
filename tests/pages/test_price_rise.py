"""A price rise on the Compare page: typed, compared beside the present in one step.

Metered bills $67 in two months, $30 of it in February as base prices: at $13 in place of $10 that is $9 more.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest
from support.compare_page import METERED, page, said, study, study_of

from commet_core.decide.forecast.ranges import Range
from commet_core.reports.compare.plan_words import changes_within
from pages.shared import loading
from pages.shared import spool as spool_module
from pages.shared.charts import liability, revenue
from pages.shared.charts.forecast_fan import forecast_fan
from pages.shared.palette import LIGHT


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SPOOL", tmp_path / "spool")


def typed(app: AppTest, key: str, text: str) -> AppTest:
    return app.text_input(key=key).set_value(text).run()


def test_the_new_price_is_compared_with_todays_for_everybody_newcomers_and_those_since() -> None:
    app = page(study_of([METERED]))
    assert app.button(key="compare_rise").disabled
    typed(app, "compare_rise_price", "13")
    app.button(key="compare_rise").click().run()
    assert not app.exception
    replayed = loading.replay_of(study(app))
    assert [(run.candidate.name, int(run.customer_billed.sum())) for run in replayed.runs] == [
        ("As today", 6700),
        ("New price for everybody", 7600),
        ("New price for new customers only", 6700),
        ("New price for those since 1 Feb 2026", 6700),
    ]
    assert study(app).baseline == "As today"
    risen = ((date(2026, 2, 1), "Pro: $13 a month"),)
    assert list(changes_within(replayed).values()) == [(), risen, risen, risen]


def test_a_months_chart_marks_the_day_from_which_a_plan_has_other_terms() -> None:
    """Beside February, which is drawn around its first day; said once where candidates share it."""
    months, day = [date(2026, 1, 1), date(2026, 2, 1)], date(2026, 2, 1)
    rows = [{"candidate": "A", "month": month, "part": "base", "amount": Decimal(7)} for month in months]
    changes = ((day, "Pro: $13 a month"), (day, "Pro: $13 a month"))
    table = pa.Table.from_pylist(rows)
    owed = pa.Table.from_pylist(
        [{"candidate": "A", "month": month} | dict.fromkeys(liability.PARTS, Decimal(7)) for month in months]
    )
    ahead = [Range("A", date(2026, 3, 1), "billed", 7.0, 6.0, 7.0, 8.0)]
    for figure in (
        revenue.revenue_by_month(table, {"A": "metered"}, LIGHT, "usd", changes),
        revenue.parts_of_revenue(table, "A", "metered", LIGHT, "usd", 7.0, changes),
        liability.outstanding_by_month(owed, "A", "metered", LIGHT, "usd", 21.0, changes),
    ):
        assert [shape.x0 for shape in figure.layout.shapes] == [date(2026, 1, 17)]
        assert "1 Feb, Pro: $13 a month" in [note.text for note in figure.layout.annotations]
    figure = forecast_fan({"A": [7.0, 7.0]}, months, ahead, {"A": "metered"}, LIGHT, "usd", "billed", changes)
    assert [shape.x0 for shape in figure.layout.shapes] == [date(2026, 3, 1), date(2026, 1, 18)]


def test_what_is_wrong_is_said_below_and_nothing_is_compared() -> None:
    app = page(study_of([METERED]))
    typed(app, "compare_rise_price", "many")
    assert app.button(key="compare_rise").disabled
    assert "'many' is not a number" in said(app)
    typed(app, "compare_rise_price", "13")
    typed(app, "compare_rise_from", "soon")
    assert "'soon' is not a date. Write it as YYYY-MM-DD." in said(app)
    typed(app, "compare_rise_from", "2026-02-01")
    typed(app, "compare_rise_since", "March")
    assert "'March' is not a date. Write it as YYYY-MM-DD." in said(app)
