"""commet-sim synth: realistic usage, generated."""

from __future__ import annotations

import argparse

from rich.markup import escape

from commet_core.cli.terminal import OUT, progress
from commet_core.foundation.paths import check_outputs
from commet_core.usage.synthetic import generate, write_usage


def run(chosen: argparse.Namespace) -> None:

    check_outputs([chosen.out], [])
    with progress() as tell:
        table = generate(chosen.preset, chosen.customers, chosen.months, chosen.seed, progress=tell)
        tell(1.0, f"Writing {table.num_rows:,} events")
        write_usage(table, chosen.out)
    OUT.print(f"{table.num_rows:,} events of {chosen.customers:,} customers are in {escape(str(chosen.out))}", soft_wrap=True)
