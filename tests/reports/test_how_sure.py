"""How sure a difference is, in words: on the sample, and where there is no range."""

from pathlib import Path

import pytest
from support.compared_models import BALANCE, CREDITS, METERED, compared

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.replay import replay
from commet_core.reports.compare.how_sure import how_sure, sentence
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
    assert said.startswith("Credits brings in $1,546.75 less than Metered; if the next customers are like these, between $")
    assert " more (90 %). So the two are level. Without 7 customers it turns: cus_000121, cus_000113, " in said
    assert credits_.low is not None
    assert credits_.high is not None
    assert credits_.low < credits_.difference < 0 < credits_.high


def test_a_difference_that_nobody_turns_says_so_by_saying_nothing(sample: CustomerAmounts) -> None:
    _, balance = how_sure(sample, "earned")
    assert not balance.level
    assert balance.turned_by == ()
    assert "Without" not in sentence(balance, "Metered", "usd", "earned")
    assert sentence(balance, "Metered", "usd", "earned").startswith("Balance earns $533.64 less than Metered; ")


def test_few_customers_have_no_range_and_the_reason_is_said() -> None:
    found = how_sure(CustomerAmounts.of(compared(METERED, CREDITS, BALANCE)), "billed")
    assert [sentence(one, "Metered", "usd") for one in found] == [
        "Credits brings in $13.00 less than Metered. There is no range: too few customers for a range: 3, and it needs 20.",
        "Balance brings in $5.00 more than Metered. There is no range: too few customers for a range: 3, and it needs 20.",
    ]


def test_one_candidate_alone_is_compared_with_nothing() -> None:
    assert how_sure(CustomerAmounts.of(compared(METERED)), "billed") == []
