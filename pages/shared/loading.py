"""Usage and replays for the pages: computed once per content, shared by visitors, with progress where it takes a while."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import streamlit as st

from commet_core.catalog.request_prices import RequestPrices
from commet_core.engine.one_market import NO_MARKET, one_market
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.levels.files import read_level_rows
from commet_core.scenario.markets import as_told, in_several, market_name, markets_to_ask, of_one_currency
from commet_core.scenario.priced_requests import prices_in_play
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.files import read_rows
from commet_core.usage.ingest import Ingested, UnusableFiles, read
from commet_core.usage.store import open_store
from commet_core.usage.synthetic import expected_events, generate
from commet_core.usage.synthetic.described import describe
from commet_core.usage.usage import Usage
from pages.shared import leaving, limits, spool
from pages.shared.kept import by_content, kept, text_of, visit
from pages.shared.sources import OpenedSource, open_source
from pages.shared.study import BroughtSource, Described, Generated, KeptUsage, Queried, ServerFiles, Study, UsageSource
from pages.shared.study import current as current_study
from pages.shared.uploads import UploadedFile
from pages.shared.work import Work, awaited, visitor, works

GENERATED_EVENTS_MAX: Final = 10_000_000
QUICK_EVENTS_MAX: Final = 500_000
"""As many are generated in a second or two, and wait for nobody's larger work."""

T = TypeVar("T")


def usage_of(study: Study) -> Usage:
    """The usage of a study. Raises InputError where it cannot be read."""
    return usage_from(study.source)


def usage_from(source: UsageSource) -> Usage:
    """The usage of a source. Raises InputError where it cannot be read, `work.Held` where it waits for the visitor."""
    if isinstance(source, Generated):
        return _generated(source)
    if isinstance(source, Described):
        return _described(source)
    return ingested(source).usage


def ingested(source: BroughtSource) -> Ingested:
    """What was read from files or the database, with what was rejected.

    Where the visitor's plans price requests by their tokens, rows with a model that has no price are among the rejects.
    """
    opened, what = open_source(source), f"Reading {source_name(source)}"
    if (store := opened.store) is not None:
        return _computed(f"open {opened.content}", lambda _tell: open_store(store), what, mapped=True)
    prices = _request_prices(current_study())
    content = f"read {opened.content} {text_of(source)} {_prices_content(prices)}"
    who = visitor()

    def make(tell: Progress) -> Ingested:
        if not isinstance(source, Queried):
            return _read(opened, source, prices, tell)
        limits.QUERIES.spend(who, 1)
        with limits.QUERIES_AT_ONCE.entered(tell):
            return _read(opened, source, prices, tell)

    return _computed(content, make, what, heavy=True)


def _request_prices(study: Study) -> RequestPrices | None:
    """Those of the study's candidates, and of what its actions bring."""
    return prices_in_play(study.catalog, study.candidates, study.actions)


def _prices_content(prices: RequestPrices | None) -> str:
    """A text that is the same for the same prices alone."""
    if prices is None:
        return ""
    models = {code: own.model_dump(mode="json") for code, own in prices.catalog.models.items()}
    return json.dumps([sorted(prices.features), prices.catalog.currency, models])


def _read(opened: OpenedSource, source: BroughtSource, prices: RequestPrices | None, tell: Progress) -> Ingested:
    found = read(opened.inputs(tell), mapping=source.mapping, progress=tell, prices=prices)
    found.usage.digest  # noqa: B018  (computed here, for it takes a while and everything on the page asks for it)
    return found


def all_rejects(source: BroughtSource) -> Path:
    """A Parquet file with every rejected row of a source, which is read once more for it."""
    opened = open_source(source)
    prices = _request_prices(current_study())
    content = f"rejects {opened.content} {text_of(source)} {_prices_content(prices)}"
    path = spool.place(f"rejects-{hashlib.sha256(content.encode()).hexdigest()}.parquet")

    def task(tell: Progress) -> Path:
        with spool.whole(path) as unfinished:
            with suppress(UnusableFiles):
                read(opened.inputs(tell), mapping=source.mapping, progress=tell, rejects_to=unfinished, prices=prices)
            tell(1.0, "Done")
        return path

    return path if path.exists() else awaited(content, task, "Listing the rejected rows", heavy=True)


