"""Ways to move customers, against a slow twin: plain dates and fractions, that knows nothing of the engine."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from commet_core.decide.migration import TABLES, USUAL, Migration, Outcome, migrate, parse_strategies, plan_table
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.reports.move import chart_title, migration_words
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions.files import read_rows
from commet_core.usage.ingest import read
from commet_core.usage.usage import Usage

SAMPLE = Path(__file__).parents[2] / "sample_data"
START, END, AT = date(2026, 1, 1), date(2026, 7, 1), date(2026, 4, 1)


class Terms(NamedTuple):
    base: int
    included: int
    price: Fraction


OLD, NEW = Terms(30, 10, Fraction(1)), Terms(40, 20, Fraction(1, 2))
BEGUN = {"ann": date(2026, 1, 1), "bob": date(2026, 1, 16), "cat": date(2026, 1, 1), "dan": date(2026, 4, 10)}
CALLS = {"ann": 5, "bob": 25, "cat": 40, "dan": 12}
"""Each begins on a day with its first calls, and has as many on that day of every month."""


def month_later(day: date, months: int = 1) -> date:
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, day.day)


# The twin.


class Charge(NamedTuple):
    """day: of the invoice; from, until: the days over which it is earned, or both the last day of the period."""

    day: date
    amount: Fraction
    since: date
    until: date


def spell(customer: str, terms: Terms, begins: date, ends: date) -> list[Charge]:
    """What a stretch on one plan brings: the base price in advance, overage at each period's end."""
    uses = [month_later(BEGUN[customer], months) for months in range(6)]
    charges, period = [], begins
    while period < ends:
        following = month_later(period)
        cut = min(following, ends)
        charges.append(Charge(period, Fraction(terms.base), period, following))
        calls = sum(CALLS[customer] for day in uses if period <= day < cut)
        over = max(0, calls - terms.included) * terms.price
        if over:
            charges.append(Charge(cut, over, cut - timedelta(1), cut))
        period = following
    return charges


def charges_of(customer: str, moves_at: date | None) -> list[Charge]:
    if moves_at is None:
        return spell(customer, OLD, BEGUN[customer], END)
    return spell(customer, OLD, BEGUN[customer], moves_at) + spell(customer, NEW, moves_at, END)


def billed(customer: str, moves_at: date | None) -> Fraction:
    return sum((charge.amount for charge in charges_of(customer, moves_at)), Fraction(0))


def earned_up_to(customer: str, moves_at: date | None, day: date) -> Fraction:
    """At a day's end; an interval of the old plan that ends early is earned then."""
    total = Fraction(0)
    for charge in charges_of(customer, moves_at):
        until = charge.until
        if moves_at is not None and charge.since < moves_at < until and day >= moves_at:
            total += charge.amount
            continue
        whole = (until - charge.since).days
        total += charge.amount * max(0, min(whole, (day - charge.since).days + 1)) / whole
    return total


def days() -> list[date]:
    return [START + timedelta(place) for place in range((END - START).days)]


# What is tested.


def catalog() -> dict[str, Any]:
    def plan(terms: Terms) -> dict[str, Any]:
        call = {
            "included": terms.included,
            "overage": {"unit_price": str(Decimal(terms.price.numerator) / terms.price.denominator)},
        }
        return {"consumption_model": "metered", "prices": {"monthly": terms.base}, "features": {"call": call}}

    return {"currency": "usd", "features": {"call": {"name": "Calls"}}, "plans": {"old": plan(OLD), "new": plan(NEW)}}


def usage_of(rows: Sequence[tuple[str, date, int]]) -> Usage:
    times = [datetime.combine(day, time(), UTC) for _, day, _ in rows]
    return Usage.from_events([who for who, _, _ in rows], times, ["call"] * len(rows), [calls for _, _, calls in rows])


