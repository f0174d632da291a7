"""What AI models cost (billing-rules 11.3): a catalog's own `models:`, over the public list of the genai-prices package.

The list lies in the package: nothing is fetched, and the same version gives the same prices. Its prices are in US dollars
and those of standard requests: none of batches, and of the cache those for writing to it for the usual time.
A model that the list has no price per token for (speech by the hour, pages, an unpublished price) is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from commet_core.catalog.model_titles import TitleKey, bare_name, keys_of, title_key
from commet_core.catalog.plans import Catalog
from commet_core.catalog.token_prices import ModelPrices
from commet_core.foundation.money import NANO_DECIMALS, NANOS, decimal_of, half_up

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

LIST_PACKAGE: Final = "genai-prices"
LIST_CURRENCY: Final = "usd"
FOUND_KEPT: Final = 4096
NOTHING: Final = Decimal(0)


class Prices(NamedTuple):
    """Per million tokens, exact. `input`: tokens that were neither read from the cache nor written to it."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal


class PriceTerm(NamedTuple):
    """Prices, and the requests that have them.

    since        the first day; None: from the beginning
    above_input  requests with more input tokens than this, all of whose tokens have these prices; -1: all
    hours        the time of day (UTC), from the one to before the other, perhaps over midnight; None: all day
    """

    prices: Prices
    since: date | None = None
    above_input: int = -1
    hours: tuple[time, time] | None = None


@dataclass(frozen=True)
class Model:
    """A model with its prices.

    code      provider/model
    provider  its name, for people; empty where the catalog says no more than the code
    name      its name, for people
    terms     of those that hold for a request the last counts; the first holds for all
    listed    from the public list, in dollars; not from the catalog
    """

    code: str
    provider: str
    name: str
    terms: tuple[PriceTerm, ...]
    listed: bool

    def prices_on(self, day: date) -> Prices:
        """The prices of a day, for requests of usual length, outside hours with prices of their own."""
        usual = [term for term in self.terms if term.above_input < 0 and term.hours is None]
        return [term.prices for term in usual if term.since is None or term.since <= day][-1]

    @property
    def latest_prices(self) -> Prices:
        """The last prices that are known, as `prices_on`."""
        return self.prices_on(date.max)


@dataclass(frozen=True)
class PriceBook:
    """The models that a catalog can price."""

    own: Mapping[str, Model]
    currency: str = LIST_CURRENCY

    @classmethod
    def of(cls, catalog: Catalog | None = None) -> PriceBook:
        """The book of a catalog; without one the public list alone."""
        if catalog is None:
            return cls({})
        return cls({code: _own_model(code, prices) for code, prices in catalog.models.items()}, catalog.token_currency)

    def find(self, model: str) -> Model | None:
        """The model that a usage names (billing-rules 11.3): `provider/model`, or `model` alone; None where nobody knows it.

        The catalog goes before the list. A catalog's entry also counts for every other name by which the list knows the
        same model, such as one with a date. Where nobody knows a name as it stands, it may be a title that people see
        (`model_titles`), which one model alone has.
        """
        return self._find_named(model) or self._find_titled(model)

    def called(self, model: str) -> str | None:
        """The code of the model that a name stands for as a title; None where the name itself is known, or nobody knows it."""
        titled = None if self._find_named(model) else self._find_titled(model)
        return None if titled is None else titled.code

    def _find_titled(self, model: str) -> Model | None:
        named = bare_name(model)
        found = self._find_named(named) if named != model else None
        for key in keys_of(model) if found is None else ():
            own = {code: each for code, each in self.own.items() if title_key(code) == key}
            found = next(iter(own.values())) if len(own) == 1 else _listed_by_title(key)
            if found is not None:
                break
        return None if found is None else self.own.get(found.code, found)

    def _find_named(self, model: str) -> Model | None:
        """The model with this name, exactly or as the list reads it."""
        if model in self.own:
            return self.own[model]
        listed = _listed_by_provider(model)
        if listed is None:
            alone = (own for code, own in self.own.items() if code.partition("/")[2] == model)
            listed = next(alone, None) or _listed_alone(model)
        return None if listed is None else self.own.get(listed.code, listed)

    def priced(self, model: Model) -> bool:
        """Whether a model's prices are in the catalog's currency."""
        return not model.listed or self.currency == LIST_CURRENCY

    def search(self, text: str, most: int = 20) -> list[Model]:
        """Models whose provider and names have every word of a text in them: the catalog's, then makers' own, then resellers'.

        Names that begin with the text come before others. No more than `most`.
        """
        words = text.lower().split()
        own = list(self.own.values())
        listed = [model for model in _all_listed() if model.code not in self.own] if self.currency == LIST_CURRENCY else []
        found = [model for model in (*own, *listed) if _has_words(model, words)]
        return sorted(found, key=lambda model: (model.listed, not _begins_with(model, text)))[:most]


def list_version() -> str:
    """The public list, with its version: what a result says about where its prices come from."""
    return f"{LIST_PACKAGE} {version(LIST_PACKAGE)}"


def _own_model(code: str, prices: ModelPrices) -> Model:
    own = Prices(
        prices.input,
        prices.output,
        prices.input if prices.cache_read is None else prices.cache_read,
        prices.input if prices.cache_write is None else prices.cache_write,
    )
    provider, _, name = code.rpartition("/")
    return Model(code, provider, name, (PriceTerm(own),), listed=False)


def _has_words(model: Model, words: list[str]) -> bool:
    names = f"{model.code} {model.provider} {model.name}".lower()
    return all(word in names for word in words)


def _begins_with(model: Model, text: str) -> bool:
    start = text.lower().strip()
    return any(name.lower().startswith(start) for name in (model.code.partition("/")[2], model.name, model.code))


