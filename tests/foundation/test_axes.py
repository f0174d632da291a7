"""Ticks of an axis of money."""

import pytest

from commet_core.foundation.axes import money_ticks


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-800.0, 560.0, ["-$500", "$0", "$500"]),
        (0.0, 1.0, ["$0.0", "$0.2", "$0.4", "$0.6", "$0.8", "$1.0"]),
        (-12_000.0, -2_000.0, ["-$12,000", "-$10,000", "-$8,000", "-$6,000", "-$4,000", "-$2,000"]),
        (7.0, 7.0, ["$7"]),
    ],
)
def test_ticks_are_round_and_the_sign_stands_first(low: float, high: float, words: list[str]) -> None:
    assert [text for _, text in money_ticks(low, high, "usd")] == words
