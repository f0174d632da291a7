"""Line-ups among the assumptions of the Compare page: who is on which plan, and figures that follow. Added up by hand.

Free stops at 10 calls a month; Basic costs 10 with 10 calls and 1 for each beyond; Pro costs 18 with 20 and 0.50 beyond.
ann makes 12 calls in January; bob 3 in January and 35 in February. Of these Basic bills ann 22 and bob 45, Pro bills bob 43.50.
"""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from support.shown_candidates import column

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.reports.compare.assumptions import with_choice
from commet_core.scenario.candidates import Candidate
from pages.shared.spool import spool
from pages.shared.study import Study, Uploaded, from_link, to_link

APP = str(Path(__file__).parents[2] / "app.py")


def metered(included: int, overage: str, **prices: int) -> dict[str, Any]:
    terms = {"included": included, "overage": {"unit_price": overage}}
    return {"consumption_model": "metered", "prices": prices, "features": {"call": terms}}


CATALOG = Catalog.model_validate(
    {
        "features": {"call": {}},
        "plans": {
            "free": metered(10, "1"),
            "basic": metered(10, "1", monthly=10),
            "pro": metered(20, "0.5", monthly=18),
            "week": metered(10, "1", weekly=5),
        },
        "plan_groups": {"all": ["free", "basic", "pro"], "weeks": ["free", "week"]},
    }
)
ROWS = [("ann", "2026-01-05")] * 12 + [("bob", "2026-01-10")] * 3 + [("bob", "2026-02-10")] * 35


def page(**candidate: Any) -> AppTest:
    lines = ["customer_id,timestamp,feature", *(f"{customer},{day},call" for customer, day in ROWS)]
    file, _ = spool("usage.csv", io.BytesIO("\n".join(lines).encode()))
    app = AppTest.from_file(APP, default_timeout=180)
    app.session_state["study"] = Study(
        source=Uploaded(files=(file,)),
        catalog=CATALOG,
        candidates=(Candidate.model_validate({"name": "All", **candidate}), Candidate(name="Basic", plan="basic")),
        start="window",
        window=Window(start=date(2026, 1, 1), end=date(2026, 3, 1)),
    )
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    return app


def candidate(app: AppTest) -> Candidate:
    found = app.session_state["study"]
    assert from_link(to_link(found)) == found
    return found.candidates[0]


def revenue(app: AppTest) -> str:
    assert not app.exception
    return column(app, "monthly")[0]


def test_each_is_on_the_plan_that_suits_best() -> None:
    """ann on Basic, bob on Pro: (22 + 43.50) ÷ 2 months."""
    app = page(group="all")
    assert revenue(app) == "$32.75"
    assert "Each customer is on one plan the whole time" in "\n".join(one.value for one in app.caption)


def test_what_may_be_refused() -> None:
    """Free refuses 2 of ann's 12 calls, which is less than a fifth, and 25 of bob's 38: 43.50 ÷ 2 months."""
    app = page(group="all")
    app.number_input(key="compare_may_refuse_0").set_value(20.0).run()
    assert candidate(app).blocked_share_max == Decimal("0.2")
    assert revenue(app) == "$21.75"


def test_from_the_lowest_upwards() -> None:
    """After one period ann, who was refused something, is on Basic: 10 ÷ 2 months. After two nobody is."""
    app = page(group="all")
    app.selectbox(key="compare_choose_0").set_value("upgrade").run()
    assert (candidate(app).choose, revenue(app)) == ("upgrade", "$0.00")
    app.number_input(key="compare_periods_0").set_value(1).run()
    assert (candidate(app).upgrade_after_periods, revenue(app)) == (1, "$5.00")


def test_as_subscriptions_say_there_is_nothing_more_to_set() -> None:
    app = page(group="all", choose="upgrade", blocked_share_max="0.2", upgrade_after_periods=3)
    app.selectbox(key="compare_choose_0").set_value("assigned").run()
    assert (candidate(app).choose, candidate(app).blocked_share_max, candidate(app).upgrade_after_periods) == (
        "assigned",
        Decimal("0.2"),
        3,
    )
    assert not [one for one in app.number_input if one.key in ("compare_may_refuse_0", "compare_periods_0")]


def test_what_the_plans_cannot_do_is_said_and_changes_nothing() -> None:
    app = page(group="weeks")
    app.selectbox(key="compare_choose_0").set_value("upgrade").run()
    assert not app.exception
    assert "no period can be set against another" in app.error[0].value.replace("\\", "")
    assert candidate(app).choose == "cheapest"
    app.selectbox(key="compare_choose_0").set_value("assigned").run()
    assert not app.error


def test_a_candidate_without_plan_and_group_is_told_so() -> None:
    app = page()
    assert "All: its plan is gone. Choose another on the Plans page." in app.error[0].value.replace("\\", "")


def test_a_choice_is_read_from_a_form() -> None:
    line_up = Candidate.model_validate({"name": "A", "group": "g", "purchases": {"pack": "small"}, "top_up": {"amount": "5"}})
    changed = with_choice(line_up, "upgrade", 12.5, 4)
    assert changed == line_up.model_copy(
        update={"choose": "upgrade", "blocked_share_max": Decimal("0.125"), "upgrade_after_periods": 4}
    )
    assert with_choice(changed, "cheapest", None, None) == line_up
    with pytest.raises(InputError, match="choose: 'best' is not one of the choices"):
        with_choice(line_up, "best", 0.0, 1)
