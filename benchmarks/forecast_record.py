"""Do the forecast's ranges hold what they promise? Every case with its truth, one table.

    python -m benchmarks.forecast_record [--seeds 1 2 3] [--customers 100] [--paths 100] [--servegen FILE] [--only generated]

Each row: in how many of the months that came the 80 % range held, and how far the middle was off (WAPE: the sum of what it was off
÷ the sum of what came), beside last month repeated and a straight line, all three models together. The aim, pooled: held 70 to
90 %, and off by no more than the better of the two.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import forecast_cases
from benchmarks.forecast_cases import Case
from commet_core.decide.forecast import Forecast, forecast
from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.ranges import ranges_of
from commet_core.decide.forecast.record import billed_so_far
from commet_core.decide.forecast.steps import steps_between
from commet_core.foundation.money import minor_decimals

METHODS: Final = ("last_month", "line", "ours")


@dataclass(frozen=True)
class Month:
    """A month that came, of one candidate: what was said of it."""

    case: str
    candidate: str
    horizon: int
    held: bool
    actual: float
    middle: float
    methods: dict[str, float]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast_record")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--presets", nargs="+", default=forecast_cases.all_presets())
    parser.add_argument("--histories", type=int, nargs="+", default=forecast_cases.HISTORIES)
    parser.add_argument("--customers", type=int, default=forecast_cases.CUSTOMERS)
    parser.add_argument("--paths", type=int, default=100)
    parser.add_argument("--servegen", type=Path)
    parser.add_argument("--only", choices=["generated", "hard", "servegen"])
    chosen = parser.parse_args(arguments)
    months: list[Month] = []
    for case in _cases(chosen):
        began = time.perf_counter()
        months += _months_of(case, chosen.paths)
        print(f"{case.name}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    _print_table(months)


def _cases(chosen: argparse.Namespace) -> Iterator[Case]:
    if chosen.only in (None, "generated"):
        yield from forecast_cases.generated(chosen.presets, chosen.seeds, chosen.histories, chosen.customers)
    if chosen.only in (None, "hard"):
        yield from forecast_cases.hard(chosen.seeds, chosen.customers)
    if chosen.only in (None, "servegen") and chosen.servegen:
        yield from forecast_cases.stretched(chosen.servegen)
        yield from forecast_cases.servegen(chosen.servegen)


def _months_of(case: Case, paths: int) -> list[Month]:
    made = forecast(forecast_cases.cut(case), case.usage, case.ahead, paths=paths, unit=case.unit)
    window = case.scenario.window
    assert window is not None
    came = billed_so_far(History.of(case.scenario, case.usage, steps_between(window.start, window.end, case.unit)))
    minor = 10 ** minor_decimals(case.scenario.catalog.currency)
    return [
        _month(case, made, place, step, came.billed[place, case.history + step] / minor, minor)
        for place in range(len(made.scenario.candidates))
        for step in range(case.ahead)
    ]


def _month(case: Case, made: Forecast, place: int, step: int, actual: float, minor: int) -> Month:
    name = made.scenario.candidates[place].name
    ranges = [each for each in ranges_of(made) if each.candidate == name and each.measure == "billed"][step]
    methods = {method: float(made.said[place].forecasts[method][step]) / minor for method in METHODS}
    held = ranges.p10 <= actual <= ranges.p90
    return Month(case.name, name, step + 1, held, actual, ranges.p50, methods)


def _print_table(months: Sequence[Month]) -> None:
    groups: dict[str, list[Month]] = defaultdict(list)
    for month in months:
        real = month.case.startswith("servegen")
        generated = month.case.endswith("months")
        pool = "real, by day" if month.case.endswith("days") else "real, all"
        pool = pool if real else ("generated, all" if generated else "hard, all")
        preset, length = month.case.split(" ", 1)
        names = (preset, length) if generated else (month.case,)
        for name in (*names, f"{pool}: {month.candidate}", f"{pool}: horizon {month.horizon}", pool):
            groups[name].append(month)
    print(f"{'case':34}{'months':>8}{'held':>8}{'mix':>8}{'ours':>8}{'last':>8}{'line':>8}")
    for name, members in groups.items():
        held = np.mean([month.held for month in members])
        offs = [_wape(members, [month.middle for month in members])]
        offs += [_wape(members, [month.methods[method] for month in members]) for method in ("ours", "last_month", "line")]
        print(f"{name:34}{len(members):8,}{held:8.0%}" + "".join(f"{off:8.3f}" for off in offs))


def _wape(months: Sequence[Month], said: Sequence[float]) -> float:
    came = np.array([month.actual for month in months])
    return float(np.abs(came - np.array(said)).sum() / came.sum())


if __name__ == "__main__":
    main(sys.argv[1:])
