"""Actions tried on the Replay page: what can be tried, what it changes, what is impossible, undo, and the link.

A month of 30 days at $30 costs a dollar a day; April 2026 has 30. `ana` calls every other day from 2 April, ten times.
"""

import io
import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from support.replay_page import APP, choose, metrics, page, study_of, texts
from support.shown_candidates import shown

from commet_core.foundation.vocabulary import State
from pages.shared.charts.subscription import Bar, subscription
from pages.shared.palette import LIGHT
from pages.shared.spool import spool
from pages.shared.study import Study, from_link, to_link

FEATURES = {"call": {"name": "Calls", "unit": "call"}}
CATALOG: dict[str, Any] = {
    "features": FEATURES,
    "plans": {
        "basic": {
            "name": "Basic",
            "consumption_model": "metered",
            "prices": {"monthly": 30, "yearly": 300},
            "features": {"call": {"included": 5, "overage": {"unit_price": 1}}},
        },
        "pro": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"monthly": 60},
            "features": {"call": {"included": 100}},
        },
        "credits": {
            "name": "Maker",
            "consumption_model": "credits",
            "prices": {"monthly": 30},
            "included_credits": 3,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "balance": {
            "name": "Wallet",
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "block_on_exhaustion": True,
            "features": {"call": {"unit_price": 7}},
        },
    },
    "plan_groups": {"metered": ["basic", "pro"]},
    "credit_packs": {"small": {"name": "Small", "credits": 5, "price": 3}},
}
METERED = ({"name": "Metered", "plan": "basic"},)
ALL = (*METERED, {"name": "Credits", "plan": "credits"}, {"name": "Balance", "plan": "balance"})


def calls(customer: str, count: int = 10) -> list[tuple[Any, ...]]:
    first = datetime.fromisoformat("2026-04-02T12:00:00")
    return [(customer, (first + timedelta(days=2 * place)).isoformat(), "call", 1) for place in range(count)]


def opened(
    *rows: dict[str, str], candidates: Any = METERED, events: Any = None, catalog: Any = CATALOG, **changes: Any
) -> AppTest:
    actions = [{"customer_id": "ana", **row} for row in rows]
    study = study_of(events or [*calls("ana"), *calls("bob", 2)], catalog, candidates=candidates)
    return page(
        Study.model_validate(study.model_dump() | {"catalog": study.catalog, "actions": actions} | changes), customer="ana"
    )


def study(app: AppTest) -> Study:
    found: Study = app.session_state["study"]
    return found


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def attempt(app: AppTest, kind: str, day: str, **fields: Any) -> AppTest:
    """Fills the form as a visitor would, and tries the action."""
    app.selectbox(key="replay_action_kind").set_value(kind)
    app.date_input(key="replay_action_day").set_value(date.fromisoformat(day))
    run(app)
    for key, value in fields.items():
        element = next(one for one in (*app.selectbox, *app.text_input, *app.time_input) if one.key == f"replay_action_{key}")
        element.set_value(value)
    run(app)
    app.button(key="replay_action_try").click()
    return run(app)


def errors(app: AppTest) -> str:
    """What is wrong, below the form and below its fields."""
    return "\n".join([*(one.value for one in app.error), *at_fields(app)]).replace("\\", "")


def at_fields(app: AppTest) -> list[str]:
    found = (one.value for one in app.markdown if one.value.startswith(":red["))
    return [words.removeprefix(":red[").removesuffix("]").replace("\\", "") for words in found]


def table(app: AppTest, column: str) -> list[dict[str, str]]:
    """The rows of the table that has a column."""
    return next(one.value for one in app.dataframe if column in one.value.columns).to_dict("records")


def deltas(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.delta for metric in app.metric if metric.delta}


def test_a_customer_who_stays_is_one_calm_sentence() -> None:
    said = texts(opened())
    assert "Basic, monthly, from 2 Apr 2026 to the window's end." in said
    assert "The difference" not in said
    assert "What happened" not in said


