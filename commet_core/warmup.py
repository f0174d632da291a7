"""Compiles the kernels, or loads them from disk, before somebody waits for them; on the command line those of rare terms and the modules too."""

from __future__ import annotations

import compileall
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from pyarrow.parquet import write_table

from commet_core.catalog.plans import Catalog
from commet_core.decide.difference_tables import decision_tables
from commet_core.decide.forecast import forecast
from commet_core.decide.forecast.ground import CUSTOMERS_MIN, PATHS_MIN
from commet_core.engine.candidate import ledger
from commet_core.engine.outcome import Outcome
from commet_core.engine.replay import replay
from commet_core.foundation.parallel import worker_count
from commet_core.foundation.temporary import temporary_folder
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import Ingested, read
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

_CATALOG = {
    "features": {"call": {}, "chat": {}},
    "plans": {
        "metered": {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"call": {"included": 1}}},
        "credits": {"consumption_model": "credits", "prices": {"monthly": 1}, "features": {"call": {"credits_per_unit": 1}}},
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": 1},
            "features": {"call": {"unit_price": 1}, "chat": {"pricing": "ai_model"}},
        },
    },
    "models": {"own/model": {"input": 1, "output": 1}},
    "credit_packs": {"pack": {"credits": 1, "price": 1}},
}


def warm() -> None:
    """Replays an event, and a request to an AI model, under every model and reads a file with rejects.

    Afterwards each kernel is compiled, and kept on disk for the next start.
    """
    scenario = Scenario.model_validate(
        {
            "catalog": Catalog.model_validate(_CATALOG),
            "candidates": [
                {"name": "metered", "plan": "metered"},
                {"name": "credits", "plan": "credits", "purchases": {"pack": "pack"}},
                {"name": "balance", "plan": "balance"},
            ],
        }
    )
    day, tokens = datetime(2026, 1, 1, tzinfo=UTC), [None, EventTokens("own/model", 1, 1)]
    usage = Usage.from_events(["a", "a"], [day, day], ["call", "chat"], [Decimal(2), Decimal(1)], tokens)
    replayed = replay(scenario, usage)
    for run in replayed.runs:
        ledger(scenario, run, 0)
    replayed.table("alerts")
    _warm_forecast()
    with temporary_folder() as folder:
        path, typed = folder / "usage.csv", folder / "usage.parquet"
        path.write_text("customer_id,timestamp,feature,value\na,2026-01-01,call,1\na,2026-01-01,call,none\na,b\n", "utf-8")
        read([path])
        columns = {"customer_id": ["a"] * 20, "timestamp": [day] * 20, "feature": ["call"] * 20, "value": [1] * 20}
        write_table(pa.table(columns), typed)
        read([typed])


def _warm_forecast() -> None:
    """Forecasts a month for the fewest customers that one is possible from, with a record: its kernels, too."""
    starts = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 5)]
    days = [start + timedelta(days=day) for start in starts for day in range(28)]
    names = [f"c{number:02d}" for number in range(CUSTOMERS_MIN) for _ in days]
    usage = Usage.from_events(names, days * CUSTOMERS_MIN, ["call"] * len(names), [Decimal(1)] * len(names))
    candidate = {"name": "credits", "plan": "credits", "purchases": {"pack": "pack"}}
    scenario = Scenario.model_validate({"catalog": Catalog.model_validate(_CATALOG), "candidates": [candidate]})
    forecast(scenario, usage, 1, paths=PATHS_MIN)


