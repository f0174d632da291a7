"""Words and formats: every code has its words, and each kind of value is written in one way."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commet_core.foundation import vocabulary as codes
from commet_core.foundation.currencies import CURRENCY_DECIMALS, currency_fix
from commet_core.foundation.formats import day_words, moment_words, month_words, percent, percent_exact
from commet_core.foundation.money import format_amount, format_exact, format_short, minor_decimals, minor_nanos, rounded_to_sum
from commet_core.foundation.wording import (
    a_interval,
    action_name,
    counted,
    counted_were,
    each,
    interval_name,
    interval_noun,
    invoice_name,
    line_name,
    listed,
    part_name,
    plural,
    price_change_name,
    quantity,
    refusal_meaning,
    refusal_name,
    state_name,
    transition_name,
    with_article,
)
from commet_core.rating.admission import REASONS
from pages.shared.charts.refusals import refusal_look

VOCABULARIES: list[tuple[tuple[Any, ...], Callable[[Any], object]]] = [
    ((*codes.INTERVALS, None), interval_name),
    (codes.INTERVALS, interval_noun),
    (codes.INTERVALS, a_interval),
    (codes.REFUSAL_REASONS, refusal_name),
    (codes.REFUSAL_REASONS, refusal_meaning),
    (codes.REFUSAL_REASONS, refusal_look),
    (codes.INVOICE_KINDS, invoice_name),
    (codes.LINE_KINDS, line_name),
    (codes.STATES, state_name),
    (codes.TRANSITIONS, transition_name),
    (codes.ACTIONS, action_name),
    (get_args(codes.RevenuePart), part_name),
    (codes.PRICE_CHANGES, price_change_name),
]


class TestVocabularies:
    @pytest.mark.parametrize(("vocabulary", "words"), VOCABULARIES, ids=[words.__name__ for _, words in VOCABULARIES])
    def test_every_code_has_words_of_its_own(self, vocabulary: tuple[Any, ...], words: Callable[[Any], object]) -> None:
        said = [words(code) for code in vocabulary]
        assert all(said)
        assert len(set(said)) == len(vocabulary)
        assert not any("_" in word for word in said if isinstance(word, str))

    @pytest.mark.parametrize(("vocabulary", "words"), VOCABULARIES, ids=[words.__name__ for _, words in VOCABULARIES])
    def test_an_unknown_code_is_never_none(self, vocabulary: tuple[Any, ...], words: Callable[[Any], object]) -> None:
        del vocabulary
        with pytest.raises(AssertionError):
            words("no such code") if words is not a_interval else words("fortnightly")

    def test_kernels_write_the_reasons_that_have_words(self) -> None:
        assert ("", *codes.REFUSAL_REASONS) == REASONS


class TestNumbersOfThings:
    @pytest.mark.parametrize(
        ("noun", "many"),
        [
            ("call", "calls"),
            ("search", "searches"),
            ("query", "queries"),
            ("day", "days"),
            ("box", "boxes"),
            ("Image", "Images"),
            ("credit pack", "credit packs"),
            ("GB-hour", "GB-hours"),
            ("GB", "GB"),
            ("GiB", "GiB"),
            ("kWh", "kWh"),
            ("km", "km"),
            ("top-up", "top-ups"),
            ("SMS", "SMS"),
            ("1k tokens", "1k tokens"),
            ("", ""),
        ],
    )
    def test_plurals(self, noun: str, many: str) -> None:
        assert plural(noun) == many

    def test_counts(self) -> None:
        assert [counted(count, "customer") for count in (0, 1, 1200)] == ["0 customers", "1 customer", "1,200 customers"]
        assert [counted_were(count, "event") for count in (0, 1, 5)] == ["no event was", "1 event was", "5 events were"]

    def test_a_unit_without_a_name_is_not_said(self) -> None:
        assert quantity(Decimal("12400.5"), "unit") == "12,400.5"
        assert quantity(Decimal(1), "call") == "1 call"
        assert quantity(Decimal(2), "call") == "2 calls"
        assert (each("unit"), each("hour"), with_article("MB")) == ("each", "an hour", "an MB")

    def test_lists(self) -> None:
        assert [listed(list("ABC")[:count]) for count in (0, 1, 2, 3)] == ["", "A", "A and B", "A, B and C"]


class TestAmounts:
    def test_an_amount_has_the_decimals_of_its_currency(self) -> None:
        assert format_amount(Decimal("1234.567890123456"), "usd") == "$1,234.57"
        assert format_amount(Decimal("1234.5678"), "kwd") == "KWD 1,234.568"
        assert format_amount(Decimal("1234.5"), "jpy") == "¥1,235"
        assert format_amount(Decimal(-5), "usd") == "-$5.00"

    def test_nothing_has_no_sign(self) -> None:
        assert format_amount(Decimal("-0.001"), "usd") == "$0.00"

    def test_a_price_keeps_every_digit(self) -> None:
        assert format_exact(Decimal("0.000400000"), "usd") == "$0.0004"
        assert format_exact(Decimal(20), "bhd") == "BHD 20.000"
        assert [format_short(Decimal(price), "usd") for price in ("20.00", "20.5", "0.0004")] == ["$20", "$20.50", "$0.0004"]

    def test_amounts_wider_than_the_usual_precision(self) -> None:
        assert format_amount(Decimal(f"{10**38}.005"), "usd") == f"${10**38:,}.01"

    @given(st.lists(st.decimals(-1000, 1000, places=6), min_size=1, max_size=6), st.sampled_from(["usd", "jpy", "kwd"]))
    def test_rounded_parts_add_up_to_the_rounded_sum(self, amounts: list[Decimal], currency: str) -> None:
        unit = Decimal(1).scaleb(-minor_decimals(currency))
        parts = rounded_to_sum(amounts, currency)
        assert format_amount(sum(parts, Decimal(0)), currency) == format_amount(sum(amounts, Decimal(0)), currency)
        assert all(abs(part - amount) < unit for part, amount in zip(parts, amounts, strict=True))


class TestCurrencies:
    def test_each_has_its_decimals(self) -> None:
        assert [minor_decimals(code) for code in ("usd", "EUR", "jpy", "kwd", "BHD", "clp")] == [2, 2, 0, 3, 3, 0]
        assert minor_nanos("kwd") == 1_000_000
        assert set(map(len, CURRENCY_DECIMALS)) == {3}
        assert len(CURRENCY_DECIMALS) > 150

    def test_what_is_none_gets_what_would_be_right(self) -> None:
        assert currency_fix("btc").endswith("such as usd")
        assert "usd" in currency_fix("usdd")
        assert currency_fix("?") == "Use the code of the currency that you bill in, such as usd, eur or jpy"


class TestShares:
    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (Fraction(0), "0 %"),
            (Fraction(26, 1000), "2.6 %"),
            (Fraction(1, 10_000), "less than 0.1 %"),
            (Fraction(9999, 10_000), "more than 99.9 %"),
            (Fraction(-877, 10_000), "-8.8 %"),
            (Fraction(-1, 100_000), "more than -0.1 %"),
            (Decimal("0.25"), "25 %"),
        ],
    )
    def test_one_decimal(self, share: Fraction | Decimal, words: str) -> None:
        assert percent(share) == words

    def test_what_somebody_set_is_said_exactly(self) -> None:
        assert [percent_exact(Decimal(share)) for share in ("0.6", "1", "0.0025")] == ["60 %", "100 %", "0.25 %"]


class TestTimes:
    def test_one_style(self) -> None:
        assert day_words(date(2026, 3, 5)) == "5 Mar 2026"
        assert month_words(date(2026, 3, 1)) == "Mar 2026"
        midnight, noon, odd = (datetime(2026, 3, 5, *clock, tzinfo=UTC) for clock in ((0, 0), (12, 5), (12, 5, 7)))
        assert [moment_words(at) for at in (midnight, noon, odd)] == [
            "5 Mar 2026",
            "5 Mar 2026, 12:05",
            "5 Mar 2026, 12:05:07",
        ]


def test_minor_units_of_every_currency_are_whole_nanos() -> None:
    assert all(minor_nanos(code) * 10**places == 10**9 for code, places in CURRENCY_DECIMALS.items())
