"""What the rules beyond a plain plan cost: the same usage on a plan with one of them, in times of the plan without.

    python -m benchmarks.rules_speed [--events 1000000] [--rounds 7] [--only tiers cap]

One process: the usage is read once, and in every round each row and the plain plan of its model are replayed in turn, to the
invoices and the laws, then to every column of every table. CPU seconds of all threads, the median of the rounds' ratios; other work on
the machine shows in them least.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

from benchmarks.speed import at_most
from benchmarks.tasks import MONTHS, STORE, write_inputs
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import tables_of
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.store import open_store
from commet_core.usage.usage import Usage
from commet_core.warmup import warm

PRESET: Final = "sample_ai_images"
PLANS: Final = {"Metered": "metered_pro", "Credits": "credits_pro", "Balance": "balance_pro"}
FIRST_DAY: Final = date(2026, 1, 1)
SEATS: Final = "editors"
SEATS_EVERY: Final = 10
"""One customer in so many changes how many seats it has."""

Document = dict[str, Any]
Change = Callable[[Document, str], None]
"""Of a scenario's document and the code of the plan that it compares: writes a rule into it."""

GOALS: Final = {"tiers": 1.3, "rollover": 1.3}
"""By the first word of a row: in how many times of the plain plan it should be done."""


def _of_plan(**terms: Any) -> Change:
    return lambda document, plan: document["catalog"]["plans"][plan].update(deepcopy(terms))


def _of_overage(overage: Mapping[str, Any]) -> Change:
    def change(document: Document, plan: str) -> None:
        for terms in document["catalog"]["plans"][plan]["features"].values():
            terms["overage"] = dict(overage)

    return change


def _of_packs(days: int) -> Change:
    def change(document: Document, _: str) -> None:
        for pack in document["catalog"]["credit_packs"].values():
            pack["expires_after_days"] = days

    return change


def _with_seats(document: Document, plan: str) -> None:
    catalog = document["catalog"]
    catalog["features"][SEATS] = {"name": "Editors", "unit": "seat", "type": "seats"}
    catalog["plans"][plan]["features"][SEATS] = {"included": 3, "overage": {"unit_price": {"monthly": 12, "yearly": 120}}}
    document["levels"] = [
        {"customer_id": customer, "at": FIRST_DAY + timedelta(days=45 * rise), "feature": SEATS, "set": 3 + 2 * rise}
        for customer in document.pop("customers")[::SEATS_EVERY]
        for rise in range(3)
    ]


GRADUATED: Final = {
    "tiers_mode": "graduated",
    "tiers": [
        {"up_to": 100, "unit_price": "0.1", "flat_amount": 5},
        {"up_to": 500, "unit_price": "0.08"},
        {"unit_price": "0.05"},
    ],
}
BLOCK: Final = {"amount": 40, "beyond": "block"}
FREE: Final = {"amount": 40, "beyond": "free"}
FAR: Final = {"amount": 100_000, "beyond": "block"}
DEAR: Final = {"from": FIRST_DAY + timedelta(days=100), "prices": {"monthly": 25, "yearly": 250}}
COMMITMENT: Final = {"amount": 30, "per": "interval"}