def source_name(source: UsageSource) -> str:
    """What a source is called in a sentence."""
    if isinstance(source, Generated | Described):
        return "generated usage" if isinstance(source, Generated) else "usage from your answers"
    if isinstance(source, Queried):
        return "the database"
    if isinstance(source, KeptUsage):
        return source.name
    first, *others = source.names if isinstance(source, ServerFiles) else [file.name for file in source.files]
    return f"{first} and {len(others):,} more" if others else first


@by_content("Working out how many events there would be")
def events_expected(source: Generated) -> int:
    """About how many events would come out."""
    return expected_events(source.preset, source.customers, source.months, source.seed)


def _generated(source: Generated) -> Usage:
    expected, who = events_expected(source), visitor()
    if expected > GENERATED_EVENTS_MAX:
        what = f"{source.customers:,} customers would have about {expected:,} events in {source.months} months"
        fix = f"Ask for fewer customers or months: up to {GENERATED_EVENTS_MAX:,} events are generated here"
        raise InputError.of("generated usage", what, fix)

    def make(tell: Progress) -> Usage:
        limits.EVENTS.spend(who, expected)
        table = generate(source.preset, source.customers, source.months, source.seed, progress=tell)
        tell(1.0, "Grouping by customer")
        return Usage.from_table(table)

    return _computed(f"generate {text_of(source)}", make, "Generating usage", heavy=expected > QUICK_EVENTS_MAX)


def _described(source: Described) -> Usage:
    expected, who = source.description.rows_max, visitor()

    def make(tell: Progress) -> Usage:
        limits.EVENTS.spend(who, expected)
        return Usage.from_table(describe(source.description, tell))

    content = f"describe {text_of(source.description)}"
    return _computed(content, make, "Making the usage you described", heavy=expected > QUICK_EVENTS_MAX)


def replay_of(study: Study, *, several: bool = False) -> Replay:
    """The study's replay, of the market that it is about. several: whether it may be of several, in the reporting currency.

    Raises InputError where the study is not a valid scenario, is of several markets, or the usage cannot be read.
    """
    scenario, usage, content = _ground(study, several)
    return _computed(f"replay {usage.digest} {content}", lambda tell: replay(scenario, usage, tell), "Replaying the usage")


def scenario_of(study: Study) -> Scenario:
    """The study's scenario, of the market that it is about, with the rows of its subscriptions file.

    Raises InputError where either cannot be used, or customers are in several markets and the study is about none of them.
    """
    return ground_of(study)[0] if market_of(study) else _of_one(study, several=False)[0]


def ground_of(study: Study) -> tuple[Scenario, Usage]:
    """`scenario_of`, and the usage of its customers. Raises InputError as that and `usage_of` do."""
    scenario, usage, _ = _ground(study, several=False)
    return scenario, usage


def market_of(study: Study) -> str:
    """The market that the study is about; "" where that is all, or there are not several."""
    return study.market if study.market in markets_of(study) else ""


def markets_of(study: Study) -> dict[str, str]:
    """The markets of which one can be asked, as the study names them → as people do; none where there are not several.

    Raises InputError where the study is not a valid scenario.
    """
    return _markets(study) if study.catalog.markets else {}


@by_content()
def _markets(study: Study) -> dict[str, str]:
    scenario = whole_scenario_of(study)
    if not in_several(scenario):
        return {}
    return {code or NO_MARKET: market_name(scenario.catalog, code) for code in markets_to_ask(scenario)}


def subscription_rows(file: UploadedFile) -> tuple[SubscriptionRow, ...]:
    """The rows of a subscriptions file. Raises InputError where it is no longer there or cannot be read."""
    spool.path_of(file)
    return _rows(file)


@by_content("Reading the subscriptions")
def _rows(file: UploadedFile) -> tuple[SubscriptionRow, ...]:
    return read_rows(spool.path_of(file))


def level_rows(file: UploadedFile) -> tuple[LevelRow, ...]:
    """The rows of a levels file. Raises InputError where it is no longer there or cannot be read."""
    spool.path_of(file)
    return _level_rows(file)


