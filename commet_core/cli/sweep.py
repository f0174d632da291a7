"""commet-sim sweep: several terms at once, the front printed, and every point in a result folder."""

from __future__ import annotations

import argparse

from commet_core.cli.found_points import replayed, show, table_of, write
from commet_core.decide.front import USUAL
from commet_core.decide.sweep import sweep
from commet_core.reports.price import sweep_words

ROWS_SHOWN = 20


def run(chosen: argparse.Namespace) -> None:
    options = {"points": chosen.points, "measures": chosen.measure or USUAL}
    found = replayed(
        chosen,
        lambda scenario, usage, how: sweep(scenario, usage, chosen.candidate, chosen.term, chosen.target, **options, **how),
    )
    said = sweep_words(found)
    show(said, table_of(found, found.front[:ROWS_SHOWN]))
    write(chosen, found, said, found.best)
