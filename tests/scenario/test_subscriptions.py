"""Subscriptions from file to invoice: rows are read and checked, impossible lives are told, all others are replayed."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from support.subscribed import CATALOG, action, calls, scenario

from commet_core.catalog.plans import Catalog
from commet_core.cli import main
from commet_core.decide.results import write_results
from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.foundation.arrow import concatenated
from commet_core.foundation.errors import InputError
from commet_core.reports.compare import parts_of, summarize
from commet_core.reports.statement import ledger_rows, ledger_table, statement_of
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.line_words import line_words
from commet_core.reports.statement.portal import portal
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.scenario.subscriptions.files import read_rows
from commet_core.timeline.actions import act
from commet_core.timeline.advancing import advance
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life
from commet_core.timeline.starting import begin, start_stage
from commet_core.usage.ingest import read


def rows_of(replayed: Replay, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in replayed.table(table).to_pylist()]


class TestFiles:
    def test_a_csv_file_is_read_with_the_lines_of_its_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "subs.csv"
        text = 'customer_id;at;action;item\n\n"ana\nmaria";2026-04-01;start;\n bob ;2026-04-02; buy_pack ;small\n'
        path.write_text("\ufeff" + text, "utf-8")
        rows = read_rows(path)
        assert [(row.line, row.customer_id, row.action, row.item) for row in rows] == [
            (3, "ana\nmaria", "start", ""),
            (5, "bob", "buy_pack", "small"),
        ]
        assert rows[1].where == "subs.csv, line 5"

    def test_a_parquet_file_may_hold_dates_times_and_decimals(self, tmp_path: Path) -> None:
        path = tmp_path / "subs.parquet"
        table = {
            "customer_id": ["ana", "ana"],
            "at": pa.array([datetime.fromisoformat(time) for time in ("2026-04-01", "2026-04-02T08:30")], pa.timestamp("us")),
            "action": ["start", "top_up"],
            "amount": pa.array([None, Decimal("2.50")], pa.decimal128(9, 2)),
        }
        pa.parquet.write_table(pa.table(table), path)
        assert [(row.line, row.at, row.amount) for row in read_rows(path)] == [
            (1, "2026-04-01T00:00:00", ""),
            (2, "2026-04-02T08:30:00", "2.50"),
        ]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("customer_id,at\n", ["subs.csv: column 'action' is missing. Its columns are customer_id, at, action, plan, "]),
            ("customer_id,at,action,plann\n", ["subs.csv: column 'plann' does not exist. Did you mean plan?"]),
            ("customer_id,at,action,at\n", ["subs.csv: column 'at' is there twice. Remove one of them."]),
            (
                "customer_id,at,action\na,b,c,d\na,b,c\na,b,c,,e\n",
                ["subs.csv, line 2: it has 4 fields, the header 3.", "subs.csv, line 4: it has 5 fields, the header 3."],
            ),
            ('customer_id,at,action\n"a\n', ["subs.csv: this is not CSV: unexpected end of data. Save it as CSV in UTF-8."]),
        ],
    )
    def test_a_file_that_cannot_be_used_says_why(self, tmp_path: Path, text: str, said: list[str]) -> None:
        path = tmp_path / "subs.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(InputError) as raised:
            read_rows(path)
        assert [str(problem).startswith(start) for problem, start in zip(raised.value.problems, said, strict=True)] == [
            True for _ in said
        ]

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("none.csv", None, "there is no such file"),
            ("latin.csv", "é".encode("latin-1"), "not a text file in UTF-8"),
            ("broken.parquet", b"PAR", "not Parquet"),
        ],
    )
    def test_a_file_that_cannot_be_read_says_why(self, tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=said):
            read_rows(tmp_path / name)

    def test_a_scenario_names_a_path_beside_itself(self, tmp_path: Path) -> None:
        (tmp_path / "subs.csv").write_text("customer_id,at,action\nana,2026-04-01,start\n", "utf-8")
        content = {"catalog": CATALOG, "candidates": [{"name": "A", "plan": "basic"}], "subscriptions": "subs.csv"}
        (tmp_path / "scenario.json").write_text(json.dumps(content), "utf-8")
        loaded = Scenario.load(tmp_path / "scenario.json")
        assert [(row.file, row.line, row.customer_id) for row in loaded.subscriptions] == [("subs.csv", 2, "ana")]
        assert Scenario.model_validate(loaded.model_dump()) == loaded

    def test_rows_in_the_scenario_are_numbered(self) -> None:
        rows = scenario([action("start", "2026-04-01"), {**action("top_up", "2026-04-02"), "amount": 5}]).subscriptions
        assert [(row.where, row.amount) for row in rows] == [("subscriptions, row 1", ""), ("subscriptions, row 2", "5")]

    def test_an_unknown_key_of_a_row_is_an_error(self) -> None:
        with pytest.raises(InputError, match=r"subscriptions\.0\.plann: is not a known key\. Did you mean plan\?"):
            scenario([action("start", "2026-04-01", plann="basic")])


TIME_FIX = "Write a date or a time in UTC, for example 2026-01-31 or 2026-01-31T15:30:00."
WRONG_ROWS = {
    "no customer": (action("start", "2026-04-01", ""), "customer_id: is empty. Say whose action this is."),
    "no time": (action("start", ""), f"at: customer 'ana': is empty. {TIME_FIX}"),
    "no such day": (action("start", "2026-02-30"), f"at: customer 'ana': '2026-02-30' is not a time. {TIME_FIX}"),
    "long ago": (
        action("start", "1969-12-31"),
        "at: customer 'ana': '1969-12-31' is out of range. Give a time between 1970 and 2200.",
    ),
    "no action": (
        action("", "2026-04-01"),
        "action: customer 'ana': is empty. Use start, change_plan, cancel, pause, resume, reactivate, buy_pack, top_up, adjust, set_level, change_level, activate_add_on, end_add_on, apply_offer, adopt_version, customer_credit, grant or end_grant.",
    ),
    "no such plan": (
        action("start", "2026-04-01", plan="basik"),
        "plan: customer 'ana': plan 'basik' does not exist. Did you mean basic?",
    ),
    "no such interval": (
        action("start", "2026-04-01", interval="daily"),
        "interval: customer 'ana': 'daily' is not an interval. Use weekly, monthly, quarterly, yearly or one_time.",
    ),
    "no such offer": (
        action("start", "2026-04-01", item="hlaf"),
        "item: customer 'ana': offer 'hlaf' does not exist. Did you mean half?",
    ),
    "no such pack": (
        action("buy_pack", "2026-04-01", item="smal"),
        "item: customer 'ana': credit pack 'smal' does not exist. Did you mean small?",
    ),
    "no such candidate": (
        action("start", "2026-04-01", candidate="Basic"),
        "candidate: customer 'ana': candidate 'Basic' does not exist. Did you mean basic?",
    ),
    "no pack": (action("buy_pack", "2026-04-01"), "item: customer 'ana': is empty. Say which credit pack is bought."),
    "no new plan": (action("change_plan", "2026-04-01"), "plan: customer 'ana': is empty. Say to which plan."),
    "an interval without a plan": (
        action("change_plan", "2026-04-01", interval="yearly"),
        "plan: customer 'ana': is empty. Say to which plan: the present one, if only the interval changes.",
    ),
    "no amount": (action("top_up", "2026-04-01"), "amount: customer 'ana': is empty. Say how much is added to the balance."),
    "nothing to add": (
        action("top_up", "2026-04-01", amount=0),
        "amount: customer 'ana': 0 is not more than 0. Give a number, more than 0, with at most 9 decimals.",
    ),
    "another when": (
        action("cancel", "2026-04-01", when="later"),
        "when: customer 'ana': 'later' is not one of the choices. Use now or period_end.",
    ),
    "a cell that means nothing": (
        action("pause", "2026-04-01", when="now"),
        "when: customer 'ana': pause takes no when. Leave it empty.",
    ),
}


@pytest.mark.parametrize("mistake", WRONG_ROWS)
def test_a_mistake_in_a_row_is_said(mistake: str) -> None:
    row, said = WRONG_ROWS[mistake]
    checked = check_rows(scenario([row]).subscriptions, Catalog.model_validate(CATALOG), ["basic"])
    assert [str(problem.problem) for problem in checked.problems] == [f"subscriptions, row 1, {said}"]
    assert checked.actions == {}


START = action("start", "2026-04-01")
IMPOSSIBLE = {
    "two starts": ([START, action("start", "2026-05-01")], 2, "action: customer 'ana': the customer has started before."),
    "before the start": (
        [action("pause", "2026-03-31T23:59:59"), START],
        1,
        "at: customer 'ana': this is before the customer's start. Let the start come first.",
    ),
    "resume without pause": (
        [START, action("resume", "2026-05-01")],
        2,
        "action: customer 'ana': the subscription is not paused. Resume after a pause.",
    ),
    "pause twice": (
        [START, action("pause", "2026-05-01"), action("pause", "2026-05-02")],
        3,
        "action: customer 'ana': the subscription is paused. Pause one that is active.",
    ),
    "reactivate one that goes on": (
        [START, action("cancel", "2026-04-10"), action("reactivate", "2026-04-20")],
        3,
        "action: customer 'ana': the subscription is not canceled. Reactivate after a cancellation took effect.",
    ),
    "cancel twice": (
        [START, action("cancel", "2026-04-10", when="now"), action("cancel", "2026-04-20")],
        3,
        "action: customer 'ana': the subscription is canceled already. Remove the row.",
    ),
    "change while paused": (
        [START, action("pause", "2026-04-10"), action("change_plan", "2026-04-20", plan="pro")],
        3,
        "action: customer 'ana': the subscription is paused. Resume it first.",
    ),
    "change to the same": (
        [START, action("change_plan", "2026-04-20", plan="basic")],
        2,
        "plan: customer 'ana': the customer is on this plan and interval already. Remove the row.",
    ),
    "change to a plan of no common group": (
        [START, action("change_plan", "2026-04-20", plan="alone")],
        2,
        "plan: customer 'ana': plans 'basic' and 'alone' share no plan group. Put both into one of plan_groups, lowest first.",
    ),
    "change to a plan of another model": (
        [START, action("change_plan", "2026-04-20", plan="credits")],
        2,
        "plan: customer 'ana': plans 'basic' and 'credits' share no plan group.",
    ),
    "change to an interval without a price": (
        [START, action("change_plan", "2026-04-20", plan="pro", interval="yearly")],
        2,
        "interval: customer 'ana': the plan has no yearly price. Intervals it has: monthly, one_time.",
    ),
    "change from a price that is paid once": (
        [
            action("start", "2026-04-01", plan="pro", interval="one_time"),
            action("change_plan", "2026-04-20", plan="pro", interval="monthly"),
        ],
        2,
        "interval: customer 'ana': what is paid once cannot change to another interval. Change to a plan that is paid once.",
    ),
    "change to a price that is paid once": (
        [START, action("change_plan", "2026-04-20", plan="pro", interval="one_time")],
        2,
        "interval: customer 'ana': an interval cannot change to paid once. Choose another interval, or let the customer start on it.",
    ),
    "cancel what is paid once": (
        [action("start", "2026-04-01", plan="pro", interval="one_time"), action("cancel", "2026-04-20", when="now")],
        2,
        "action: customer 'ana': what is paid once cannot be canceled. Remove the row.",
    ),
    "start on a plan of another model": (
        [action("start", "2026-04-01", plan="balance")],
        1,
        "plan: customer 'ana': plan 'balance' is a balance plan, candidate 'basic' has a metered plan.",
    ),
    "a pack on another model": (
        [START, action("buy_pack", "2026-04-20", item="small")],
        2,
        "action: customer 'ana': plan 'basic' is not a credits plan. Name in `candidate` for whom the row is meant.",
    ),
    "a top-up on another model": (
        [START, action("top_up", "2026-04-20", amount=5)],
        2,
        "action: customer 'ana': plan 'basic' is not a balance plan. Name in `candidate` for whom the row is meant.",
    ),
    "neither usage nor start": (
        [action("pause", "2026-04-20")],
        1,
        "customer_id: customer 'ana': there is no usage of it in the window, and no start.",
    ),
}


@pytest.mark.parametrize("mistake", IMPOSSIBLE)
def test_an_impossible_timeline_is_said_and_the_others_are_replayed(mistake: str) -> None:
    rows, line, said = IMPOSSIBLE[mistake]
    replayed = replay(scenario(rows), calls(bob=1))
    assert len(replayed.problems) == 1
    assert str(replayed.problems[0]).startswith(f"subscriptions, row {line}, {said}")
    assert rows_of(replayed, "customers", "customer_id", "billed") == [("bob", Decimal("90.00"))]


def test_packs_and_top_ups_have_their_plans() -> None:
    rows = [action("buy_pack", "2026-04-20", item="other", candidate="credits")]
    said = "credit pack 'other' is not sold on plan 'credits'"
    assert said in str(replay(scenario(rows, "credits"), calls(ana=1, bob=1)).problems[0])
    rows = [action("pause", "2026-04-20"), action("top_up", "2026-04-21", amount=5)]
    said = "the subscription is paused and has no balance"
    assert said in str(replay(scenario(rows, "balance"), calls(ana=1, bob=1)).problems[0])


def test_purchases_that_cannot_be_held_are_said() -> None:
    rows = [action("top_up", f"2026-04-{day}", amount="2000000000") for day in range(10, 14)]
    assert "more than can be held" in str(replay(scenario(rows, "balance"), calls(ana=1, bob=1)).problems[0])


def test_all_problems_are_told_at_once_and_a_customer_is_left_out_of_every_candidate() -> None:
    rows = [
        action("resume", "2026-04-10", "ana", candidate="pro"),
        action("start", "whenever", "bob"),
        action("pause", "2026-04-10", "cyd"),
        action("resume", "2026-04-10", "dan"),
    ]
    replayed = replay(scenario(rows, "basic", "pro"), calls(ana=4, bob=3, cyd=2, dan=1, eve=1))
    assert [problem.where for problem in replayed.problems] == [
        "subscriptions, row 2, at",
        "subscriptions, row 4, action",
        "subscriptions, row 1, action",
    ]
    both = [("basic", "cyd"), ("basic", "eve"), ("pro", "cyd"), ("pro", "eve")]
    assert rows_of(replayed, "customers", "candidate", "customer_id") == both
    assert (replayed.customers_left_out, replayed.events_left_out, replayed.events_in_window) == (3, 8, 3)


def test_where_nobody_is_left_all_problems_are_raised() -> None:
    with pytest.raises(InputError) as raised:
        replay(scenario([action("resume", "2026-04-10"), action("start", "x", "bob")]), calls(ana=1))
    assert [problem.where for problem in raised.value.problems] == ["subscriptions, row 2, at", "subscriptions, row 1, action"]


def test_a_row_for_one_candidate_leaves_the_others_their_customers() -> None:
    rows = [action("start", "2026-05-01", "new", candidate="pro")]
    replayed = replay(scenario(rows, "basic", "pro"), calls(bob=1))
    found = rows_of(replayed, "periods", "candidate", "customer_id", "state", "plan", "billed")
    assert [row for row in found if row[1] == "new"] == [
        ("basic", "new", "canceled", None, Decimal("0.00")),
        ("pro", "new", "active", "pro", Decimal("60.00")),
        ("pro", "new", "active", "pro", Decimal("60.00")),
    ]


class TestResults:
    @pytest.fixture
    def files(self, tmp_path: Path) -> Path:
        usage = "customer_id,timestamp,feature\nana,2026-04-02,call\nbob,2026-04-02,call\nbob,2026-08-01,call\n"
        (tmp_path / "usage.csv").write_text(usage, "utf-8")
        subscriptions = "customer_id,at,action\nana,2026-04-10,resume\nbob,2026-04-10,pause\n"
        (tmp_path / "subs.csv").write_text(subscriptions, "utf-8")
        content = {
            "catalog": CATALOG,
            "window": {"start": "2026-04-01", "end": "2026-07-01"},
            "candidates": [{"name": "A", "plan": "basic"}],
            "subscriptions": "subs.csv",
        }
        (tmp_path / "scenario.json").write_text(json.dumps(content), "utf-8")
        return tmp_path

    def test_rows_that_make_no_sense_are_among_the_rejects(self, files: Path) -> None:
        ingested = read([files / "usage.csv"])
        write_results(replay(Scenario.load(files / "scenario.json"), ingested.usage), ingested.report, files / "out")
        assert pa.parquet.read_table(files / "out" / "rejects.parquet").to_pylist() == [
            {
                "file": "subs.csv",
                "line": 2,
                "column": "action",
                "value": "resume",
                "reason": "the subscription is not paused. Resume after a pause",
            }
        ]
        found = json.loads((files / "out" / "summary.json").read_text("utf-8"))
        counted = {name: found[name] for name in ("rows_used", "customers_left_out", "left_out", "outside_window")}
        assert counted == {"rows_used": 1, "customers_left_out": 1, "left_out": 1, "outside_window": 1}

    def test_the_command_line_names_them(self, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["replay", files / "scenario.json", "--usage", files / "usage.csv", "--out", files / "out"]
        assert main([str(argument) for argument in arguments]) == 0
        said = capsys.readouterr().out
        assert "1 of customers left out" in said
        assert "1 customer is left out, because of 1 subscription row:" in said
        assert "subs.csv, line 2, action: customer 'ana': the subscription is not paused. Resume after a pause." in said


LIVELY = [
    action("start", "2026-04-01", "Zoe", plan="tried"),
    action("change_plan", "2026-04-20T12:00:00", "ana", plan="pro"),
    action("pause", "2026-05-05", "ana"),
    action("resume", "2026-05-15", "ana"),
    action("cancel", "2026-06-20", "ana", when="now"),
    action("start", "2026-05-15", "new", item="half"),
    action("resume", "2026-05-15", "bob"),
    action("start", "2026-05-15", "zed"),
    action("resume", "2026-05-15", "zed"),
]


@pytest.mark.parametrize("events", [1, 12, 1000])
def test_parts_of_customers_give_the_rows_of_the_whole(events: int) -> None:
    usage, lively = calls(ana=40, bob=10, cyd=10, dan=3), scenario(LIVELY)
    whole = replay(lively, usage)
    parts = list(replay_pieces(lively, usage, lambda part: part, events))
    for name, table in TABLES.items():
        found = concatenated([table(part.runs[0]) for part in parts])
        assert found.to_pylist() == whole.table(name).to_pylist(), name
    assert sorted(problem.where for part in parts for problem in part.problems) == sorted(
        problem.where for problem in whole.problems
    )


class TestComparison:
    def test_discounts_and_credits_lower_what_base_prices_bring_in(self) -> None:
        replayed = replay(scenario(LIVELY), calls(ana=40, bob=10, cyd=10))
        summary = summarize(replayed)[0]
        assert sum(parts_of(summary).values()) == summary.billed
        rows = rows_of(replayed, "customers", "plan_base", "discount", "credit")
        assert summary.base == sum(map(sum, rows)) < sum(base for base, _, _ in rows)

    def test_a_month_costs_what_was_paid_for_the_days_subscribed(self) -> None:
        """Two charges of 60 dollars, the second at the reset before the pause, for 31 days: 120 × 365 ÷ 12 ÷ 31."""
        rows = [action("start", "2026-05-01", plan="pro"), action("pause", "2026-06-01")]
        replayed = replay(scenario([*rows, action("start", "2026-07-02", "out")]), calls(ana=1, out=1))
        assert monthly_costs(replayed.runs[0]).tolist() == [11_774_193_548, 0]

    def test_without_actions_costs_are_those_of_billing_periods(self) -> None:
        assert monthly_costs(replay(scenario([]), calls(ana=1)).runs[0]).tolist() == [3_000_000_000]


@pytest.fixture(scope="module")
def replayed() -> Replay:
    return replay(scenario(LIVELY), calls(ana=44, cyd=3))


class TestStatement:
    def test_lines_say_what_they_give_back_and_discount(self, replayed: Replay) -> None:
        """30 dollars were paid for 30 days from 2 April; the 20th has begun, and the 11 days after it are given back."""
        said = line_words(statement_of(replayed, replayed.runs[0], "ana"))
        assert said[1:4] == [
            "pro, base price for the month, 20 Apr 2026 to 19 May 2026",
            "call, 2 Apr 2026 to 19 Apr 2026: 5 beyond the 5 included × $1.00",
            "basic, 11 unused days given back, $1.00 a day",
        ]
        assert line_words(statement_of(replayed, replayed.runs[0], "new"))[1] == "Offer half"

    def test_refusals_have_their_reasons(self, replayed: Replay) -> None:
        statement = statement_of(replayed, replayed.runs[0], "ana")
        reasons = ledger_table(statement, ledger_rows(statement, refused_only=True))["reason"].to_pylist()
        assert reasons == ["paused"] * 5 + ["not_subscribed"] * 4

    def test_the_portal_knows_the_stage_of_the_moment(self, replayed: Replay) -> None:
        statement = statement_of(replayed, replayed.runs[0], "ana")
        seen = [portal(statement, datetime(2026, *day, tzinfo=UTC)) for day in ((4, 10), (4, 25), (5, 10))]
        assert [(view.plan_name, view.price, view.next_charge_at) for view in seen] == [
            ("basic", Decimal(30), datetime(2026, 5, 2, tzinfo=UTC)),
            ("pro", Decimal(60), datetime(2026, 5, 20, tzinfo=UTC)),
            ("pro", None, None),
        ]

    def test_a_trial_is_charged_at_its_end(self, replayed: Replay) -> None:
        view = portal(statement_of(replayed, replayed.runs[0], "Zoe"), datetime(2026, 4, 10, tzinfo=UTC))
        assert view.next_charge_at == view.resets_at == datetime(2026, 4, 15, tzinfo=UTC)

    def test_usage_before_the_start_is_refused(self) -> None:
        replayed = replay(scenario([action("start", "2026-04-05")]), calls(ana=4))
        assert rows_of(replayed, "periods", "state", "plan", "events", "served_events")[:2] == [
            ("canceled", None, 2, 0),
            ("active", "basic", 2, 2),
        ]
        statement = statement_of(replayed, replayed.runs[0], "ana")
        assert ledger_table(statement, ledger_rows(statement))["reason"].to_pylist() == ["not_subscribed"] * 2 + [None] * 2

    def test_a_customer_without_usage_has_a_statement(self, replayed: Replay) -> None:
        statement = statement_of(replayed, replayed.runs[0], "new")
        assert statement.event_count == 0
        assert "as its start in the subscriptions says" in explanation(statement)[0].sentence


class TestLives:
    """One life at a time: what is scheduled, and what takes it back."""

    CATALOG = Catalog.model_validate(CATALOG)

    def life(self, plan: str, *rows: dict[str, Any], until: str = "2027-01-01", interval: Any = None) -> Life:
        candidate = Candidate(name="A", plan=plan, interval=interval)
        numbered = [SubscriptionRow.model_validate(row) for row in [*rows, action("pause", until)]]
        *actions, last = check_rows(numbered, self.CATALOG, ["A"]).actions["ana"]
        life = begin(self.CATALOG, start_stage(self.CATALOG, candidate, candidate.plan, None, 20_544), 20_544)  # 2026-04-01
        for one in actions:
            advance(life, one.at)
            act(life, one)
        advance(life, last.at)
        return life

    def stages(self, life: Life) -> list[tuple[Any, ...]]:
        first = datetime(1970, 1, 1, tzinfo=UTC)
        return [
            (f"{first + timedelta(microseconds=each.start):%m-%d}", each.stage.plan, each.stage.interval, each.stage.state)
            for each in life.phases
        ]

    def test_a_downgrade_waits_for_the_renewal(self) -> None:
        life = self.life("pro", action("change_plan", "2026-04-16", plan="basic"))
        assert self.stages(life) == [("04-01", "pro", "monthly", "active"), ("05-01", "basic", "monthly", "active")]

    def test_a_scheduled_change_is_taken_back(self) -> None:
        back = action("change_plan", "2026-04-17", plan="pro")
        life = self.life("pro", action("change_plan", "2026-04-16", plan="basic"), back)
        assert self.stages(life) == [("04-01", "pro", "monthly", "active")]

    def test_the_last_thing_scheduled_counts(self) -> None:
        life = self.life("pro", action("change_plan", "2026-04-16", plan="basic"), action("cancel", "2026-04-17"))
        assert self.stages(life) == [("04-01", "pro", "monthly", "active"), ("05-01", "pro", "monthly", "canceled")]

    def test_a_trial_that_nobody_takes_back_becomes_paid(self) -> None:
        life = self.life("tried")
        assert self.stages(life) == [("04-01", "tried", "monthly", "trial"), ("04-15", "tried", "monthly", "active")]

    def test_nothing_scheduled_in_a_trial_can_be_taken_back(self) -> None:
        with pytest.raises(Impossible, match="already"):
            self.life("tried", action("change_plan", "2026-04-03", plan="tried"))

    def test_a_change_from_a_one_time_price_is_refused(self) -> None:
        """It has no interval to change, and no renewal to wait for."""
        with pytest.raises(Impossible, match="what is paid once cannot change to another interval"):
            self.life("pro", action("change_plan", "2026-04-16", plan="basic"), interval="one_time")

    def test_a_cancellation_waits_for_the_end_of_what_is_paid_and_can_be_taken_back(self) -> None:
        cancel = action("cancel", "2026-04-17")
        life = self.life("pro", cancel)
        assert self.stages(life) == [("04-01", "pro", "monthly", "active"), ("05-01", "pro", "monthly", "canceled")]
        back = self.life("pro", cancel, action("change_plan", "2026-04-18", plan="pro"))
        assert self.stages(back) == [("04-01", "pro", "monthly", "active")]
        assert (life.phases[0].canceled_at is None, back.phases[0].canceled_at is None) == (False, True)

    def test_after_noon_the_day_of_a_change_is_used(self) -> None:
        """30 dollars × 14 of 30 days: 16 April is not given back."""
        life = self.life("basic", action("change_plan", "2026-04-16T12:00:00", plan="pro"))
        assert life.present.credit is not None
        assert (life.present.credit.amount, life.present.credit.days) == (-1400, 14)

    def test_an_upgrade_credits_what_was_paid(self) -> None:
        """30 dollars × 15 of 30 days."""
        life = self.life("basic", action("change_plan", "2026-04-16", plan="pro"))
        assert life.present.changed
        assert life.present.credit is not None
        assert (life.present.credit.amount, life.present.credit.days, life.present.credit.per_day) == (
            -1500,
            15,
            -1_000_000_000,
        )

    def test_from_free_nothing_is_credited(self) -> None:
        life = self.life("free", action("change_plan", "2026-04-16", plan="pro"))
        assert life.present.changed
        assert life.present.credit is None


CATALOG_MISTAKES = {
    "a trial of a free plan": (
        {"plans": {"p": {"consumption_model": "metered", "trial_days": 7}}},
        "plans.p.trial_days: a free plan has no trial. Give it a price, or remove trial_days.",
    ),
    "a trial of no days": (
        {"plans": {"p": {"consumption_model": "metered", "prices": {"monthly": 1}, "trial_days": 0}}},
        "plans.p.trial_days: 0 is too small. Give 1 or more.",
    ),
    "a trial of decades": (
        {"plans": {"p": {"consumption_model": "metered", "prices": {"monthly": 1}, "trial_days": 10_000}}},
        "plans.p.trial_days: 10000 is too large. Give 3660 or less.",
    ),
    "an offer of nothing": ({"offers": {"o": {}}}, "offers.o: has neither percent nor amount. Give one of them."),
    "an offer of both": (
        {"offers": {"o": {"percent": 1, "amount": 1}}},
        "offers.o: has both percent and amount. Give one of them.",
    ),
    "more than all": (
        {"offers": {"o": {"percent": "100.5"}}},
        "offers.o.percent: 100.5 is too large. Give at most 100.",
    ),
}


@pytest.mark.parametrize("mistake", CATALOG_MISTAKES)
def test_a_mistake_in_trials_and_offers_is_said(mistake: str) -> None:
    raw, said = CATALOG_MISTAKES[mistake]
    with pytest.raises(InputError) as raised:
        Catalog.model_validate(raw)
    assert [str(problem) for problem in raised.value.problems] == [said]


def test_a_candidates_offer_exists() -> None:
    with pytest.raises(InputError, match=r"candidates\.0\.offer: offer 'hlaf' does not exist\. Did you mean half\?"):
        scenario([], candidates=[{"name": "A", "plan": "basic", "offer": "hlaf"}])