@by_content("Reading what was held")
def _level_rows(file: UploadedFile) -> tuple[LevelRow, ...]:
    return read_level_rows(spool.path_of(file))


@by_content()
def whole_scenario_of(study: Study) -> Scenario:
    """The study's scenario with all of its markets. Raises InputError where it is no valid one."""
    rows = () if study.subscriptions is None else subscription_rows(study.subscriptions)
    return study.scenario(rows, () if study.levels is None else level_rows(study.levels))


def _ground(study: Study, several: bool) -> tuple[Scenario, Usage, str]:
    usage = usage_of(study)
    if market_of(study):
        return _of_market(study, usage)
    scenario, content = _of_one(study, several=several)
    return scenario, usage, content


@by_content()
def _of_one(study: Study, *, several: bool) -> tuple[Scenario, str]:
    """The scenario of all customers, with its content; many rows take a while to check and to write."""
    whole = whole_scenario_of(study)
    return _with_content(as_told(whole) if several else of_one_currency(whole))


@by_content("Taking the customers of one market")
def _of_market(study: Study, usage: Usage) -> tuple[Scenario, Usage, str]:
    scenario, own = one_market(whole_scenario_of(study), usage, study.market)
    return scenario, own, _with_content(scenario)[1]


def _with_content(scenario: Scenario) -> tuple[Scenario, str]:
    """A scenario, and a text that is the same for the same scenario alone."""
    return scenario, hashlib.sha256(text_of(scenario).encode()).hexdigest()


def current_replay(*, several: bool = False) -> Replay:
    """The replay of the visitor's study. Otherwise as `replay_of`."""
    return replay_of(current_study(), several=several)


def content_of(study: Study) -> str:
    """A text that is the same for the same scenario on the same usage alone. Raises InputError as `replay_of`."""
    _, usage, content = _ground(study, several=True)
    return f"{usage.digest} {content}"


def computed(content: str, compute: Callable[[Progress], T], what: str, *, heavy: bool = False) -> T:
    """What follows from the content that is named: kept from earlier, or computed while the page shows how far it is."""
    return _computed(content, compute, what, heavy=heavy)


def computed_beside(content: str, compute: Callable[[Progress], T], *, heavy: bool = True) -> T | Work:
    """The same without waiting: what is kept, or the work that goes on, which the page asks for again. Raises what that raised."""
    key = hashlib.sha256(content.encode()).hexdigest()

    def task(tell: Progress) -> T:
        value = compute(tell)
        tell(1.0, "Done")
        kept().put(key, value)
        return value

    value: T | None = kept().get(key, visit())
    if value is not None:
        return value
    work = works().wanted_by(visitor(), key, task, heavy=heavy, beside=True)
    if work.done.is_set():
        result: T = work.result()
        return result
    return work


def leave_beside(content: str) -> None:
    """Work beside the page that the visitor does not want any more: it ends, where nobody else does."""
    works().leave(visitor(), hashlib.sha256(content.encode()).hexdigest())


def _computed(content: str, compute: Callable[[Progress], T], what: str, *, mapped: bool = False, heavy: bool = False) -> T:
    """What follows from the content that is named: kept from earlier, or computed while the page shows how far it is.

    mapped: it lies on disk, and takes no memory. heavy: as `awaited` takes it.
    """
    key = hashlib.sha256(content.encode()).hexdigest()

    def task(tell: Progress) -> T:
        value: T | None = kept().get(key)  # another visitor's page may just have computed it
        if value is None:
            value = compute(tell)
            tell(1.0, "Done")  # where nobody wants it any more, this ends it before it is kept
            kept().put(key, value, mapped=value if mapped else None)
        return value

    value: T | None = kept().get(key, visit())
    if value is None:
        value = awaited(key, task, what, heavy=heavy)
        kept().get(key, visit())
    return value


@st.cache_resource(show_spinner=False)
def warm_up() -> threading.Thread:
    """Compiles, or loads from disk, the replay's kernels in the background, once per server; and sees to its end."""
    leaving.watch()
    from commet_core.warmup import warm  # noqa: PLC0415  (only the dashboard's first visitor needs it)

    thread = threading.Thread(target=warm, name="warm-up", daemon=True)
    thread.start()
    return thread
