"""The steps of a bridge as people read them: names in place of paths, amounts with their currency, in the order they were changed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from commet_core import Catalog
from commet_core.decide.bridge import Bridge, Step
from commet_core.decide.changed_terms import written
from commet_core.reports.compare.bridge_words import bridge_sentence, step_rows, waterfall
from commet_core.reports.compare.step_words import step_words

CATALOG = Catalog.model_validate(
    {
        "currency": "usd",
        "features": {"img": {"name": "Image"}, "call": {}},
        "plans": {"m": {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"img": {}, "call": {}}}},
    }
)


def step(term: str, before: str | None, after: str | None, amount: int = 100) -> Step:
    return Step(term, before, after, np.array([amount]), None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (step("plans.m.prices.monthly", "19.99", "1,200"), "monthly price ($19.99 to $1,200)"),
        (step("plans.m.features.img.included", "20", "30"), "included Image (20 to 30)"),
        (step("plans.m.features.call.overage.unit_price", "0.1", None), "overage price of call ($0.10 to none)"),
        (
            step("plans.m.features.img", "included: 20, overage: unit_price: 0.15", None),
            "Image (included 20, overage unit price 0.15 to none)",
        ),
        (step("plans.m.block_on_exhaustion", "no", "yes"), "refusing when the balance is used up (no to yes)"),
        (
            step("purchases.pack; purchases.probability", "none", "s; 0.5"),
            "packs that are bought and share who buy packs (none to s; 0.5)",
        ),
        (step("feature_seats", None, None), "feature seats"),
    ],
)
def test_a_step_is_named_as_people_name_it(found: Step, said: str) -> None:
    assert step_words(found, CATALOG) == said


def test_tiers_are_written_without_marks_of_a_program() -> None:
    tiers = [{"up_to": "100", "unit_price": "0.2", "flat_amount": None}, {"up_to": None, "unit_price": "0.1"}]
    assert written({"tiers_mode": "graduated", "tiers": tiers}) == (
        "tiers_mode: graduated, tiers: (up_to: 100, unit_price: 0.2), (unit_price: 0.1)"
    )


def test_terms_are_told_in_the_order_in_which_they_were_changed() -> None:
    steps = [
        step("plans.m.prices.monthly", "10", "11", 100),
        step("plans.m.features.img.included", "20", "30", -900),
        *(step(f"plans.m.features.call.included{place}", "1", "2", 200 + place) for place in range(5)),
    ]
    bridge = Bridge("New", "Old", True, pa.array(["a"]), tuple(steps))
    said = bridge_sentence(bridge, "usd", CATALOG)
    assert "included Image (20 to 30) -$9.00, included1 of call" in said
    assert "and 2 further steps +$3.00; together +$2.10. In another order" in said
    assert step_rows(bridge, "usd", CATALOG)["Step"][:2] == ["Monthly price", "Included Image"]
    assert [bar.label for bar in waterfall(bridge, 1000, "usd", CATALOG)][:3] == ["Old", "monthly price", "included Image"]


def test_each_step_of_the_waterfall_begins_where_the_one_before_it_led() -> None:
    """$10, 1 more, 9 less: from 10 to 11 to 2."""
    steps = (step("plans.m.prices.monthly", "10", "11", 100), step("plans.m.features.img.included", "20", "30", -900))
    bars = waterfall(Bridge("New", "Old", True, pa.array(["a"]), steps), 1000, "usd", CATALOG)
    assert [(bar.base, bar.amount) for bar in bars] == [(0.0, 10.0), (10.0, 1.0), (11.0, -9.0), (0.0, 2.0)]