def test_an_upgrade_shows_the_difference_it_makes() -> None:
    """Basic from 2 April: $30 and 5 of 10 calls beyond. Pro on the 16th: $60 less 16 of 30 days of $30, and 2 calls beyond."""
    app = attempt(opened(), "change_plan", "2026-04-16")
    assert study(app).actions[0].model_dump(exclude_defaults=True) == {
        "customer_id": "ana",
        "at": "2026-04-16",
        "action": "change_plan",
        "plan": "pro",
        "interval": "monthly",
        "candidate": "Metered",
    }
    assert deltas(app)["Billed, USD"] == "+$41.00 from $35.00"
    said = texts(app)
    assert "| 2 | 16 Apr 2026 | Upgrade to Pro, monthly | $46.00 |" in said
    assert "| Apr 2026 | $35.00 | $76.00 | +$41.00 |" in said
    assert [list(row.values()) for row in table(app, "Served with")] == [["Calls", "10 calls", "10", "10", "0", "0"]]
    assert [list(row.values()) for row in table(app, "There is one")] == [
        ["16 Apr 2026", "plan change", "$46.00", "only with them", "16 Apr 2026 to 15 May 2026"],
        ["1 May 2026", "closing", "$5.00", "only without them", "2 Apr 2026 to 30 Apr 2026"],
    ]
    assert "Against the same customer under Metered without the actions that are tried here" in said


def test_only_what_the_plan_allows_is_offered() -> None:
    kinds = {name: app_kinds(opened(candidates=ALL), name) for name in ("Metered", "Credits", "Balance")}
    rest = ["Pause", "Resume", "Cancel", "Reactivate"]
    given = ["Give or take credits or balance", "Grant a customer credit"]
    assert kinds == {
        "Metered": ["Change plan or interval", given[1], "Start", *rest],
        "Credits": ["Buy a credit pack", *given, *rest],
        "Balance": ["Top up the balance", *given, *rest],
    }


def app_kinds(app: AppTest, candidate: str) -> list[str]:
    return list(choose(app, candidate).selectbox(key="replay_action_kind").options)


def test_a_change_goes_to_plans_of_the_group_and_other_intervals_alone() -> None:
    app = opened()
    assert list(app.selectbox(key="replay_action_plan").options) == [
        "Basic, yearly: $300.00 a year",
        "Pro, monthly: $60.00 a month",
    ]
    assert app.selectbox(key="replay_action_plan").value == "pro monthly"


def test_a_pack_serves_what_was_refused() -> None:
    app = opened(candidates=ALL[1:2])
    app = attempt(app, "buy_pack", "2026-04-05")
    assert deltas(app)["Events served"] == "+5 from 3"
    assert "Buys Small: 5 credits for $3.00 | $3.00 |" in texts(app)
    assert "5 Apr 2026: buy the pack Small" in texts(app)


def test_a_top_up_at_a_time_of_the_day() -> None:
    app = attempt(opened(candidates=ALL[2:]), "top_up", "2026-04-05", amount="$40.50", time=time(9, 30))
    assert study(app).actions[0].at == "2026-04-05T09:30"
    assert "5 Apr 2026, 09:30: top up by $40.50" in texts(app)
    assert deltas(app)["Billed, USD"] == "+$40.50 from $10.00"


def test_an_impossible_action_is_answered_beside_the_form_and_nothing_is_lost() -> None:
    app = attempt(opened(), "resume", "2026-04-20", time=time(8, 0))
    assert errors(app) == "Not possible under Metered: the subscription is not paused. Resume after a pause."
    assert study(app).actions == ()
    assert app.selectbox(key="replay_action_kind").value == "resume"
    assert app.date_input(key="replay_action_day").value == date(2026, 4, 20)
    assert app.time_input(key="replay_action_time").value == time(8, 0)
    app.selectbox(key="replay_action_kind").set_value("pause")
    assert not run(app).error


def test_the_same_action_twice_is_tried_once_but_a_purchase_is_not() -> None:
    app = attempt(opened(), "pause", "2026-04-10")
    app.button(key="replay_action_try").click()
    assert "this is tried already" in errors(run(app))
    app = attempt(opened(candidates=ALL[1:2]), "buy_pack", "2026-04-05")
    app.button(key="replay_action_try").click()
    assert len(study(run(app)).actions) == 2


@pytest.mark.parametrize("amount", ["", "much", "-3", "9999999999999999999999", "9000000000"])
def test_an_amount_that_cannot_be_is_answered(amount: str) -> None:
    app = attempt(opened(candidates=ALL[2:]), "top_up", "2026-04-05", amount=amount)
    assert "Not possible under Balance" in "".join(at_fields(app))
    assert not app.error
    assert study(app).actions == ()