ROWS: Final[Mapping[str, tuple[str, Change]]] = {
    "tiers, graduated": ("Metered", _of_overage(GRADUATED)),
    "tiers, by volume": ("Metered", _of_overage({**GRADUATED, "tiers_mode": "volume"})),
    "tiers, packages": ("Metered", _of_overage({"package_size": 50, "package_price": 4})),
    "rollover, credits": ("Credits", _of_plan(rollover={"max_periods": 2, "max_amount": 1000})),
    "rollover, balance": ("Balance", _of_plan(rollover={"max_periods": 2, "max_amount": 20})),
    "packs that expire": ("Credits", _of_packs(30)),
    "cap, metered, refused beyond": ("Metered", _of_plan(spend_cap=BLOCK)),
    "cap, metered, free beyond": ("Metered", _of_plan(spend_cap=FREE)),
    "cap, metered, in tiers": ("Metered", lambda *to: (_of_overage(GRADUATED)(*to), _of_plan(spend_cap=BLOCK)(*to))[1]),
    "cap, metered, nobody reaches it": ("Metered", _of_plan(spend_cap=FAR)),
    "cap, credits, refused beyond": ("Credits", _of_plan(spend_cap=BLOCK)),
    "cap, credits, free beyond": ("Credits", _of_plan(spend_cap=FREE)),
    "cap, balance, refused beyond": ("Balance", _of_plan(spend_cap=BLOCK)),
    "cap, balance, free beyond": ("Balance", _of_plan(spend_cap=FREE)),
    "cap, balance, nobody reaches it": ("Balance", _of_plan(spend_cap=FAR)),
    "commitment, metered": ("Metered", _of_plan(minimum_commitment=COMMITMENT)),
    "commitment, credits": ("Credits", _of_plan(minimum_commitment=COMMITMENT)),
    "commitment, balance": ("Balance", _of_plan(minimum_commitment=COMMITMENT)),
    "version, metered": ("Metered", _of_plan(versions=[DEAR])),
    "version, credits": ("Credits", _of_plan(versions=[DEAR])),
    "seats, metered": ("Metered", _with_seats),
}
"""A rule, and the model that has it."""


def scenario_of(model: str, customers: Sequence[str], change: Change | None) -> Scenario:
    """A preset's plan of a model, with a rule more or without."""
    preset = catalog_presets()[PRESET]
    candidate = next(candidate for candidate in preset.candidates if candidate["name"] == model)
    document: Document = {"catalog": preset.catalog.document(), "candidates": [dict(candidate)], "customers": customers}
    if change is not None:
        change(document, PLANS[model])
    document.pop("customers", None)
    return Scenario.model_validate(document)


def timed(scenario: Scenario, usage: Usage) -> tuple[float, float]:
    """CPU seconds of a replay, and of it with all of its tables."""
    began = process_time()
    replayed = replay(scenario, usage)
    done = process_time()
    _tables(replayed)
    return done - began, process_time() - began


def _tables(replayed: Replay) -> int:
    """Builds every table, one after the other; how many rows they have."""
    return sum(table(run).num_rows for table in tables_of(replayed.scenario.rules).values() for run in replayed.runs)


def measure(names: Sequence[str], usage: Usage, rounds: int) -> None:
    """Prints a row for each of these rules."""
    customers = usage.customers.to_pylist()
    pairs = {}
    for name in names:
        model, change = ROWS[name]
        pairs[name] = scenario_of(model, customers, None), scenario_of(model, customers, change)
    for pair in pairs.values():
        for scenario in pair:
            timed(scenario, usage)
    taken: dict[str, list[tuple[tuple[float, float], tuple[float, float]]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, (plain, ruled) in pairs.items():
            taken[name].append((timed(plain, usage), timed(ruled, usage)))
    print(f"{'CPU milliseconds and times, medians':36}{'plain':>10}{'with it':>10}{'times':>8}   with tables:{'times':>6}")
    ratios = {}
    for name, found in taken.items():
        before, after = (median(run[side][0] for run in found) * 1000 for side in (0, 1))
        times, whole = (median(run[1][part] / run[0][part] for run in found) for part in (0, 1))
        ratios[name] = times
        print(f"{name:36}{before:10.1f}{after:10.1f}{times:8.2f}{whole:22.2f}")
    for name in names:
        goal = GOALS.get(name.split(",")[0])
        if goal is not None:
            print(at_most(f"{name}, times the plain plan", goal, ratios[name]))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules_speed")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows that begin with one of these words")
    chosen = parser.parse_args(arguments)
    names = [name for name in ROWS if chosen.only is None or name.startswith(tuple(chosen.only))]
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        print(f"{write_inputs(Path(folder), chosen.events):,} events, {MONTHS} months")
        warm()
        measure(names, open_store(Path(folder) / STORE).usage, chosen.rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
