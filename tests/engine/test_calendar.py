"""A billing day and a time zone through everything that is derived from a replay: laws, months, words, portal, pieces, quotes."""

from collections.abc import Callable
from dataclasses import replace as with_changes
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from commet_core.engine import laws
from commet_core.engine.pieces import Piece, replay_pieces
from commet_core.engine.plan_sums import PlanReplays
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.errors import InputError, LawViolation
from commet_core.foundation.window import Window
from commet_core.reports.compare.earned import earned_by_month
from commet_core.reports.compare.revenue import revenue_by_month
from commet_core.reports.quote.made_up import one_month
from commet_core.reports.statement import statement_of, tie_out
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.line_words import line_words
from commet_core.reports.statement.portal import portal
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.usage.profile import outside
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = {
    "time_zone": "Asia/Tokyo",
    "features": {"call": {"unit": "call"}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "billing_day": 1,
            "prices": {"monthly": 31, "yearly": 365},
            "features": {"call": {"included": 31, "overage": {"unit_price": 1}}},
        },
        "credits": {
            "consumption_model": "credits",
            "billing_day": 15,
            "prices": {"monthly": 31},
            "included_credits": 310,
            "features": {"call": {"credits_per_unit": 10}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 31},
            "features": {"call": {"unit_price": 1}},
        },
    },
}
CANDIDATES = [
    {"name": "Metered", "plan": "metered"},
    {"name": "Yearly", "plan": "metered", "interval": "yearly"},
    {"name": "Credits", "plan": "credits"},
    {"name": "Balance", "plan": "balance"},
]
WINDOW = {"start": date(2026, 1, 1), "end": date(2026, 4, 1)}


def usage() -> Usage:
    """From January 21 in Tokyo, which begins at 15:00 UTC the day before; the last event is of April there."""
    start = datetime(2026, 1, 20, 15, tzinfo=UTC)
    rows = [("a", start, "call", 12), ("b", start + timedelta(days=11, hours=-1), "call", 3)]
    rows += [("a", start + timedelta(days=step), "call", 2) for step in range(1, 70, 3)]
    rows.append(("a", datetime(2026, 3, 31, 15, tzinfo=UTC), "call", 1))
    return Usage.from_events(*(list(column) for column in zip(*rows, strict=True)))


def scenario(**changed: Any) -> Scenario:
    return Scenario.model_validate({"catalog": CATALOG, "window": WINDOW, "candidates": CANDIDATES} | changed)


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return replay(scenario(), usage())


# --- Laws, each broken on purpose -------------------------------------------------------------------------------------


def with_ends(run: Run, by: int) -> Run:
    ends = run.timeline.ends.copy()
    ends[0] += by
    return with_changes(run, subscription=with_changes(run.subscription, timeline=with_changes(run.timeline, ends=ends)))


def ends_in_the_course_of_a_day(run: Run) -> Run:
    return with_ends(run, 1)


def ends_a_day_late(run: Run) -> Run:
    return with_ends(run, 86_400_000_000)


def a_dear_stub(run: Run) -> Run:
    amounts = run.base.amounts.copy()
    amounts[0] = 3_101
    return with_changes(run, base=run.base._replace(amounts=amounts))


BREACHES = [
    (ends_in_the_course_of_a_day, "ends with the first instant of a day"),
    (ends_a_day_late, "ends on the plan's billing day"),
    (a_dear_stub, "costs no more than the whole interval"),
]


@pytest.mark.parametrize(("breach", "law"), BREACHES, ids=[breach.__name__ for breach, _ in BREACHES])
def test_a_broken_law_is_noticed(replayed: Replay, breach: Callable[[Run], Run], law: str) -> None:
    laws.check([replayed.run("Metered")])
    with pytest.raises(LawViolation, match=law):
        laws.check([breach(replayed.run("Metered"))])


# --- Results ----------------------------------------------------------------------------------------------------------


def test_months_of_reports_are_those_of_the_time_zone(replayed: Replay) -> None:
    """The invoice of February 1 in Tokyo was issued on January 31 in UTC."""
    assert outside(usage(), replayed.window, replayed.scenario.catalog.days).events == 1
    rows = [row for row in revenue_by_month(replayed).to_pylist() if row["candidate"] == "Metered" and row["part"] == "base"]
    assert [(row["month"].month, row["amount"]) for row in rows] == [
        (1, Decimal("12.00")),
        (2, Decimal("62.00")),
        (3, Decimal("62.00")),
    ]
    earned = [row for row in earned_by_month(replayed).to_pylist() if row["candidate"] == "Metered"]
    assert [row["earned_base"] for row in earned] == [Decimal(12), Decimal(62), Decimal(62)]