def test_a_pause_is_for_every_candidate_or_for_this_one_alone() -> None:
    app = attempt(opened(candidates=ALL), "pause", "2026-04-10")
    assert study(app).actions[0].candidate == ""
    said = texts(app)
    assert "10 Apr 2026: pause (every candidate)" in said
    assert "Under the other candidates: Credits $0.00, Balance $0.00." in said
    app.button(key="replay_undo_0").click()
    run(app)
    app.session_state["replay_action_scope"] = "one"
    run(app).button(key="replay_action_try").click()
    assert study(run(app)).actions[0].candidate == "Metered"


def test_what_is_impossible_under_another_candidate_names_it() -> None:
    pause = {"at": "2026-04-10", "action": "pause", "candidate": "Metered"}
    app = attempt(opened(pause, candidates=ALL[:2]), "resume", "2026-04-20")
    assert errors(app) == "Not possible under Credits: the subscription is not paused. Resume after a pause."


def test_an_action_is_undone_and_all_are() -> None:
    rows = [{"at": "2026-04-10", "action": "pause"}, {"at": "2026-04-20", "action": "cancel", "when": "now"}]
    app = opened(*rows)
    app.button(key="replay_undo_1").click()
    assert [row.action for row in study(run(app)).actions] == ["pause"]
    app.button(key="replay_undo_all").click()
    assert study(run(app)).actions == ()
    assert "to the window's end." in texts(app)


def test_what_is_impossible_without_an_action_is_undone_with_it() -> None:
    rows = [{"at": "2026-04-10", "action": "pause"}, {"at": "2026-04-20", "action": "resume"}]
    app = opened(*rows, {"at": "2026-04-25", "action": "pause"})
    app.button(key="replay_undo_0").click()
    assert [row.at for row in study(run(app)).actions] == ["2026-04-25"]
    assert "Undone with it, being impossible without it: 20 Apr 2026: resume." in texts(app)


def test_actions_on_other_customers_are_listed_apart() -> None:
    app = opened(
        {"customer_id": "bob", "at": "2026-04-10", "action": "pause"},
        {"at": "2026-04-10", "action": "pause", "candidate": "Gone"},
    )
    said = texts(app)
    assert "bob, 10 Apr 2026: pause" in said
    assert "ana, 10 Apr 2026: pause (not in effect: Gone is not compared)" in said
    assert "Tried on this customer" not in said


def test_the_link_holds_what_is_tried() -> None:
    app = attempt(opened(), "change_plan", "2026-04-16")
    assert from_link(to_link(study(app))) == study(app)
    visitor = AppTest.from_file(APP, default_timeout=180)
    for name, value in to_link(study(app)).items():
        visitor.query_params[name] = value
    run(visitor.switch_page("pages/customers.py"))
    assert "16 Apr 2026: change to Pro, monthly" in texts(visitor)
    assert deltas(visitor)["Billed, USD"] == "+$41.00 from $35.00"


def test_other_pages_follow() -> None:
    app = opened()
    before = shown(run(app.switch_page("pages/compare.py")))
    app = attempt(run(app.switch_page("pages/customers.py")), "cancel", "2026-04-16", when="now")
    assert shown(run(app.switch_page("pages/compare.py"))) != before


def test_an_action_that_became_impossible_is_told_and_undone() -> None:
    app = opened({"at": "2026-04-16", "action": "change_plan", "plan": "gone", "candidate": "Metered"})
    assert "ana, 2026-04-16: change plan: plan 'gone' does not exist" in errors(app)
    assert app.selectbox(key="replay_customer").value == "bob"
    app.button(key="replay_undo_impossible_0").click()
    assert not run(app).error
    assert study(app).actions == ()


def test_where_nobody_is_left_everything_can_be_undone() -> None:
    app = opened({"at": "2026-04-16", "action": "resume"}, events=calls("ana"))
    assert "Nothing can be replayed." in errors(app)
    assert "ana, 16 Apr 2026: resume" in texts(app)
    app.button(key="replay_undo_all").click()
    assert not run(app).error
    assert "to the window's end." in texts(app)