# The public list. It is read where it is first needed: most catalogs have no use for it.


@cache
def _providers() -> tuple[Provider, ...]:
    """Those who make the models before those who sell them on, each in the list's order.

    The list knows a maker by the names of its models (`model_match`).
    """
    from genai_prices.data import providers  # noqa: PLC0415

    return tuple(sorted(providers, key=lambda provider: provider.model_match is None))


@cache
def _all_listed() -> tuple[Model, ...]:
    found = (_listed_model(provider, model) for provider in _providers() for model in provider.models)
    return tuple(model for model in found if model is not None)


@cache
def _titles() -> Mapping[TitleKey, tuple[Model, ...]]:
    """The listed models by the keys of their codes, else of their titles; of a key its maker's own models, where it has any."""
    by_code: dict[TitleKey, list[Model]] = {}
    by_title: dict[TitleKey, list[Model]] = {}
    for model in _all_listed():
        by_code.setdefault(title_key(model.code.partition("/")[2]), []).append(model)
        by_title.setdefault(title_key(model.name), []).append(model)
    return {key: _of_makers(tuple(models)) for key, models in (by_title | by_code).items()}


def _of_makers(models: tuple[Model, ...]) -> tuple[Model, ...]:
    makers = {provider.id: provider.model_match for provider in _providers() if provider.model_match is not None}
    split = [(model, *model.code.partition("/")[::2]) for model in models]
    own = tuple(model for model, provider, name in split if provider in makers and makers[provider].is_match(name))
    return own or models


def _listed_by_title(key: TitleKey) -> Model | None:
    """The listed model with this title; None where several that cost differently have it."""
    models = _titles().get(key, ())
    return models[0] if len({model.terms for model in models}) == 1 else None


@lru_cache(FOUND_KEPT)
def _listed_by_provider(text: str) -> Model | None:
    """`provider/model` where the list has that provider, and knows the model as one of its own or as one that it sells on."""
    from genai_prices.data_snapshot import find_provider_by_id  # noqa: PLC0415

    provider_name, slash, name = text.partition("/")
    provider = find_provider_by_id(list(_providers()), provider_name) if slash else None
    if provider is None:
        return None
    model = provider.find_model(name, all_providers=list(_providers()))
    return None if model is None else _listed_model(provider, model)


@lru_cache(FOUND_KEPT)
def _listed_alone(name: str) -> Model | None:
    """A model by its own name: whoever the list takes for its maker first, then every provider in turn."""
    by_maker = (maker for maker in _providers() if maker.model_match is not None and maker.model_match.is_match(name))
    for provider in (*by_maker, *_providers()):
        model = provider.find_model(name)
        found = None if model is None else _listed_model(provider, model)
        if found is not None:
            return found
    return None


def _listed_model(provider: Provider, model: ModelInfo) -> Model | None:
    """A model of the list; None where it has no price per token."""
    terms = tuple(_terms(model))
    if not terms:
        return None
    return Model(f"{provider.id}/{model.id}", provider.name, model.name or model.id, terms, listed=True)


def _terms(model: ModelInfo) -> Iterator[PriceTerm]:
    """The list's prices in its own order, in which the last that holds counts; the first holds where no other does."""
    priced = model.prices if isinstance(model.prices, list) else None
    whole = [(None, model.prices)] if priced is None else [(each.constraint, each.prices) for each in priced]
    per_token = [(constraint, vars(prices)) for constraint, prices in whole if _has_token_price(model.id, vars(prices))]
    for place, (constraint, prices) in enumerate(per_token):
        since, hours = (None, None) if place == 0 else _when(constraint)
        for above in (-1, *_tier_starts(prices)):
            yield PriceTerm(_prices_above(prices, above), since, above, hours)


def _has_token_price(code: str, prices: Mapping[str, Any]) -> bool:
    """A free variant of a model has no price in the list, and costs nothing."""
    priced = any(prices.get(key) is not None for key in ("input_mtok", "output_mtok"))
    return priced or (code.endswith(":free") and not any(price is not None for price in prices.values()))


def _when(constraint: Any) -> tuple[date | None, tuple[time, time] | None]:
    """From which day, and at which hours (UTC), a price of the list holds."""
    if constraint is None:
        return None, None
    if hasattr(constraint, "start_date"):
        return constraint.start_date, None
    return None, (_utc(constraint.start_time), _utc(constraint.end_time))


def _utc(moment: time) -> time:
    if moment.tzinfo is None:
        return moment
    return datetime.combine(date(1970, 1, 2), moment).astimezone(UTC).time()


def _tier_starts(prices: Mapping[str, Any]) -> list[int]:
    tiered = (prices.get(key) for key in ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok"))
    return sorted({tier.start for price in tiered for tier in getattr(price, "tiers", ())})


def _prices_above(prices: Mapping[str, Any], above: int) -> Prices:
    """The prices of requests with more input tokens than `above`. Tokens of the cache cost what input does, if not said."""
    fresh, output, read, write = (
        _price_above(prices.get(key), above) for key in ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok")
    )
    fresh = NOTHING if fresh is None else fresh
    return Prices(
        fresh,
        NOTHING if output is None else output,
        fresh if read is None else read,
        fresh if write is None else write,
    )


def _price_above(price: Any, above: int) -> Decimal | None:
    """Half up to the decimals that a price can have (billing-rules 1.1): a few of the list carry noise beyond them."""
    if price is None:
        return None
    reached = [tier.price for tier in getattr(price, "tiers", ()) if tier.start <= above]
    exact = reached[-1] if reached else getattr(price, "base", price)
    return decimal_of(half_up(*(exact * NANOS).as_integer_ratio()), NANO_DECIMALS)