def world(**changes: Any) -> tuple[Scenario, Usage]:
    candidates = [{"name": "Old", "plan": "old"}, {"name": "New", "plan": "new"}]
    scenario = {"catalog": catalog(), "window": {"start": START, "end": END}, "candidates": candidates} | changes
    rows = [(who, month_later(day, months), CALLS[who]) for who, day in BEGUN.items() for months in range(6)]
    return Scenario.model_validate(scenario), usage_of([row for row in rows if row[1] < END])


def moved(*strategies: str, **changes: Any) -> Migration:
    return migrate(*world(**changes), "Old", "New", strategies)


def one(strategy: str, **changes: Any) -> Outcome:
    return moved(strategy, **changes).outcomes[0]


def by_customer(outcome: Outcome) -> dict[str, Fraction]:
    return {customer: Fraction(minor, 100) for customer, minor in outcome.billed_minor.items()}


STAY: Mapping[str, date | None] = dict.fromkeys(BEGUN)
RENEWAL = STAY | {"ann": AT, "bob": date(2026, 4, 16), "cat": AT}
DATES = {
    "renewal": RENEWAL,
    "now": STAY | {"ann": AT, "bob": AT, "cat": AT},
    "waves=3:1:smallest_rise": STAY | {"cat": AT, "bob": date(2026, 5, 16), "ann": date(2026, 6, 1)},
    "waves=3:1:newest": STAY | {"bob": date(2026, 4, 16), "ann": date(2026, 5, 1), "cat": date(2026, 6, 1)},
    "grandfather=1": STAY | {"ann": date(2026, 5, 1), "bob": date(2026, 5, 16), "cat": date(2026, 5, 1)},
    "grandfather": STAY,
    "opt_in": STAY | {"bob": date(2026, 4, 16), "cat": AT},
}


@pytest.mark.parametrize("strategy", DATES)
def test_who_moves_when_and_what_each_is_billed_is_the_twins(strategy: str) -> None:
    """Ann pays 30, then 40; bob 45, then 42.50; cat 60, then 50; dan begins after the day and stays."""
    outcome, dates = one(strategy), DATES[strategy]
    assert {customer: outcome.ground.ways.day(move.at) for customer, move in outcome.moves.items()} == {
        customer: str(day) for customer, day in dates.items() if day is not None
    }
    assert by_customer(outcome) == {customer: billed(customer, day) for customer, day in dates.items()}


@pytest.mark.parametrize("strategy", DATES)
def test_revenue_by_month_and_earned_by_day_are_the_twins(strategy: str) -> None:
    outcome, dates = one(strategy), DATES[strategy]
    charges = [charge for customer, day in dates.items() for charge in charges_of(customer, day)]
    for month, nanos in outcome.by_month(outcome.billed).items():
        within = [min(charge.day, END - timedelta(1)) for charge in charges]
        asked = sum(charge.amount for charge, day in zip(charges, within, strict=True) if day.replace(day=1) == month)
        assert Fraction(nanos, 10**9) == asked
    total = 0
    for day, nanos in zip(days(), outcome.earned, strict=True):
        total += nanos
        asked = sum(earned_up_to(customer, at, day) for customer, at in dates.items())
        assert abs(Fraction(total, 10**9) - asked) < Fraction(1, 50), day  # days given back are rounded to the cent


def twins_payback(dates: Mapping[str, date | None], unused: Fraction = Fraction(0), on: date = AT) -> date | None:
    gains = [
        sum(earned_up_to(customer, at, day) - earned_up_to(customer, None, day) for customer, at in dates.items())
        - (unused if day >= on else 0)
        for day in days()
    ]
    ahead = [place for place in range(len(gains)) if all(gain > 0 for gain in gains[place:])]
    return days()[ahead[0]] if ahead else None


UNUSED = Fraction(1452, 100)
"""Bob, at once: 30 × 15 of 31 days."""


@pytest.mark.parametrize(("strategy", "unused"), [("renewal", 0), ("now", UNUSED), ("waves=3:1:newest", 0), ("grandfather", 0)])
def test_payback_is_the_first_day_from_which_it_is_ahead_on_every_later_day(strategy: str, unused: Fraction) -> None:
    outcome = one(strategy)
    dates = dict.fromkeys(BEGUN) | {
        customer: date.fromisoformat(outcome.ground.ways.day(move.at)) for customer, move in outcome.moves.items()
    }
    assert outcome.payback == twins_payback(dates, Fraction(unused))


