"""Figures of a quote from usage: worked out by hand from usage of a known course."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from support.quotes import quote_of

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import derived, quotation, quote_document
from commet_core.reports.quotation.history import course, whole_months
from commet_core.usage.usage import Usage

CATALOG: dict[str, Any] = {
    "features": {"call": {"name": "Calls"}, "mail": {"name": "Mails"}},
    "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 9}, "features": {"call": {}, "mail": {}}}},
}
PRO = ({"name": "Pro", "plan": "pro"},)


def usage_of(rows: list[tuple[str, str, str, float]]) -> Usage:
    """Rows of customer, day, feature and units."""
    customers, days, features, values = zip(*rows, strict=True)
    times = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
    return Usage.from_events(customers, times, features, [str(value) for value in values])


def monthly(customer: str, units: list[float], feature: str = "call", first: int = 1) -> list[tuple[str, str, str, float]]:
    """Units on the first day of each month of 2026, from `first` on."""
    return [(customer, f"2026-{month:02d}-01", feature, amount) for month, amount in enumerate(units, start=first)]


END = ("end", "2026-07-15", "mail", 1.0)
"""A customer of one row in July, so that the months before it are whole."""


class TestWholeMonths:
    def test_a_month_is_whole_where_the_usage_spans_it(self) -> None:
        rows = [
            ("a", "2026-01-10", "call", 5),
            ("a", "2026-02-01", "call", 7),
            ("a", "2026-02-28", "call", 1),
            ("a", "2026-03-30", "call", 9),
        ]
        assert whole_months(usage_of(rows)).totals[:, :, 0].tolist() == [[8.0]]
        assert whole_months(usage_of([*rows, ("a", "2026-03-31", "call", 1)])).totals[:, :, 0].tolist() == [[8.0, 10.0]]

    def test_a_customer_begins_with_the_first_whole_month(self) -> None:
        months = whole_months(
            usage_of([*monthly("a", [1, 2, 3]), ("b", "2026-01-02", "call", 4), ("b", "2026-03-05", "call", 6), END])
        )
        row = months.totals[months.customers.index("b"), :, months.features.index("call")]
        assert np.isnan(row[0])
        assert row[1:3].tolist() == [0.0, 6.0]
        assert months.tenures()[months.customers.index("a")] == 6


class TestCourses:
    def test_growth_in_proportion_is_told_exactly(self) -> None:
        found = course(np.array([100 * 1.1**month for month in range(6)]))
        assert found.growth == pytest.approx(0.1)
        assert found.level == pytest.approx(100 * 1.1**5)
        assert found.residuals == pytest.approx([0] * 6, abs=1e-9)
        assert found.growth_between() == pytest.approx((0.1, 0.1))

    def test_of_three_months_no_growth_is_told(self) -> None:
        found = course(np.array([100.0, 200.0, 300.0]))
        assert (found.level, found.growth) == (200.0, 0.0)


class TestOwnUsage:
    def test_a_customers_own_course_goes_on(self) -> None:
        rows = [*monthly("a", [1000 * 1.05**month for month in range(6)]), *monthly("b", [5] * 6), END]
        found = derived(
            quote_of(CATALOG, PRO, own_usage={"customer": "a"}), usage_of([(c, d, f, round(v, 6)) for c, d, f, v in rows])
        )
        call = found.quote.usage["call"]
        assert call.units == round(1000 * 1.05**5)
        assert call.growth == call.growth_low == call.growth_high == Decimal("0.05")
        assert call.swing == 0
        assert "own usage over 6 whole months" in found.said
        assert found.said in quote_document(quotation(found.quote, found.said)).assumptions

    def test_a_customer_who_is_not_there_is_said(self) -> None:
        with pytest.raises(InputError, match="'nobody' is not in the usage"):
            derived(quote_of(CATALOG, PRO, own_usage={"customer": "nobody"}), usage_of([*monthly("a", [1] * 6), END]))

    def test_less_than_a_month_is_said(self) -> None:
        with pytest.raises(InputError, match="no whole calendar month"):
            derived(quote_of(CATALOG, PRO, own_usage={}), usage_of([("a", "2026-01-05", "call", 1)]))


class TestLookAlikes:
    USAGE = usage_of(
        [
            *(row for place in range(1, 12) for row in monthly(f"c{place:02d}", [100 * place] * 6)),
            *monthly("mailer", [500] * 6),
            *monthly("mailer", [50] * 6, "mail"),
            *monthly("new", [500], first=6),
            END,
        ]
    )

    def test_the_nearest_in_size_are_taken(self) -> None:
        quote = quote_of(CATALOG, PRO, usage={"call": {"units": 310}}, look_alikes={"count": 3})
        found = derived(quote, self.USAGE)
        assert [alike.customer for alike in found.look_alikes] == ["c03", "c04", "c02"]
        call = found.quote.usage["call"]
        # sizes 200, 300 and 400 around their middle, 300, carried over to 310
        assert (call.units, call.low, call.high) == (310, 207, 413)
        assert (call.growth, call.growth_low, call.growth_high, call.swing) == (0, 0, 0, 0)

    def test_without_a_size_the_middle_of_all_is_it(self) -> None:
        quote = quote_of(CATALOG, PRO, look_alikes={"features": ["call"], "count": 100})
        found = derived(quote, self.USAGE)
        assert "new" not in [alike.customer for alike in found.look_alikes], "who has one month only"
        assert len(found.look_alikes) == 12
        # 100 to 1,100, and 500 twice: of 12 the 2nd, the 6th and the 11th
        call = found.quote.usage["call"]
        assert (call.low, call.units, call.high) == (200, 500, 1000)

    def test_they_can_be_named_and_typed_figures_stay(self) -> None:
        wanted = {"customers": ["c01", "c02", "c03"]}
        quote = quote_of(CATALOG, PRO, usage={"call": {"units": 50, "growth": "0.2", "swing": "0.3"}}, look_alikes=wanted)
        call = derived(quote, self.USAGE).quote.usage["call"]
        assert (call.units, call.growth, call.growth_low, call.swing) == (50, Decimal("0.2"), None, Decimal("0.3"))
        assert (call.low, call.high) == (25, 75)

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ({"features": ["sms"]}, "'sms' is not in the usage"),
            ({}, "none is named"),
            ({"features": ["call", "mail"]}, "1 customer of the usage uses all of these features"),
            ({"features": ["call"], "customers": ["c01", "gone"]}, "'gone' is not in the usage"),
            ({"features": ["call"], "months_min": 7}, "0 customers of the usage use all of these features"),
        ],
    )
    def test_too_few_are_said(self, wanted: dict[str, Any], said: str) -> None:
        with pytest.raises(InputError) as refused:
            derived(quote_of(CATALOG, PRO, look_alikes=wanted), self.USAGE)
        assert said in str(refused.value)

    def test_a_quote_without_its_usage_is_said(self) -> None:
        with pytest.raises(InputError, match="takes figures from usage, and none was named"):
            quotation(quote_of(CATALOG, PRO, look_alikes={"features": ["call"]}))
