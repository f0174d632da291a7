"""The weak point: exact, against every subset of small sets of customers."""

from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.decide.weak_point import id_ranks, weak_point
from commet_core.engine.replay import replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage


def fewest(differences: list[int]) -> int | None:
    """The size of the smallest set without which the sum has turned, by trying all."""
    total = sum(differences)
    side = 1 if total > 0 else -1
    for size in range(1, len(differences) + 1):
        for taken in combinations(differences, size):
            if side * (total - sum(taken)) <= 0:
                return size
    return None


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=9))
def test_nobody_finds_a_smaller_set(differences: list[int]) -> None:
    found = weak_point(np.array(differences), np.arange(len(differences)))
    total = sum(differences)
    if total == 0 or not any(one * total < 0 for one in differences):
        assert found is None
        return
    assert found is not None
    assert len(found.customers) == fewest(differences)
    left = total
    for one, without in zip(found.differences, found.without, strict=True):
        left -= one
        assert left == without
    assert left * total <= 0


def test_largest_first_ties_by_id_and_others_alike_counted() -> None:
    found = weak_point(np.array([5, 7, 5, 5, -9]), id_ranks(pa.array(["d", "x", "b", "c", "a"])))
    assert found is not None
    assert found.customers == (1, 2, 3)
    assert found.without == (6, 1, -4)
    assert found.alike == 1


@pytest.mark.parametrize("differences", [[], [0, 0], [3, -3], [3, 0, 4], [-1, -2]])
def test_there_is_none_where_nothing_turns(differences: list[int]) -> None:
    assert weak_point(np.array(differences, np.int64), np.arange(len(differences))) is None


@pytest.mark.parametrize(("limit", "offered"), [(None, True), (3, False)])
def test_it_is_not_offered_where_customers_share_a_promo_codes_limit(limit: int | None, offered: bool) -> None:
    """With a limit somebody else would get the discount of who is left out. Without: who leaves saves 3, the others pay 1 more."""
    plan = {"consumption_model": "metered", "features": {"call": {"overage": {"unit_price": 1}}}}
    promo = {"offer": "half"} | ({} if limit is None else {"max_redemptions": limit})
    catalog = {
        "features": {"call": {}},
        "plans": {"small": plan | {"prices": {"monthly": 10}}, "large": plan | {"prices": {"monthly": 14}}},
        "offers": {"half": {"percent": 50, "cycles": 1}},
        "promo_codes": {"SPRING": promo},
    }
    candidates = [{"name": "Small", "plan": "small"}, {"name": "Code", "plan": "large", "promo_code": "SPRING"}]
    rows = [(f"c{customer}", datetime(2026, month, 2 + customer, tzinfo=UTC)) for customer in range(6) for month in (1, 2)]
    usage = Usage.from_events([name for name, _ in rows], [at for _, at in rows], ["call"] * len(rows), [1] * len(rows))
    content = {"catalog": catalog, "candidates": candidates, "window": {"start": "2026-01-01", "end": "2026-03-01"}}
    customers = CustomerAmounts.of(replay(Scenario.model_validate(content | {"subscriptions": LEAVING}), usage))
    assert len(set((customers.bills.billed[1] - customers.bills.billed[0]).tolist())) > 1
    assert (customers.weak_point(1) is not None) == offered


LEAVING = [{"customer_id": "c0", "at": "2026-01-20", "action": "cancel", "when": "now"}]
