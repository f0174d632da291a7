"""Typical requests to AI models, against figures worked out by hand in the comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.reports.quote import QuoteLine, quotes
from commet_core.reports.quote.requests import (
    STARTING_REQUEST,
    Worth,
    priced_by_request,
    read_margin,
    read_request,
    request_prices,
    typical_requests,
    worth,
)
from commet_core.reports.quote.sheet import quote_sheets, quote_text
from commet_core.scenario.candidates import Candidate
from commet_core.usage.tokens import EventTokens, Tokens
from commet_core.usage.usage import Usage

MODELS = {"own/chat": {"input": 3, "output": 15, "cache_read": "0.3"}}
REQUEST = EventTokens("own/chat", 1000, 500)


def catalog(currency: str = "usd", **terms: Any) -> Catalog:
    plan = {"consumption_model": "balance", "prices": {"monthly": 20}, "features": {"chat": terms, "image": {"unit_price": 1}}}
    return Catalog.model_validate(
        {
            "currency": currency,
            "features": {"chat": {"unit": "request"}, "image": {}},
            "plans": {"pro": plan},
            "models": MODELS,
        }
    )


def usage_of(rows: Sequence[tuple[str, EventTokens | None]]) -> Usage:
    """Usage of one customer: a feature and its tokens per event, a second apart."""
    times = [datetime(2026, 1, 1, second=second, tzinfo=UTC) for second in range(len(rows))]
    plain = Usage.from_events(["c"] * len(rows), times, [feature for feature, _ in rows], [1] * len(rows))
    models = sorted({tokens.model for _, tokens in rows if tokens})
    indexes = np.array([models.index(tokens.model) if tokens else -1 for _, tokens in rows], np.int16)
    columns = [
        np.array([getattr(tokens, key) if tokens else 0 for _, tokens in rows], np.int64) for key in EventTokens._fields[1:]
    ]
    return replace(plain, tokens=Tokens(pa.array(models, pa.string()), indexes, *columns))


class TestWorth:
    def test_a_thousand_requests_of_the_example_in_the_rules(self) -> None:
        """1,000 × 3 ÷ 1 M = 0.003 and 500 × 15 ÷ 1 M = 0.0075: 0.0105; 20 % are 0.0021."""
        found = worth(PriceBook.of(catalog(pricing="ai_model")), REQUEST, Decimal("0.2"), 1000)
        assert found == Worth(Decimal("10.5"), Decimal("12.6"), Decimal("2.1"))

    def test_what_is_rounded_up_once_a_request_counts_every_time(self) -> None:
        """10 tokens at 3 per million are 0.00003, which is 0.0001; 1 % of it is 0.0001 again."""
        tiny = EventTokens("own/chat", 10, 0)
        found = worth(PriceBook.of(catalog(pricing="ai_model")), tiny, Decimal("0.01"), 1000)
        assert found == Worth(Decimal("0.1"), Decimal("0.2"), Decimal("0.1"))

    def test_tokens_of_the_cache_have_their_own_price(self) -> None:
        """800 of 1,000 read from the cache: 200 × 3 ÷ 1 M = 0.0006, 800 × 0.3 ÷ 1 M = 0.00024, up to 0.0003."""
        found = worth(PriceBook.of(catalog(pricing="ai_model")), EventTokens("chat", 1000, 0, 800), Decimal(0))
        assert found == Worth(Decimal("0.0009"), Decimal("0.0009"), Decimal(0))

    def test_long_requests_have_the_prices_of_long_requests(self) -> None:
        book = PriceBook.of()
        tiered = next(model for model in book.search("", 10_000) if any(term.above_input > 0 for term in model.terms))
        start = max(term.above_input for term in tiered.terms)
        usual = request_prices(tiered, EventTokens(tiered.code, 1, 0))
        assert usual == tiered.latest_prices
        assert request_prices(tiered, EventTokens(tiered.code, start, 0)) != request_prices(
            tiered, EventTokens(tiered.code, start + 1, 0)
        )

    def test_an_unknown_model_is_an_error_with_advice(self) -> None:
        with pytest.raises(InputError, match="no price is known for 'nobody/knows'") as raised:
            worth(PriceBook.of(), EventTokens("nobody/knows", 1, 1), Decimal(0))
        assert raised.value.problems[0].fix == "Choose another model, or give it prices of your own"

    def test_the_public_list_is_in_dollars(self) -> None:
        with pytest.raises(InputError, match="in US dollars only, and your plans are in EUR"):
            worth(PriceBook.of(catalog("eur", pricing="ai_model")), STARTING_REQUEST, Decimal(0))

    def test_the_request_to_begin_with_has_a_price(self) -> None:
        assert worth(PriceBook.of(), STARTING_REQUEST, Decimal(0)).cost > 0


class TestTyped:
    def test_tokens_are_read_as_people_type_them(self) -> None:
        typed = {"input": "1,000", "output": " 500 ", "cache_read": ""}
        assert read_request("m", typed) == EventTokens("m", 1000, 500, 0, 0)

    @pytest.mark.parametrize(
        ("key", "text", "what"),
        [
            ("input", "many", "'many' is not a number"),
            ("output", "1.5", "1.5 is not a whole number"),
            ("output", "-1", "the number is negative"),
            ("input", "2000000000", "the number is too large"),
            ("cache_read", "1001", "the cache has more tokens than the input, of which they are a part"),
        ],
    )
    def test_what_cannot_be_tokens_is_said_at_its_field(self, key: str, text: str, what: str) -> None:
        with pytest.raises(InputError) as raised:
            read_request("m", {"input": "1000", "output": "1", key: text})
        assert [(problem.where, problem.what) for problem in raised.value.problems] == [(key, what)]

    @pytest.mark.parametrize(("typed", "margin"), [("20", "0.2"), ("12.5 %", "0.125"), ("", "0"), ("1,000", "10")])
    def test_a_margin_is_typed_in_percent(self, typed: str, margin: str) -> None:
        assert read_margin(typed) == Decimal(margin)

    @pytest.mark.parametrize("typed", ["lots", "-5", "0.12345", "10000000"])
    def test_what_is_no_margin_is_said(self, typed: str) -> None:
        with pytest.raises(InputError) as raised:
            read_margin(typed)
        assert raised.value.problems[0].fix == "Give a percentage of 0 or more, with at most 4 decimals"


class TestTypical:
    def test_it_is_the_median_request_to_the_model_most_used(self) -> None:
        rows = [
            ("chat", EventTokens("big", 10, 1)),
            ("chat", EventTokens("small", 100, 30)),
            ("chat", EventTokens("small", 300, 10, 50, 5)),
            ("chat", EventTokens("small", 200, 20, 20, 5)),
            ("image", None),
            ("agent", EventTokens("big", 7, 7)),
        ]
        assert typical_requests(usage_of(rows)) == {
            "chat": EventTokens("small", 200, 20, 20, 5),
            "agent": EventTokens("big", 7, 7),
        }

    def test_its_cache_is_a_part_of_its_input(self) -> None:
        """The medians alone, 60 read and 40 written, would be more than the median input of 60."""
        rows = [
            ("chat", EventTokens("m", 100, 0, 60, 40)),
            ("chat", EventTokens("m", 60, 0, 60, 0)),
            ("chat", EventTokens("m", 40, 0, 0, 40)),
        ]
        assert typical_requests(usage_of(rows)) == {"chat": EventTokens("m", 60, 0, 60, 0)}

    def test_usage_without_tokens_has_none(self) -> None:
        assert typical_requests(Usage.from_events(["c"], [datetime(2026, 1, 1, tzinfo=UTC)], ["chat"], [1])) == {}


class TestQuotes:
    def test_so_many_requests_cost_so_many_times_one(self) -> None:
        """2,000 requests at 0.0126 are 25.20; 20 of them are in the balance."""
        plans = catalog(pricing="ai_model", margin="0.2")
        priced = priced_by_request(plans, {"chat": REQUEST})
        (quote,) = quotes(priced, [Candidate(name="Pro", plan="pro")], {"chat": Decimal(2000)})
        assert quote.lines[1] == QuoteLine("balance_overage", "pro", Decimal(1), Decimal("5.20"), Decimal("5.20"))
        assert priced.plans["pro"].features["image"] == plans.plans["pro"].features["image"]

    def test_what_a_request_was_taken_to_be_goes_along(self) -> None:
        plans = catalog(pricing="ai_model", margin="0.2")
        units, requests = {"chat": Decimal(2000), "image": Decimal(1)}, {"chat": EventTokens("own/chat", 1000, 500, 800)}
        found = quotes(priced_by_request(plans, requests), [Candidate(name="Pro", plan="pro")], units)
        words = "1,000 tokens in (of which 800 from the cache), 500 out, to own/chat"
        assert f"\nchat, each: {words}\n" in quote_text(plans, found[0], units, requests)
        assert quote_sheets(plans, found, units, requests)["Usage"]["each"].to_pylist() == [words, None]

    def test_a_model_without_a_price_is_said_at_its_feature(self) -> None:
        plans = catalog("eur", pricing="ai_model")
        with pytest.raises(InputError) as raised:
            priced_by_request(plans, {"chat": STARTING_REQUEST})
        assert [problem.where for problem in raised.value.problems] == ["chat"]