def test_a_dearer_plan_pays_back_at_once_and_a_cheaper_one_never() -> None:
    """Ann alone would earn 10 more a month: from her move on."""
    scenario, usage = world()
    ann = usage_of([("ann", month_later(START, months), 5) for months in range(6)])
    assert migrate(scenario, ann, "Old", "New", ["renewal"]).outcomes[0].payback == AT
    assert migrate(scenario, ann, "New", "Old", ["renewal"]).outcomes[0].payback is None
    assert usage.customer_count == 4


def test_no_migration_pays_back_before_it_begins() -> None:
    """At once in the middle of a period: its overage is earned the day before, that of the period which goes on at its end."""
    plans = {
        name: {
            "consumption_model": "metered",
            "prices": {"monthly": price},
            "features": {"call": {"overage": {"unit_price": 1}}},
        }
        for name, price in (("old", 10), ("new", "10.01"))
    }
    scenario = Scenario.model_validate(
        {
            "catalog": {"features": {"call": {}}, "plans": plans},
            "window": {"start": "2026-01-01", "end": "2026-07-01"},
            "candidates": [{"name": name.capitalize(), "plan": name} for name in plans],
        }
    )
    used = [("ann", datetime(2026, month, day, 10, tzinfo=UTC), 50) for month in range(1, 7) for day in (10, 20, 25)]
    (outcome,) = migrate(scenario, usage_of(used), "Old", "New", ["now"], at=date(2026, 4, 1)).outcomes
    assert outcome.payback is not None
    assert outcome.payback >= date(2026, 4, 1)


def test_days_that_were_paid_for_are_a_cost_and_no_revenue() -> None:
    left = one("now").left
    assert {each.customer: each.unused_days for each in left.customers} == {"ann": 0, "bob": 1452, "cat": 0}
    assert one("renewal").left.total("unused_days") == 0
    assert sum(one("now").costs.total) == 14_520_000_000


def test_bills_before_and_after_are_of_the_last_three_whole_periods() -> None:
    """Bob has two before April 1: from January 16 and from February 16."""
    table = TABLES["moves"](moved("renewal")).to_pylist()
    bills = {row["customer_id"]: (row["bill_before"], row["bill_after"]) for row in table}
    assert bills == {
        "ann": (Decimal("30.00"), Decimal("40.00")),
        "bob": (Decimal("45.00"), Decimal("42.50")),
        "cat": (Decimal("60.00"), Decimal("50.00")),
    }


def test_older_periods_do_not_count() -> None:
    """From May 1: 35, 45 and 55 of the old plan, 40, 42.50 and 47.50 of the new; January's 30 is too old."""
    scenario, _ = world()
    usage = usage_of([("ann", month_later(START, months), 5 + 10 * months) for months in range(6)])
    ground = migrate(scenario, usage, "Old", "New", ["renewal"], at=date(2026, 5, 1)).ground
    assert (ground.before[0].minor, ground.after[0].minor) == (4500, 4333)


def test_what_follows_the_day_is_never_looked_at() -> None:
    scenario, usage = world()
    rows = [(who, month_later(day, months), CALLS[who]) for who, day in BEGUN.items() for months in range(6)]
    other = usage_of([(who, day, calls * 9 if day >= AT else calls) for who, day, calls in rows if day < END])
    first, second = (migrate(scenario, each, "Old", "New", ["opt_in"]) for each in (usage, other))
    assert first.ground.before == second.ground.before
    assert first.outcomes[0].moves == second.outcomes[0].moves
    assert sum(first.outcomes[0].billed) != sum(second.outcomes[0].billed)


