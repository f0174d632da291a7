"""Usage that somebody describes holds exactly what was said: customers, what the one in the middle uses, how uneven they are."""

from decimal import Decimal

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from commet_core.foundation.documents import problems_of
from commet_core.foundation.money import micros
from commet_core.reports.starter import typical_monthly_units
from commet_core.usage.profile import concentration, presence
from commet_core.usage.synthetic.described import UNEVENNESS, Description, describe, monthly_units
from commet_core.usage.usage import Usage


def described(customers: int = 300, typical: str = "40", **more: object) -> Description:
    return Description.model_validate(
        {"customers": customers, "features": [{"code": "image", "typical_units": typical}], **more}
    )


def months_of(usage: Usage, feature: str) -> np.ndarray:
    """Micros [customer, month], added up from the events."""
    customers = np.repeat(np.arange(usage.customer_count), np.diff(usage.offsets))
    months = usage.times.astype("datetime64[us]").astype("datetime64[M]").astype(int)
    months -= months.min()
    there = usage.feature_indexes == usage.features.index(feature)
    found = np.zeros((usage.customer_count, months.max() + 1), np.int64)
    np.add.at(found, (customers[there], months[there]), usage.values[there])
    return found


def test_300_customers_are_300_in_every_month_and_a_median_of_40_is_40():
    usage = Usage.from_table(describe(described()))
    assert usage.customer_count == 300
    assert presence(usage).every_month == 300
    assert typical_monthly_units(usage) == {"image": Decimal(40)}
    assert np.median(months_of(usage, "image"), axis=0).tolist() == [40_000_000.0] * 6


@settings(deadline=None, max_examples=60)
@given(
    customers=st.integers(1, 60),
    units=st.lists(st.decimals("0.000001", "9999999", places=6), min_size=1, max_size=3),
    unevenness=st.sampled_from(UNEVENNESS),
    months=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_whatever_is_described_comes_out_exactly(customers, units, unevenness, months, seed):
    features = [{"code": f"f{place}", "typical_units": str(each)} for place, each in enumerate(units)]
    description = Description.model_validate(
        {"customers": customers, "features": features, "unevenness": unevenness, "months": months, "seed": seed}
    )
    usage = Usage.from_table(describe(description))
    assert usage.customer_count == customers
    assert usage.event_count <= description.rows_max
    for place, each in enumerate(units):
        found = months_of(usage, f"f{place}")
        assert found.shape == (customers, months)
        assert (found == monthly_units(description, place)).all()
        assert found.min() > 0
        middle = np.sort(found, axis=0)[[(customers - 1) // 2, customers // 2]]
        assert (middle == micros(each)).all()
        assert typical_monthly_units(usage)[f"f{place}"] == each


@pytest.mark.parametrize(("unevenness", "least", "most"), [("even", 0.14, 0.2), ("some", 0.3, 0.45), ("few", 0.6, 0.9)])
def test_how_uneven_they_are_is_what_the_word_says(unevenness, least, most):
    usage = Usage.from_table(describe(described(unevenness=unevenness)))
    (tenth,) = [top for top in concentration(usage, "image").top if top.part * 10 == 1]
    assert least < tenth.share < most


def test_the_billing_months_of_everybody_are_the_calendars():
    table = describe(described(typical="1"))
    first = table.group_by("customer_id").aggregate([("timestamp", "min")])["timestamp_min"]
    assert pc.all(pc.equal(pc.day(first), 1)).as_py()


def test_the_same_description_gives_the_same_events_and_another_seed_others():
    digests = [Usage.from_table(describe(described(seed=seed))).digest for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_many_customers_have_fewer_rows_each():
    many = described(customers=100_000, months=12)
    assert many.rows_max <= 100_000 * 12
    assert described().events_a_month == 30


def test_what_cannot_be_used_is_said_all_at_once():
    with pytest.raises(ValidationError) as raised:
        Description.model_validate(
            {
                "customers": 0,
                "features": [{"code": "a", "typical_units": "0"}, {"code": "b", "typical_units": "99999999"}],
                "unevenness": "odd",
            }
        )
    found = {problem.where: problem.fix for problem in problems_of(raised.value, Description)}
    assert found["customers"] == "Give 1 or more"
    assert found["features.0.typical_units"] == "Give a number, more than 0, with at most 6 decimals"
    assert found["features.1.typical_units"] == "Give at most 10,000,000"
    assert "even" in found["unevenness"]
    with pytest.raises(ValidationError, match="there twice"):
        Description.model_validate(
            {"customers": 1, "features": [{"code": "a", "typical_units": 1}, {"code": "a", "typical_units": 2}]}
        )