def test_the_default_window_covers_the_usage_where_days_are_days() -> None:
    assert replay(scenario(window=None), usage()).window == Window(start=date(2026, 1, 1), end=date(2026, 5, 1))


def test_pieces_and_sums_come_to_what_the_whole_does(replayed: Replay) -> None:
    pieces = list(replay_pieces(scenario(), usage(), Piece.of, events=1))
    assert sum(piece.tables["periods"].num_rows for piece in pieces) == replayed.table("periods").num_rows
    found = sorted((row for piece in pieces for row in piece.tables["invoice_lines"].to_pylist()), key=repr)
    assert found == sorted(replayed.table("invoice_lines").to_pylist(), key=repr)
    for candidate in ("Metered", "Yearly", "Credits", "Balance"):
        sums = PlanReplays.of(replayed.scenario, usage(), candidate).sums(replayed.scenario.catalog)
        assert sums.billed.tolist() == replayed.run(candidate).customer_billed.tolist()


def test_plans_that_customers_move_up_in_have_one_billing_day() -> None:
    groups = {"all": ["balance", "higher"]}
    catalog = {
        **CATALOG,
        "plans": CATALOG["plans"] | {"higher": CATALOG["plans"]["balance"] | {"billing_day": 1}},
        "plan_groups": groups,
    }
    line_up = {"name": "Both", "group": "all", "choose": "upgrade"}
    with pytest.raises(InputError, match=r"candidates\.0\.choose: .*different billing days"):
        scenario(catalog=catalog, candidates=[line_up])
    assert scenario(catalog=catalog, candidates=[line_up | {"choose": "cheapest"}])


def test_a_plain_scenario_has_no_column_more() -> None:
    plain = {**CATALOG, "plans": {"balance": CATALOG["plans"]["balance"]}, "time_zone": "UTC"}
    tables = replay(scenario(catalog=plain, candidates=CANDIDATES[3:]), usage())
    assert "stub" not in tables.table("periods").column_names
    assert "days" not in tables.table("invoice_lines").column_names


# --- What people read -------------------------------------------------------------------------------------------------


def test_a_statement_says_what_a_stub_is_in_days_of_the_time_zone(replayed: Replay) -> None:
    statement = statement_of(replayed, replayed.run("Metered"), "a")
    assert line_words(statement)[0].startswith(
        "metered, base price for 11 of 31 days of $31.00, a stub up to the billing day, 21 Jan 2026 to 31 Jan 2026"
    )
    reason = explanation(statement)[0]
    assert reason.sentence.startswith(
        "The subscription starts on 21 Jan 2026, the day of the first event; the allowance resets on the billing day, day 1, every month, "
        "with the first instant of the day in Asia/Tokyo. The days up to the first billing day are a stub"
    )
    assert reason.rule == "2.2, 2.3, 2.5, 2.7"
    assert tie_out(statement)


def test_the_portal_shows_the_allowance_of_a_stub_and_its_end_as_clocks_there_do(replayed: Replay) -> None:
    statement = statement_of(replayed, replayed.run("Metered"), "a")
    seen = portal(statement, datetime(2026, 1, 25, 15, tzinfo=UTC))
    assert [feature.included for feature in seen.features] == [11]
    assert (seen.period_start.isoformat(), seen.resets_at.isoformat()) == (
        "2026-01-21T00:00:00+09:00",
        "2026-02-01T00:00:00+09:00",
    )
    assert seen.next_charge_at == seen.resets_at
    on_credits = portal(statement_of(replayed, replayed.run("Credits"), "a"), datetime(2026, 1, 25, 15, tzinfo=UTC))
    assert (on_credits.granted, on_credits.resets_at.date()) == (Decimal(250), date(2026, 2, 15))


def test_a_quote_of_a_month_is_one_of_a_whole_month() -> None:
    catalog = scenario().catalog
    bill = one_month(catalog, [Candidate(name="Credits", plan="credits")], {"call": Decimal(5)})
    assert bill.runs[0].customer_billed.tolist() == [3100]
    assert np.diff(bill.runs[0].timeline.segments.offsets).tolist() == [1]