def test_a_cap_is_a_discount_per_period_while_it_holds() -> None:
    """Ann: 40 − 1.1 × 30 = 7 in each of two periods; bob and cat pay less."""
    outcome = one("cap=10%:2")
    assert [(each.customer, each.discount) for each in outcome.capped if each.discount] == [("ann", 700), ("ann", 700)]
    assert by_customer(outcome)["ann"] == billed("ann", AT) - 14
    assert sum(outcome.costs.caps) == 14_000_000_000
    assert sum(outcome.billed) == sum(one("renewal").billed) - 14_000_000_000


def test_grandfathering_costs_what_moving_at_the_renewal_would_have_earned_more() -> None:
    renewal, later = moved("renewal", "grandfather=1").outcomes
    assert sum(later.costs.grandfathering) == sum(renewal.earned) - sum(later.earned)


def test_above_a_rise() -> None:
    """Ann's bill rises by a third."""
    assert [row["above_rise"] for row in TABLES["migration"](moved("renewal")).to_pylist()] == [0, 0, 0, 1, 0, 0]
    low, high = (migrate(*world(), "Old", "New", ["renewal"], rise=Decimal(rise)).outcomes[0] for rise in ("0.33", "0.34"))
    assert (low.above, high.above) == (["ann"], [])


def test_who_is_refused_more_is_no_winner() -> None:
    """The new plan is cheaper and stops at 20 calls."""
    hard = catalog()
    hard["plans"]["new"] = {"consumption_model": "metered", "prices": {"monthly": 20}, "features": {"call": {"included": 20}}}
    assert list(one("opt_in", catalog=hard).moves) == ["ann"]


# Invariants.


def test_nobody_moving_is_staying_exactly() -> None:
    made = moved("grandfather=ever")
    outcome = made.outcomes[0]
    assert (outcome.earned, outcome.billed) == (made.ground.earned, made.ground.billed)
    assert sum(outcome.costs.unused_days) == 0
    assert outcome.payback is None


@pytest.fixture(scope="module")
def sample() -> dict[tuple[str, str], Migration]:
    scenario = Scenario.load(SAMPLE / "scenario.yaml")
    usage = read(SAMPLE / "usage.parquet").usage
    return {
        ends: migrate(scenario, usage, *ends)
        for ends in (("Metered", "Credits"), ("Credits", "Metered"), ("Balance", "Metered"))
    }


def test_the_sum_over_customers_is_the_sum_over_months(sample: dict[tuple[str, str], Migration]) -> None:
    for made in sample.values():
        assert [outcome.strategy.text for outcome in made.outcomes] == list(USUAL)
        for outcome in made.outcomes:
            assert sum(outcome.billed_minor.values()) * 10**7 == sum(outcome.billed)


def test_at_once_for_all_is_the_candidates_own_figures_from_the_day_on(sample: dict[tuple[str, str], Migration]) -> None:
    for (_, new), made in sample.items():
        outcome = next(each for each in made.outcomes if each.strategy.kind == "now")
        starts = [{"customer_id": customer, "at": "2026-04-01", "action": "start"} for customer in outcome.moves]
        starts += [
            {"customer_id": customer, "at": "2199-12-31", "action": "start"}
            for customer in made.ground.ids
            if customer not in outcome.moves
        ]
        whole = made.scenario.model_dump() | {"subscriptions": starts, "candidates": [made.new], "baseline": ""}
        alone = replay(Scenario.model_validate(whole), made.ground.usage).run(new)
        replayed = replay(outcome.scenario, made.ground.usage).run(new)
        assert alone.customer_billed.tolist() == replayed.customer_billed.tolist()
        assert int(alone.customer_billed.sum()) > 0


def test_a_capped_bill_never_exceeds_its_cap(sample: dict[tuple[str, str], Migration]) -> None:
    for made in sample.values():
        outcome = next(each for each in made.outcomes if each.strategy.kind == "cap")
        assert outcome.capped
        for each in outcome.capped:
            most = (1 + Fraction(outcome.strategy.cap)) * each.old
            assert each.new - each.discount <= most + Fraction(1, 2)
            assert each.discount == 0 or each.new > most