def lived(candidate: str) -> AppTest:
    """In trial from 2 April, paid from the 9th; the metered customer moves up on the 13th; paused from the 17th to the 20th."""
    plans = {code: plan | {"trial_days": 7} for code, plan in CATALOG["plans"].items() if code != "pro"}
    catalog = CATALOG | {"plans": plans | {"pro": CATALOG["plans"]["pro"]}}
    rows = [
        {"at": "2026-04-13", "action": "change_plan", "plan": "pro", "candidate": "Metered"},
        {"at": "2026-04-17", "action": "pause"},
        {"at": "2026-04-20", "action": "resume"},
    ]
    return choose(opened(*rows, candidates=ALL, catalog=catalog), candidate)


def outcomes(app: AppTest) -> list[str]:
    return [row["outcome"] for row in app.dataframe[-1].value.to_dict("records")]


def on_day(app: AppTest, day: int) -> str:
    app.slider(key="replay_day").set_value(date(2026, 4, day))
    return texts(run(app))


def test_a_trial_an_upgrade_and_a_pause_in_words() -> None:
    said = texts(lived("Metered"))
    for row in (
        "| 1 | 2 Apr 2026 | Starts with Basic, trial | – |",
        "| 2 | 9 Apr 2026 | The trial ends: Basic, monthly | $30.00 |",
        "| 3 | 13 Apr 2026 | Upgrade to Pro, monthly | $34.00 |",
        "| 4 | 17 Apr 2026 | Paused: Pro | – |",
        "| 5 | 20 Apr 2026 | Resumes with Pro, monthly | $60.00 |",
    ):
        assert row in said
    assert ": $150.00 base price, less $26.00 credit for unused days. First refused on 18 Apr 2026." in said
    assert "An upgrade or a longer interval is immediate" in said
    assert "While paused nothing is charged and what is asked for is refused: 1 event was refused." in said


def test_the_timeline_is_drawn_with_a_bar_for_each_time_and_a_mark_for_each_change() -> None:
    traces = {trace["name"]: trace for trace in timeline(lived("Metered"))["data"]}
    assert {name: trace["y"] for name, trace in traces.items()} == {
        "In trial": ["Basic, monthly"],
        "Active": ["Basic, monthly", "Pro, monthly", "Pro, monthly"],
        "Paused": ["Pro, monthly"],
        "Change": ["Basic, monthly", "Basic, monthly", "Pro, monthly", "Pro, monthly", "Pro, monthly"],
    }
    assert traces["Change"]["text"] == ["1", "2", "3", "4", "5"]
    assert (traces["Paused"]["text"], traces["Active"]["text"]) == ([""], ["", "", ""])
    assert bar_words(days=10, state="paused") == ["Paused"]
    assert bar_words(days=10, state="active") == bar_words(days=2, state="paused") == [""]
    patterns = {name: trace["marker"]["pattern"]["shape"] for name, trace in traces.items() if trace["type"] == "bar"}
    assert len(set(patterns.values())) == 3


def bar_words(days: int, state: State) -> list[str]:
    """What stands in a bar of so many days in a month."""
    first = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
    bar = Bar(first, first + timedelta(days=days), "Pro", state, "")
    figure = subscription([bar], [], ["Pro"], (first, first + timedelta(days=30)), "#123456", LIGHT)
    return list(figure.data[0].text)


def timeline(app: AppTest) -> dict[str, Any]:
    """The first chart of the page, as Plotly gets it."""
    found: dict[str, Any] = json.loads(app.get("plotly_chart")[0].proto.spec)
    return found


def test_the_ledger_says_that_it_was_paused() -> None:
    assert outcomes(lived("Metered")) == ["Served"] * 8 + ["Refused: subscription paused", "Served"]
    assert outcomes(lived("Credits")) == ["Served"] * 3 + [
        "Refused: not enough credits",
        *["Served"] * 3,
        "Refused: not enough credits",
    ] + [
        "Refused: subscription paused",
        "Served",
    ]


def test_the_portal_follows_trial_and_pause() -> None:
    app = lived("Metered")
    assert "**Basic** · $30.00 a month, in trial" in on_day(app, 5)
    assert "Nothing is charged until the trial ends on 9 Apr 2026." in texts(app)
    assert "**Pro** · $60.00 a month" in on_day(app, 14)
    assert "**Pro** · paused" in on_day(app, 18)
    assert "Paused since 17 Apr 2026: nothing is charged, and what is asked for is refused." in texts(app)
    credits_app = lived("Credits")
    on_day(credits_app, 18)
    assert metrics(credits_app)["Purchased credits, kept"] == "0"
    assert "**Wallet** · paused" in on_day(lived("Balance"), 18)


