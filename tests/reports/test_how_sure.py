"""How sure a difference is, in words: on the sample, and where there is no range."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.compared_models import BALANCE, CREDITS, METERED, compared

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.replay import replay
from commet_core.reports.compare.how_sure import how_sure, sentence, verdict
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read

SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def sample() -> CustomerAmounts:
    scenario = Scenario.load(SAMPLE / "scenario.yaml")
    return CustomerAmounts.of(replay(scenario, read([SAMPLE / "usage.parquet"]).usage))


def test_a_difference_that_may_be_none_is_level_and_its_weak_point_is_told(sample: CustomerAmounts) -> None:
    credits_, _ = how_sure(sample, "billed")
    said = sentence(credits_, "Metered", "usd")
    assert said.startswith(
        "Credits brings in $1,546.75 less than Metered over the window; if the next customers are like these, between $"
    )
    assert (
        " more (90 % for all candidates together). So the two are level. One customer, cus_000121, makes 79.2 % of that range. "
        "Without 7 customers it turns: cus_000121, cus_000113, " in said
    )
    assert credits_.low is not None
    assert credits_.high is not None
    assert credits_.low < credits_.difference < 0 < credits_.high


def test_a_difference_that_nobody_turns_says_so_by_saying_nothing(sample: CustomerAmounts) -> None:
    _, balance = how_sure(sample, "earned")
    assert not balance.level
    assert balance.turned_by == ()
    assert "Without" not in sentence(balance, "Metered", "usd", "earned")
    assert sentence(balance, "Metered", "usd", "earned").startswith("Balance earns $533.64 less than Metered over the window; ")


def test_few_customers_have_no_range_and_the_reason_is_said() -> None:
    found = how_sure(CustomerAmounts.of(compared(METERED, CREDITS, BALANCE)), "billed")
    assert [sentence(one, "Metered", "usd") for one in found] == [
        "Credits brings in $13.00 less than Metered over the window. There is no range: too few customers for a range: 3, and it needs 20.",
        "Balance brings in $5.00 more than Metered over the window. There is no range: too few customers for a range: 3, and it needs 20.",
    ]


def test_a_leader_is_named_with_its_range(sample: CustomerAmounts) -> None:
    assert verdict(sample).startswith("Metered leads: if the next customers are like these, Metered brings in between $")
    assert verdict(sample).endswith(" more than Balance over the window (90 %).")
    low, high = (end.removesuffix(" more") for end in verdict(sample).split("between ")[1].split(" than ")[0].split(" and "))
    assert 0 < float(low[1:]) < 533.64 < float(high[1:])


def test_level_candidates_are_level_and_neither_leads(sample: CustomerAmounts) -> None:
    scenario = sample.scenario.model_copy(update={"candidates": sample.scenario.candidates[:2]})
    two = replace(sample, scenario=scenario, bills=replace(sample.bills, billed=sample.bills.billed[:2]))
    assert verdict(two).startswith("Metered and Credits are level: ")
    assert "leads" not in verdict(two)


def test_whether_a_few_customers_lead_cannot_be_said() -> None:
    said = verdict(CustomerAmounts.of(compared(METERED, CREDITS, BALANCE)))
    assert said == "Whether Balance leads Metered cannot be said: too few customers for a range: 3, and it needs 20."


def test_sentences_take_the_ranges_that_hold_together_and_tables_those_of_one(sample: CustomerAmounts) -> None:
    for found in how_sure(sample, "billed"):
        assert found.together is not None
        assert found.low is not None
        assert found.together[0] < found.low
        assert f"{-found.together[0]:,}" in sentence(found, "Metered", "usd")


def test_one_candidate_alone_is_compared_with_nothing() -> None:
    assert how_sure(CustomerAmounts.of(compared(METERED)), "billed") == []
    assert verdict(CustomerAmounts.of(compared(METERED))) == ""