def test_a_plan_as_a_file_replays_to_the_same_figures(sample: dict[tuple[str, str], Migration], tmp_path: Path) -> None:
    for made in sample.values():
        for outcome in made.outcomes:
            path = tmp_path / "plan.csv"
            path.write_bytes(to_csv(plan_table(outcome)))
            whole = made.scenario.model_copy(update={"subscriptions": read_rows(path)})
            again = replay(whole, made.ground.usage)
            billed_again = sum(int(run.customer_billed.sum()) for run in again.runs)
            assert billed_again * 10**7 == sum(outcome.billed) + sum(outcome.costs.caps)
            assert not again.problems


def test_the_file_says_who_moves_from_where_to_where_and_what_it_means() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(plan_table(one("renewal"))).decode("utf-8-sig"))))
    bob = [
        {key: row[key] for key in ("at", "action", "when", "candidate", "from", "to", "bill_before", "bill_after")}
        for row in rows
        if row["customer_id"] == "bob"
    ]
    means = {"from": "Old", "to": "New", "bill_before": "45.00", "bill_after": "42.50"}
    assert bob == [
        {"at": "2026-04-15", "action": "cancel", "when": "period_end", "candidate": "Old", **means},
        {"at": "2026-04-16", "action": "start", "when": "", "candidate": "New", **means},
    ]
    dan = [row for row in rows if row["customer_id"] == "dan"]
    assert [(row["at"], row["action"], row["to"]) for row in dan] == [("2199-12-31", "start", "")]


# Inside a plan group.


def test_inside_a_group_a_move_is_a_change_of_plan() -> None:
    """At once bob gets a credit line of $14.52 for 15 of 31 days (billing-rules 8.2): 3 × 45, less that, and 3 × 42.50."""
    grouped = catalog() | {"plan_groups": {"all": ["old", "new"]}}
    at_renewal, at_once = moved("renewal", "now", catalog=grouped).outcomes
    assert {row.action for row in at_renewal.rows} == {"change_plan"}
    assert by_customer(at_renewal) == {customer: billed(customer, day) for customer, day in RENEWAL.items()}
    assert by_customer(at_once)["bob"] == billed("bob", AT) - UNUSED
    assert sum(at_once.costs.total) == 0


def test_a_downgrade_can_be_made_at_once_and_an_upgrade_can_wait() -> None:
    grouped = catalog() | {"plan_groups": {"all": ["new", "old"]}}
    at_renewal, at_once = moved("renewal", "now", catalog=grouped).outcomes
    assert by_customer(at_once)["bob"] == billed("bob", AT) - UNUSED
    assert by_customer(at_renewal) == {customer: billed(customer, day) for customer, day in RENEWAL.items()}


# What customers do themselves, and leave behind.


def test_what_customers_do_themselves_goes_on_after_the_move() -> None:
    """Cat cancels at the end of May: two periods on the new plan. Who has canceled before cannot move."""
    rows = [
        {"customer_id": "cat", "at": "2026-05-10", "action": "cancel"},
        {"customer_id": "bob", "at": "2026-02-20", "action": "cancel"},
    ]
    outcome = one("renewal", subscriptions=rows)
    assert by_customer(outcome)["cat"] == 3 * 60 + 2 * 50
    assert sorted(outcome.moves) == ["ann", "cat"]
    assert not outcome.stuck


def test_who_is_left_out_of_one_candidate_is_left_out_of_every_way() -> None:
    """Cat's change of plan is possible on the old candidate alone."""
    grouped = catalog() | {"plan_groups": {"old ones": ["old", "older"]}}
    grouped["plans"]["older"] = grouped["plans"]["old"]
    rows = [{"customer_id": "cat", "at": "2026-03-10", "action": "change_plan", "plan": "older"}]
    made = moved("renewal", catalog=grouped, subscriptions=rows)
    outcome = made.outcomes[0]
    assert by_customer(outcome) == {customer: billed(customer, RENEWAL[customer]) for customer in ("ann", "bob", "dan")}
    assert any("1 customer is left out because of their subscription rows" in sentence for sentence in migration_words(made))


