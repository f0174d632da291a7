"""commet-sim prepare: usage made ready once."""

from __future__ import annotations

import argparse

from rich.markup import escape

from commet_core.cli.arguments import inputs
from commet_core.cli.rows import print_rejects, print_rows
from commet_core.cli.sources import queries, wanted_mapping
from commet_core.cli.terminal import OUT, progress
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.wording import counted
from commet_core.usage.store import prepare


def run(chosen: argparse.Namespace) -> None:

    check_outputs([chosen.out], inputs(chosen))
    with progress() as tell:
        stored = prepare(
            [*chosen.usage, *queries(chosen)],
            chosen.out,
            wanted_mapping(chosen),
            tell,
            chosen.memory_limit,
            corrections=chosen.corrections == "net",
        )
    print_rows(stored.report)
    print_rejects(stored.report)
    usage = stored.usage
    OUT.print(
        f"{counted(usage.event_count, 'event')} of {counted(usage.customer_count, 'customer')}"
        f" are in {escape(str(chosen.out))}",
        soft_wrap=True,
    )