def with_file(*rows: str, **changes: Any) -> AppTest:
    """The page with a subscriptions file: rows of customer, time and action."""
    content = "\n".join(["customer_id,at,action", *rows])
    file, _ = spool("subs.csv", io.BytesIO(content.encode()))
    return opened(subscriptions=file.model_dump(), **changes)


@pytest.mark.parametrize("candidate", ["Metered", "Credits", "Balance"])
def test_a_customer_who_asked_for_nothing(candidate: str) -> None:
    app = choose(with_file("new,2026-04-10,start", candidates=ALL), candidate)
    app.selectbox(key="replay_customer").set_value("new")
    said = texts(run(app))
    assert "This customer asked for nothing in the window, so there is nothing to draw." in said
    assert "This customer asked for nothing in the window, so the ledger is empty." in said
    attempt(app, "pause", "2026-04-20")
    assert "This customer asked for nothing in the window." in texts(app)


def test_a_customer_who_starts_after_the_window() -> None:
    app = with_file("ana,2026-08-10,start")
    assert outcomes(app) == ["Refused: not subscribed"] * 10
    assert "| 1 | 1 Apr 2026 | Not subscribed | – |" in texts(app)
    app = attempt(app, "pause", "2026-04-20")
    assert "this is before the customer's start" in errors(app)


def test_usage_before_the_start_is_not_subscribed() -> None:
    app = with_file("ana,2026-04-10,start")
    assert outcomes(app)[:5] == ["Refused: not subscribed"] * 4 + ["Served"]
    assert "**Basic** · not subscribed yet" in on_day(app, 4)
    assert "What is asked for before the subscription starts is refused." in texts(app)
    app = attempt(app, "cancel", "2026-04-15", when="now")
    assert "without the actions that are tried here, and with what the subscriptions file says of it" in texts(app)


LINE_UP = {"name": "Line-up", "group": "metered"}


def test_a_line_up_that_decides_offers_no_change_of_plan_and_says_why() -> None:
    app = opened(candidates=({**LINE_UP, "choose": "cheapest"},))
    kinds = ["Grant a customer credit", "Pause", "Resume", "Cancel", "Reactivate"]
    assert list(app.selectbox(key="replay_action_kind").options) == kinds
    assert "this line-up itself decides on which of its plans each customer is" in texts(app)
    app = attempt(app, "pause", "2026-04-10")
    assert "| 2 | 10 Apr 2026 | Paused: Basic |" in texts(app)


def test_a_line_up_as_assigned_lets_customers_change() -> None:
    app = attempt(opened(candidates=({**LINE_UP, "choose": "assigned"},)), "change_plan", "2026-04-16")
    assert "| 2 | 16 Apr 2026 | Upgrade to Pro, monthly | $46.00 |" in texts(app)
    assert "The plan cannot be changed here" not in texts(app)


def test_a_line_up_shows_the_plan_that_the_customer_is_on() -> None:
    """60 calls cost $30 and 55 beyond what is included on Basic, $60 on Pro."""
    app = opened(candidates=({**LINE_UP, "choose": "cheapest"},), events=calls("ana", 12) * 5)
    assert "Pro, monthly, from 2 Apr 2026 to the window's end." in texts(app)
    assert "**Pro** · $60.00 a month" in texts(app)
    moved = opened(candidates=({**LINE_UP, "choose": "upgrade", "upgrade_after_periods": 1},), events=calls("ana", 30) * 5)
    assert "Upgrade to Pro, monthly" in texts(moved)


