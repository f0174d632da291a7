"""Prices of AI models (billing-rules 11.3): the catalog's own over the public list, by any name, on any day, exact."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from genai_prices.data import providers
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, Tier, TieredPrices, TimeOfDateConstraint

from commet_core.catalog.model_prices import Model, PriceBook, Prices, PriceTerm, _all_listed, _terms, list_version
from commet_core.catalog.plans import Catalog
from commet_core.rating.token_costs import request_cost, request_price, token_costs
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

LIST = PriceBook.of()


def book(currency: str = "usd", **models: object) -> PriceBook:
    """A catalog's: `house__large` stands for `house/large`."""
    own = {code.replace("__", "/"): prices for code, prices in models.items()}
    return PriceBook.of(Catalog.model_validate({"currency": currency, "models": own}))


def found(prices: PriceBook, name: str) -> Model:
    model = prices.find(name)
    assert model is not None
    return model


def prices(*texts: str) -> Prices:
    return Prices(*map(Decimal, texts))


class TestCatalog:
    def test_its_own_model_is_found_with_and_without_its_provider(self) -> None:
        own = book(house__large={"input": 3, "output": 15, "cache_read": "0.3", "cache_write": "3.75"})
        assert found(own, "house/large") == found(own, "large")
        assert found(own, "large").latest_prices == prices("3", "15", "0.3", "3.75")
        assert not found(own, "large").listed

    def test_the_cache_costs_what_input_does_where_nothing_else_is_said(self) -> None:
        assert found(book(house__small={"input": "0.25", "output": 2}), "small").latest_prices == prices(
            "0.25", "2", "0.25", "0.25"
        )

    def test_its_prices_go_before_those_of_the_list(self) -> None:
        own = PriceBook.of(Catalog.model_validate({"models": {"openai/gpt-4o": {"input": 1, "output": 1}}}))
        for name in ("openai/gpt-4o", "gpt-4o", "gpt-4o-2024-08-06"):
            assert found(own, name).latest_prices == prices("1", "1", "1", "1")
        assert found(own, "azure/gpt-4o").listed

    def test_the_first_of_two_with_the_same_name_is_taken(self) -> None:
        own = book(one__large={"input": 1, "output": 1}, two__large={"input": 2, "output": 2})
        assert found(own, "large").code == "one/large"
        assert found(own, "two/large").code == "two/large"

    def test_a_model_named_whole_goes_before_one_named_in_part(self) -> None:
        own = book(house__large={"input": 1, "output": 1}, large={"input": 2, "output": 2})
        assert found(own, "large").code == "large"


class TestList:
    @pytest.mark.parametrize("name", ["gpt-4o", "openai/gpt-4o", "GPT-4o", "gpt-4o-2024-08-06"])
    def test_a_model_has_many_names(self, name: str) -> None:
        assert found(LIST, name).code == "openai/gpt-4o"

    def test_whoever_makes_a_model_goes_before_those_who_sell_it_on(self) -> None:
        assert found(LIST, "claude-sonnet-4-5").code == "anthropic/claude-sonnet-4-5"
        assert found(LIST, "gemini-2.5-pro").code == "google/gemini-2.5-pro"
        assert found(LIST, "openrouter/openai/gpt-4o").code == "openrouter/openai/gpt-4o"

    @pytest.mark.parametrize("name", ["", "no such model", "openai/no such model", "house/large", "whisper-1"])
    def test_what_nobody_prices_by_the_token_is_unknown(self, name: str) -> None:
        assert LIST.find(name) is None

    def test_a_free_variant_costs_nothing(self) -> None:
        assert found(LIST, "mistral-nemo:free").latest_prices == prices("0", "0", "0", "0")

    def test_prices_are_dated(self) -> None:
        """mistral-small-latest came to stand for another model on 16 March 2026."""
        model = found(LIST, "mistral-small-latest")
        before, after = model.prices_on(date(2026, 3, 15)), model.prices_on(date(2026, 3, 16))
        assert (before.input, before.output) == (Decimal("0.1"), Decimal("0.3"))
        assert (after.input, after.output) == (Decimal("0.15"), Decimal("0.6"))
        assert model.prices_on(date(1980, 1, 1)) == before
        assert model.latest_prices == after

    def test_every_price_can_be_held(self) -> None:
        exponents = [price.as_tuple().exponent for model in _all_listed() for term in model.terms for price in term.prices]
        assert len(exponents) > 4_000
        assert min(exponents) >= -9

    def test_the_first_term_of_every_model_holds_for_every_request(self) -> None:
        assert all(model.terms[0][1:] == (None, -1, None) for model in _all_listed())

    def test_its_version_is_told(self) -> None:
        assert list_version().startswith("genai-prices 0.")


