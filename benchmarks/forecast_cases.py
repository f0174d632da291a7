"""Cases for the forecast whose future is known: generated usage of every preset, and usage bent until it is hard.

A case is a usage over its history and six months more; the forecast sees the history alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commet_core.decide.forecast.steps import Unit, steps_between
from commet_core.foundation.calendar import DAY
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import PRESETS, generate
from commet_core.usage.usage import Usage

START: Final = date(2026, 1, 1)
AHEAD: Final = 6
CUSTOMERS: Final = 100
HISTORIES: Final = (3, 4, 6, 9, 12)
SERVEGEN_DAYS: Final = (8, 10, 11)
STRETCHED_MONTHS: Final = (5, 7, 9, 11)


@dataclass(frozen=True, eq=False)
class Case:
    """scenario: its window holds the history and what came. history: steps of it; ahead: steps that came."""

    name: str
    usage: Usage
    scenario: Scenario
    history: int
    ahead: int
    unit: Unit = "month"


def generated(presets: Sequence[str], seeds: Sequence[int], histories: Sequence[int], customers: int) -> Iterator[Case]:
    """Every preset, seed and length of history, on the preset's own line-up of the three models."""
    for preset in presets:
        for seed in seeds:
            for history in histories:
                table = generate(preset, customers, history + AHEAD, seed, START)
                yield _case(f"{preset} {history} months", preset, Usage.from_table(table), history)


def hard(seeds: Sequence[int], customers: int) -> Iterator[Case]:
    """Usage bent in ways that forecasts miss; nine months of history."""
    for seed in seeds:
        for name, bend in BENDS.items():
            table = generate("ai_images", customers, 9 + AHEAD, seed, START)
            yield _case(name, "ai_images", Usage.from_table(bend(table, seed)), 9)


def servegen(path: Path) -> Iterator[Case]:
    """Two weeks of real requests to a language model, days as steps and weekly plans."""
    table = pq.read_table(path)
    table = table.set_column(3, "value", pc.multiply(table["value"], 1_000_000))
    table = table.set_column(1, "timestamp", table["timestamp"].cast(pa.timestamp("us", tz="UTC")))
    usage = Usage.from_table(table)
    window = {"start": "2026-03-02", "end": "2026-03-16"}
    scenario = Scenario.model_validate({"catalog": _SERVEGEN, "rows": "aggregate", "window": window, "candidates": _SOLD})
    for history in SERVEGEN_DAYS:
        yield Case(f"servegen {history} days", usage, scenario, history, 14 - history, "day")