FURTHER: dict[str, Any] = {
    "features": FEATURES | {"sms": {"name": "Messages"}, "editors": {"name": "Editors", "unit": "seat", "type": "seats"}},
    "plans": {
        "basic": CATALOG["plans"]["basic"]
        | {"prices": {"monthly": 30}, "features": {"call": {"included": 5}, "editors": {"included": 1, "overage": {"unit_price": 6}}}},
        "lite": {"name": "Lite", "consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"included": 2}}},
        "big": {"name": "Big", "consumption_model": "metered", "prices": {"monthly": 20}, "features": {"call": {"included": 50}}},
        "credits": CATALOG["plans"]["credits"],
    },
    "plan_groups": {"limits": ["lite", "big"]},
    "credit_packs": CATALOG["credit_packs"],
    "addons": {"sms": {"name": "SMS", "feature": "sms", "consumption_model": "metered", "base_price": 9, "included": 2}},
    "offers": {"half": {"name": "Half", "percent": 50, "cycles": 1}},
    "promo_codes": {"SPRING": {"offer": "half"}, "OVER": {"offer": "half", "expires_at": "2026-01-01"}},
}  # fmt: skip


def further(plan: str, kind: str, day: str, **fields: Any) -> AppTest:
    """An action that is tried on a customer of a plan, of April 2026."""
    return attempt(opened(candidates=({"name": "Plan", "plan": plan},), catalog=FURTHER), kind, day, **fields)


def test_seats_that_are_added_are_billed_for_their_days() -> None:
    """From 17 April on 4 seats, of which 1 is included: 3 × $6 × 14 of 30 days, on the closing invoice of 1 May."""
    app = further("basic", "set_level", "2026-04-17", held="4")
    assert "17 Apr 2026: hold 4 seats of Editors" in texts(app)
    assert deltas(app)["Billed, USD"].startswith("+$8.40 from ")
    assert "$8.40 seats" in texts(app)


def test_an_add_on_is_charged_for_the_days_that_remain() -> None:
    """15 of 30 days of $9."""
    app = further("basic", "activate_add_on", "2026-04-17")
    assert "17 Apr 2026: activate the add-on SMS" in texts(app)
    assert deltas(app)["Billed, USD"].startswith("+$4.50 from ")
    app = attempt(app, "end_add_on", "2026-04-20")
    assert [row.action for row in study(app).actions] == ["activate_add_on", "end_add_on"]


def test_credits_that_are_given_serve_what_was_refused() -> None:
    app = further("credits", "adjust", "2026-04-05", adjustment="4")
    assert "5 Apr 2026: give 4 plan credits (Plan alone)" in texts(app).replace(" (every candidate)", " (Plan alone)")
    assert deltas(app)["Events served"] == "+4 from 3"


def test_a_start_with_a_promo_code_is_on_its_first_day_at_first() -> None:
    app = opened(candidates=({"name": "Plan", "plan": "basic"},), catalog=FURTHER)
    app.selectbox(key="replay_action_kind").set_value("start")
    run(app)
    assert app.date_input(key="replay_action_first_day").value == date(2026, 4, 2)
    app.selectbox(key="replay_action_promo_code").set_value("SPRING")
    run(app).button(key="replay_action_try").click()
    assert deltas(run(app))["Billed, USD"] == "−$15.00 from $30.00".replace("−", "-")
    assert "2 Apr 2026: start with the promo code SPRING" in texts(app)
    assert "start" not in app.selectbox(key="replay_action_kind").options


def test_a_promo_code_that_is_refused_says_why() -> None:
    app = opened(candidates=({"name": "Plan", "plan": "basic"},), catalog=FURTHER)
    app.selectbox(key="replay_action_kind").set_value("start")
    run(app).selectbox(key="replay_action_promo_code").set_value("OVER")
    run(app).button(key="replay_action_try").click()
    assert "The promo code OVER was refused: it had expired." in texts(run(app))


def test_a_customer_credit_until_a_day_and_a_plan_that_is_lent() -> None:
    app = opened(candidates=({"name": "Plan", "plan": "lite"},), catalog=FURTHER)
    app.selectbox(key="replay_action_kind").set_value("customer_credit")
    run(app).date_input(key="replay_action_until").set_value(date(2026, 4, 1))
    run(app).button(key="replay_action_try").click()
    assert at_fields(run(app)) == ["Not possible under Plan: '2026-04-01' is not after '2026-04-16'. Let it end later."]
    app = attempt(app, "grant", "2026-04-05", cycles="1")
    assert "Keep one of until and cycles" in "".join(at_fields(app))
    app.date_input(key="replay_action_until").set_value(None)
    run(app).button(key="replay_action_try").click()
    assert "5 Apr 2026: lend the plan Big for 1 billing cycle" in texts(run(app))
    assert deltas(app)["Events served"] == "+8 from 2"
