"""commet-sim solve: at what price, printed, and the whole curve as a result folder."""

from __future__ import annotations

import argparse

from commet_core.cli.found_points import replayed, show, table_of, write
from commet_core.decide.solve import solve
from commet_core.reports.price import solution_words

ROWS_SHOWN = 11
USUAL = ("revenue=baseline",)


def run(chosen: argparse.Namespace) -> None:
    targets = chosen.target or USUAL
    solution = replayed(
        chosen, lambda scenario, usage, how: solve(scenario, usage, chosen.candidate, chosen.term, targets, **how)
    )
    said, count = solution_words(solution), len(solution.points)
    first = max(0, min(solution.best - ROWS_SHOWN // 2, count - ROWS_SHOWN))
    show(said, table_of(solution, range(first, min(first + ROWS_SHOWN, count))))
    write(chosen, solution, said, solution.best)