def test_purchased_credits_are_named_with_what_they_cost() -> None:
    """Ann buys 100 credits for $10 on March 5 and needs none of them: refunding costs $10, honouring as much of new invoices."""
    own = catalog()
    own["plans"]["old"] = {
        "consumption_model": "credits",
        "prices": {"monthly": 30},
        "included_credits": 100,
        "features": {"call": {"credits_per_unit": 1}},
    }
    own["credit_packs"] = {"hundred": {"name": "Hundred", "credits": 100, "price": 10}}
    rows = [{"customer_id": "ann", "at": "2026-03-05", "action": "buy_pack", "item": "hundred", "candidate": "Old"}]
    made = moved("renewal", catalog=own, subscriptions=rows)
    left = made.outcomes[0].left
    assert (left.total("purchased"), left.total("honoured")) == (1000, 1000)
    assert any("purchased credits worth $10.00 at the price paid" in sentence for sentence in migration_words(made))
    assert sum(made.outcomes[0].costs.credits) == 10_000_000_000


def test_a_yearly_price_does_not_pay_back_on_the_day_it_is_billed() -> None:
    """$360 a year is $30 a month less a little: billed at once, earned by the day."""
    own = catalog()
    own["plans"]["new"] = {"consumption_model": "metered", "prices": {"yearly": 360}, "features": {"call": {"unlimited": True}}}
    outcome = one("renewal", catalog=own)
    assert sum(outcome.billed) > sum(outcome.ground.billed)
    assert outcome.payback is None


# In words.


def test_the_answer_in_words() -> None:
    made = moved("renewal", "grandfather")
    assert migration_words(made)[0].startswith(
        "Moving 3 customers from Old to New at the next renewal, from 1 Apr 2026, earns $"
    )
    assert "less than staying; 1 of them pays over 20 % more." in migration_words(made)[0]
    assert "1 who start on 1 Apr 2026 or later stay where they are" in " ".join(migration_words(made))
    assert chart_title(made.outcomes[1]) == "Grandfathered for ever: nothing differs from staying"


def said(
    strategies: Sequence[str] = ("renewal",), old: str = "Old", new: str = "New", at: date | None = None, **changes: Any
) -> str:
    with pytest.raises(InputError) as caught:
        migrate(*world(**changes), old, new, strategies, at=at)
    return " ".join(map(str, caught.value.problems))


def test_bad_input_is_answered_in_words() -> None:
    assert "'Old', where customers are already" in said(new="Old")
    assert "Did you mean New?" in said(new="Nwe")
    assert "2026-07-01 is not inside the window" in said(at=END)
    assert "all of them are on the same plan" in said(["waves=3:1:segment"])
    same = [{"name": "Old", "plan": "old"}, {"name": "New", "plan": "old"}]
    assert "has the plan and interval that 'Old' has" in said(candidates=same)
    once = catalog()
    once["plans"]["old"]["prices"] = {"one_time": 30}
    assert "is paid once" in said(catalog=once)
    weekly = catalog()
    weekly["plans"]["new"]["prices"] = {"weekly": 10}
    assert "billed by weeks and the other by months" in said(["cap"], catalog=weekly)


def test_all_problems_of_strategies_are_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_strategies(["later", "waves=1", "waves=3:1:oldest", "cap=x", "grandfather=0", "now=3"])
    assert len(caught.value.problems) == 6
    assert "strategy 'later': is not one that is known" in str(caught.value.problems[0])


def test_what_is_not_possible_is_left_out_where_the_rest_is_wanted() -> None:
    weekly = catalog()
    weekly["plans"]["new"]["prices"] = {"weekly": 10}
    made = migrate(*world(catalog=weekly), "Old", "New", ["renewal", "cap"], lenient=True)
    assert [outcome.strategy.text for outcome in made.outcomes] == ["renewal"]
    assert any("Left out: strategy 'cap'" in sentence for sentence in migration_words(made))
