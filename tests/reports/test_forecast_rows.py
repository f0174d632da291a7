"""What hangs on a part of a forecast, as it is written."""

import pytest

from commet_core.reports.forecast.rows import _signed as signed


@pytest.mark.parametrize(("amount", "written"), [(-3.2, "$0"), (3.2, "$0"), (-14.0, "-$10"), (2_904.9, "+$2,900")])
def test_what_rounds_to_nothing_has_no_sign(amount: float, written: str) -> None:
    assert signed(amount, "usd") == written