def stretched(path: Path) -> Iterator[Case]:
    """The same requests with each day as long as a month, and monthly plans: fourteen months of real customers."""
    table = pq.read_table(path)
    micros = table["timestamp"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    days, within = np.divmod(micros - micros.min() // DAY * DAY, DAY)
    steps = steps_between(START, date(START.year + 9, 1, 1), "month")
    edges = steps.edges_of(steps.first, steps.first + 15)
    times = edges[days] + (within * ((edges[days + 1] - edges[days]) / DAY)).astype(np.int64)
    columns = {
        "customer_id": table["customer_id"],
        "timestamp": pa.array(times).cast(pa.timestamp("us", tz="UTC")),
        "feature": table["feature"],
        "value": pc.multiply(table["value"], 1_000_000),
    }
    usage = Usage.from_table(pa.table(columns))
    window = {"start": START, "end": steps.date(steps.first + 14)}
    catalog = _catalog({"monthly": 500})
    scenario = Scenario.model_validate({"catalog": catalog, "rows": "aggregate", "window": window, "candidates": _SOLD})
    for history in STRETCHED_MONTHS:
        yield Case(f"servegen, a month a day, {history}", usage, scenario, history, min(AHEAD, 14 - history))


def _catalog(prices: dict[str, int]) -> dict[str, Any]:
    return {**_SERVEGEN, "plans": {code: {**plan, "prices": prices} for code, plan in _SERVEGEN["plans"].items()}}


_PRICES = {"weekly": 500}
_SERVEGEN: dict[str, Any] = {
    "features": {"llm_request": {}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": _PRICES,
            "features": {"llm_request": {"included": 20_000, "overage": {"unit_price": "0.02"}}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": _PRICES,
            "included_credits": 20_000,
            "features": {"llm_request": {"credits_per_unit": 1}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": _PRICES,
            "included_balance": 500,
            "features": {"llm_request": {"unit_price": "0.02"}},
        },
    },
    "credit_packs": {"pack": {"credits": 10_000, "price": 200}},
}
_SOLD = [
    {"name": "Metered", "plan": "metered"},
    {"name": "Credits", "plan": "credits", "purchases": {"pack": "pack"}},
    {"name": "Balance", "plan": "balance"},
]


def _case(name: str, preset: str, usage: Usage, history: int) -> Case:
    codes = [each.code for each in catalog_presets().values() if each.usage_preset == preset and len(each.models) == 3]
    steps = steps_between(START, date(START.year + 9, 1, 1), "month")
    window = {"start": START, "end": steps.date(steps.first + history + AHEAD)}
    return Case(name, usage, catalog_presets()[codes[0]].scenario(window=window), history, AHEAD)


def _days(table: pa.Table) -> np.ndarray:
    since: np.ndarray = table["timestamp"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy() // DAY
    return since - since.min()


def _times(table: pa.Table, factors: np.ndarray) -> pa.Table:
    """Events as often as the factors say: whole times, and the rest by their order."""
    whole = np.floor(np.cumsum(factors)).astype(np.int64)
    return table.take(pa.array(np.repeat(np.arange(table.num_rows), np.diff(whole, prepend=0))))


def _customers(table: pa.Table) -> np.ndarray:
    codes: np.ndarray = np.asarray(table["customer_id"].combine_chunks().dictionary_encode().indices)
    return codes


def _heavy_tails(table: pa.Table, seed: int) -> pa.Table:
    """Customers' sizes multiplied by Pareto numbers of tail 1.2."""
    sizes = np.random.default_rng(seed).pareto(1.2, 10_000) + 0.3
    return _times(table, np.minimum(sizes[_customers(table)], 40.0))


def _third_of_revenue(table: pa.Table, seed: int) -> pa.Table:
    """The customer with most events makes a third of all."""
    codes = _customers(table)
    counts = np.bincount(codes)
    largest = counts.argmax()
    factor = counts.sum() / 2 / counts[largest]
    return _times(table, np.where(codes == largest, max(1.0, factor), 1.0)) if seed >= 0 else table


def _sudden_growth(table: pa.Table, seed: int) -> pa.Table:
    """Flat for seven months, then twelve per cent more each month."""
    months = np.maximum(0.0, _days(table) / 30.4 - 7)
    return _times(table, 1.12**months) if seed >= 0 else table


def _dying(table: pa.Table, seed: int) -> pa.Table:
    """Usage falls by fifteen per cent a month."""
    return _times(table, 0.85 ** (_days(table) / 30.4)) if seed >= 0 else table


def _arrivals_only(table: pa.Table, seed: int) -> pa.Table:
    """Nobody was there before: those who were begin on a day of their own, all over the time."""
    starts = np.random.default_rng(seed).integers(0, 450, 10_000)
    return table.filter(pa.array(_days(table) >= starts[_customers(table)]))


def _replaced(table: pa.Table, seed: int) -> pa.Table:
    """Images give way to upscaled ones from the fifth month on, within eight months."""
    features = table["feature"].cast(pa.string())
    moved = (_days(table) / 30.4 - 4) / 8 > np.random.default_rng(seed).random(table.num_rows)
    image = np.asarray(pc.equal(features, "image"))
    return table.set_column(
        table.column_names.index("feature"), "feature", pc.if_else(pa.array(moved & image), "upscale", features)
    )


BENDS: Final[dict[str, Callable[[pa.Table, int], pa.Table]]] = {
    "heavy tails": _heavy_tails,
    "a third of revenue": _third_of_revenue,
    "sudden growth": _sudden_growth,
    "a dying product": _dying,
    "arrivals only": _arrivals_only,
    "a feature replaced": _replaced,
}


def cut(case: Case) -> Scenario:
    """The case's scenario as the forecast sees it: its window ends with the history."""
    assert case.scenario.window is not None
    steps = steps_between(case.scenario.window.start, case.scenario.window.end, case.unit)
    window = case.scenario.window.model_copy(update={"end": steps.date(steps.first + case.history)})
    return case.scenario.model_copy(update={"window": window})


def all_presets() -> list[str]:
    """The presets' codes."""
    return list(PRESETS)