_RARE_TERMS = yaml.safe_load("""
features: {call: {unit_cost: 0.1}, chat: {}, text: {}, seat: {type: seats}, project: {type: quota}}
plans:
  metered:
    consumption_model: metered
    prices: {monthly: 9}
    features:
      call: {included: 1, overage: {tiers_mode: graduated, tiers: [{up_to: 3, unit_price: 0.5, flat_amount: 2}, {unit_price: 0.4}]}}
      chat: {overage: {tiers_mode: volume, tiers: [{up_to: 3, unit_price: 0.5}, {unit_price: 0.4}]}}
      seat: {included: 1, overage: {unit_price: 12}}
      project: {included: 1, overage: {tiers_mode: volume, tiers: [{up_to: 2, unit_price: 4}, {unit_price: 3}]}}
    minimum_commitment: {amount: 90, per: interval}
  large: {consumption_model: metered, prices: {monthly: 20}, minimum_commitment: {amount: 900, per: term, term_months: 2}, features: {call: {included: 3}, chat: {unlimited: true}}}
  credits:
    consumption_model: credits
    prices: {monthly: 9}
    included_credits: 3
    rollover: {max_periods: 1, max_amount: 2}
    features: {call: {credits_per_unit: 1}, chat: {credits_per_unit: 2}}
  balance:
    consumption_model: balance
    prices: {monthly: 9}
    included_balance: 3
    block_on_exhaustion: true
    rollover: {max_amount: 1}
    features: {call: {unit_price: 1}, chat: {unit_price: 2}}
plan_groups: {all: [metered, large]}
credit_packs: {pack: {credits: 5, price: 1}}
addons: {text: {feature: text, consumption_model: metered, base_price: 5, included: 1, overage: {unit_price: 0.4}}}
offers: {offer: {phases: [{type: free_trial, duration_days: 7}, {type: percentage, percentage: 50, duration_cycles: 1}]}}
""")
_RARE_CANDIDATES = [
    {"name": "metered", "plan": "metered", "offer": "offer", "addons": ["text"]},
    {"name": "credits", "plan": "credits", "purchases": {"pack": "smallest_sufficient", "max_packs_per_period": 2}},
    {"name": "balance", "plan": "balance", "top_up": {"amount": 2, "max_per_period": 1}},
    {"name": "cheapest", "group": "all", "blocked_share_max": "0.35"},
    {"name": "upgrade", "group": "all", "choose": "upgrade", "upgrade_after_periods": 1},
]
_SUBSCRIPTIONS = [
    {"customer_id": "a", "at": "2026-01-01", "action": "start"},
    {"customer_id": "a", "at": "2026-02-10", "action": "pause"},
    {"customer_id": "a", "at": "2026-03-01", "action": "resume"},
    {"customer_id": "a", "at": "2026-03-20", "action": "cancel", "when": "now"},
]
_LEVELS = [{"customer_id": "a", "at": "2026-01-15", "feature": feature, "set": 5} for feature in ("seat", "project")]


def _rare_scenarios() -> list[Scenario]:
    """What few plans have: terms that ask for the order of events, then versions, which those do not go together with."""
    capped, versioned = deepcopy(_RARE_TERMS), deepcopy(_RARE_TERMS)
    for code in ("metered", "credits", "balance"):
        capped["plans"][code]["spend_cap"] = {"amount": 4, "beyond": "block"}
    capped["credit_packs"]["pack"]["expires_after_days"] = 20
    versioned["plans"]["metered"]["versions"] = [
        {"from": "2026-02-15", "prices": {"monthly": 10}, "features": {"call": {"included": 2}}}
    ]
    versioned["plans"]["credits"]["versions"] = [{"from": "2026-02-15", "included_credits": 4}]
    versioned["plans"]["balance"]["versions"] = [{"from": "2026-02-15", "included_balance": 4}]
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (capped, {"corrections": "net", "subscriptions": _SUBSCRIPTIONS}),
        (capped, {"corrections": "reject"}),
        (versioned, {"subscriptions": _SUBSCRIPTIONS}),
    ]
    window = {"start": "2026-01-01", "end": "2026-05-01"}
    documents = [{"catalog": Catalog.model_validate(terms), "window": window, **more} for terms, more in cases]
    return [Scenario.model_validate({"candidates": _RARE_CANDIDATES, "levels": _LEVELS} | each) for each in documents]


def _rare_usage() -> Ingested:
    """Of two customers, with corrections: as a file, so that it has a report, too."""
    with temporary_folder() as folder:
        path = folder / "usage.csv"
        lines = [
            f"{customer},2026-{month:02d}-{day:02d},{feature},{value}"
            for customer in "ab"
            for month in range(1, 5)
            for day, feature, value in ((5, "call", 2), (12, "chat", 3), (19, "text", 1), (26, "call", -1))
        ]
        path.write_text("\n".join(["customer_id,timestamp,feature,value", *lines]), "utf-8")
        return read([path])


def _tell_all(scenario: Scenario, ingested: Ingested) -> None:
    replayed = replay(scenario, ingested.usage)
    for run in replayed.runs:
        ledger(scenario, run, 0)
    for name in replayed.table_names:
        replayed.table(name)
    decision_tables(Outcome.of(replayed, ingested.report))


def keep_modules() -> None:
    """Keeps every module of the product as bytecode, also where Python is told not to (PYTHONDONTWRITEBYTECODE): it starts faster."""
    compileall.compile_dir(Path(__file__).parent, quiet=2)


def _warm_all(*, backwards: bool) -> None:
    """All kernels. Of two processes of which one goes backwards each finds on disk what the other has compiled by then."""
    ingested = _rare_usage()
    rare = [partial(_tell_all, scenario, ingested) for scenario in _rare_scenarios()]
    steps: list[Callable[[], None]] = [warm, *rare]
    for step in reversed(steps) if backwards else steps:
        step()


if __name__ == "__main__":
    keep_modules()
    beside = get_context("spawn").Process(target=_warm_all, kwargs={"backwards": True}, daemon=True)
    if worker_count() > 1:
        beside.start()
    _warm_all(backwards=False)