def costs_in_the_package(model: ModelInfo, at: datetime, tokens: EventTokens) -> Decimal:
    """What the package itself makes of a request, in dollars and without rounding; from its prices at the moment."""
    priced = model.get_prices(at)

    def price(key: str, otherwise: str) -> Decimal:
        price = getattr(priced, key)
        price = getattr(priced, otherwise) if price is None else price
        if isinstance(price, TieredPrices):
            return next((tier.price for tier in reversed(price.tiers) if tokens.input > tier.start), price.base)
        return price or Decimal(0)

    fresh = tokens.input - tokens.cache_read - tokens.cache_write
    return (
        fresh * price("input_mtok", "input_mtok")
        + tokens.output * price("output_mtok", "output_mtok")
        + tokens.cache_read * price("cache_read_mtok", "input_mtok")
        + tokens.cache_write * price("cache_write_mtok", "input_mtok")
    ) / 1_000_000


def dear_requests(model: str) -> Iterator[tuple[datetime, EventTokens]]:
    """Of many sizes, on days around the changes of 2026 and at hours with prices of their own; 500 million tokens at least,
    beside which rounding by component (four times 0.0001 at most) cannot hide a wrong price.
    """
    for months in range(0, 18, 2):
        for hour in (0, 2, 8, 16, 17):
            at = datetime(2026, 1, 13, hour, 30, tzinfo=UTC) + timedelta(days=30 * months)
            yield at, EventTokens(model, 90_000, 50_000, 30_000, 20_000)
            yield at, EventTokens(model, 250_000, 50_000, 30_000, 20_000)
            yield at, EventTokens(model, 2_000_000_000, 1_000_000_000, 300_000_000, 20_000_000)


@pytest.mark.parametrize(
    "code",
    [
        "anthropic/claude-sonnet-4-6",  # tiers until a day
        "anthropic/claude-haiku-5-5",  # tiers
        "google/gemini-2.5-pro",
        "deepseek/deepseek-chat",  # hours
        "deepseek/deepseek-v4-flash",  # days and hours
        "mistral/mistral-large-4",  # two days
        "openai/o3",
    ],
)
def test_requests_cost_what_the_package_says(code: str) -> None:
    """Each component is rounded up by itself, so by less than 0.0004 in all."""
    provider, _, name = code.partition("/")
    listed = next(model for each in providers if each.id == provider for model in each.models if model.id == name)
    times, requests = zip(*dear_requests(code), strict=True)
    count = len(times)
    order = sorted(range(count), key=lambda place: times[place])
    usage = Usage.from_events(["ana"] * count, list(times), ["chat"] * count, [Decimal(1)] * count, tokens=list(requests))
    subtotals = token_costs(usage, LIST).subtotals.tolist()
    for place, nanos in zip(order, subtotals, strict=True):
        exact = costs_in_the_package(listed, times[place], requests[place])
        assert 0 <= Decimal(nanos).scaleb(-9) - exact < Decimal("0.0004"), (times[place], requests[place])


class TestTerms:
    """How the list's ways to say a price are read, on entries made up for it."""

    @staticmethod
    def entry(prices: object) -> ModelInfo:
        return ModelInfo(id="m", match=None, prices=prices)  # type: ignore[arg-type]

    def test_tiers_hold_for_all_tokens_of_a_longer_request(self) -> None:
        tiered = TieredPrices(base=Decimal(1), tiers=[Tier(start=200_000, price=Decimal(2))])
        entry = self.entry(ModelPrice(input_mtok=tiered, output_mtok=Decimal(5)))
        assert list(_terms(entry)) == [
            PriceTerm(prices("1", "5", "1", "1")),
            PriceTerm(prices("2", "5", "2", "2"), above_input=200_000),
        ]

    def test_hours_are_read_in_utc(self) -> None:
        zone = datetime.fromisoformat("2026-01-01T00:00:00+02:00").tzinfo
        hours = TimeOfDateConstraint(start_time=time(1, 0, tzinfo=zone), end_time=time(8, 0, tzinfo=zone))
        cheap, dear = (ModelPrice(input_mtok=Decimal(price), output_mtok=Decimal(price)) for price in (1, 2))
        entry = self.entry([ConditionalPrice(prices=cheap), ConditionalPrice(hours, prices=dear)])
        assert [term.hours for term in _terms(entry)] == [None, (time(23, 0), time(6, 0))]

    def test_noise_beyond_nine_decimals_is_rounded_half_up(self) -> None:
        entry = self.entry(ModelPrice(input_mtok=Decimal("0.18000000000000002"), output_mtok=Decimal("0.0000000005")))
        assert [term.prices[:2] for term in _terms(entry)] == [(Decimal("0.18"), Decimal("0.000000001"))]

    def test_a_price_without_tokens_is_none(self) -> None:
        assert list(_terms(self.entry(ModelPrice(requests_kcount=Decimal(5))))) == []


class TestCurrency:
    def test_the_list_is_in_dollars(self) -> None:
        euros = book("eur", house__large={"input": 3, "output": 15})
        assert euros.priced(found(euros, "large"))
        assert not euros.priced(found(euros, "gpt-4o"))
        assert LIST.priced(found(LIST, "gpt-4o"))

    def test_models_that_cannot_be_priced_are_not_found_by_a_search(self) -> None:
        assert [model.code for model in book("eur", openai__x={"input": 3, "output": 15}).search("openai")] == ["openai/x"]


class TestSearch:
    def test_every_word_is_in_the_names_of_provider_or_model(self) -> None:
        assert found(LIST, "claude-sonnet-4-5") in LIST.search("anthropic SONNET")
        assert LIST.search("anthropic gpt-4o-mini-2024") == []

    def test_the_catalogs_own_come_first_then_makers(self) -> None:
        own = PriceBook.of(Catalog.model_validate({"models": {"house/my-gpt-4o": {"input": 1, "output": 1}}}))
        codes = [model.code for model in own.search("gpt-4o", 400)]
        assert codes[:2] == ["house/my-gpt-4o", "openai/gpt-4o"]
        assert codes.index("openai/gpt-4o-mini") < codes.index("openrouter/openai/gpt-4o")

    def test_no_more_are_found_than_asked_for(self) -> None:
        assert len(LIST.search("", 7)) == 7

    def test_an_own_price_takes_the_place_of_the_lists(self) -> None:
        own = PriceBook.of(Catalog.model_validate({"models": {"openai/gpt-4o": {"input": 1, "output": 1}}}))
        assert [model.listed for model in own.search("openai/gpt-4o", 1000) if model.code == "openai/gpt-4o"] == [False]


class TestOneRequest:
    """Billing-rules 11.2 by hand."""

    def test_the_example_of_the_rules(self) -> None:
        """0.003 + 0.0075 = 0.0105; 20 % is 0.0021."""
        cost = request_cost(prices("3", "15", "3", "3"), EventTokens("m", 1000, 500))
        assert (cost, request_price(cost, Decimal("0.2"))) == (Decimal("0.0105"), Decimal("0.0126"))

    def test_components_and_margin_are_rounded_up_by_themselves(self) -> None:
        """1, 1, 1 and 1 tokens: 0.0001 each; 1 % of 0.0004 is 0.0001."""
        cost = request_cost(prices("3", "15", "0.3", "3.75"), EventTokens("m", 3, 1, 1, 1))
        assert (cost, request_price(cost, Decimal("0.01"))) == (Decimal("0.0004"), Decimal("0.0005"))

    def test_without_a_margin_the_price_is_the_cost(self) -> None:
        assert request_price(Decimal("0.0004"), Decimal(0)) == Decimal("0.0004")

    def test_large_counts_are_exact(self) -> None:
        """123,456,789,012 tokens at 99.999999999 per million: 12,345,678.901076543…"""
        cost = request_cost(prices("99.999999999", "0", "0", "0"), EventTokens("m", 123_456_789_012, 0))
        assert cost == Decimal("12345678.9011")


class TestTitles:
    """Names as people see them."""

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("Claude Sonnet 4.5", "anthropic/claude-sonnet-4-5"),
            ("claude-4.5-sonnet", "anthropic/claude-sonnet-4-5"),
            ("claude-4.5-sonnet-thinking", "anthropic/claude-sonnet-4-5"),
            ("Auto: Claude Haiku 4.5", "anthropic/claude-haiku-4-5"),
            ("GPT-5 mini", "openai/gpt-5-mini"),
            ("gpt-5-high", "openai/gpt-5"),
            ("Gemini 2.5 Pro", "google/gemini-2.5-pro"),
            ("Claude Opus 4.1 (Preview)", "anthropic/claude-opus-4-1"),
        ],
    )
    def test_stand_for_the_model_that_has_them(self, name: str, code: str) -> None:
        assert found(LIST, name).code == code
        assert LIST.called(name) == code

    @pytest.mark.parametrize(
        "name", ["auto", "Auto", "default", "Code Review model", "composer-1", "gpt-5-fast", "thinking", ""]
    )
    def test_that_nobody_has_stay_unknown(self, name: str) -> None:
        assert LIST.find(name) is None

    def test_numbers_keep_their_order(self) -> None:
        assert found(LIST, "GPT 5.4").code == "openai/gpt-5.4"
        assert found(LIST, "GPT 4.5").code == "openai/gpt-4.5-preview"

    def test_a_name_that_is_known_is_no_title(self) -> None:
        assert LIST.called("gpt-4o") is None

    def test_a_catalogs_own_model_goes_before_the_list(self) -> None:
        own = PriceBook.of(Catalog.model_validate({"models": {"house/sonnet-claude-4.5": {"input": 1, "output": 2}}}))
        assert found(own, "Claude Sonnet 4.5").code == "house/sonnet-claude-4.5"
