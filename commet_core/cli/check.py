"""commet-sim check: what usage holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from commet_core.cli.arguments import inputs
from commet_core.cli.rows import print_rejects, print_rows
from commet_core.cli.sources import read_usage
from commet_core.cli.terminal import ERR, OUT, right
from commet_core.foundation.money import plain
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.temporary import temporary_folder
from commet_core.foundation.whole_files import file_written_whole
from commet_core.foundation.wording import counted
from commet_core.usage.ingest import Ingested, UnusableFiles, describe


def run(chosen: argparse.Namespace) -> None:

    check_outputs([chosen.rejects], inputs(chosen))
    ingested = _checked(chosen)
    print_rows(ingested.report)
    description = describe(ingested)
    OUT.print(
        f"{counted(description.customers, 'customer')}, from {description.first:%Y-%m-%d %H:%M}"
        f" to {description.last:%Y-%m-%d %H:%M} UTC",
        soft_wrap=True,
    )
    features = Table("feature", *[right(name) for name in ("rows", "units")])
    for feature in description.features:
        features.add_row(escape(feature.feature), f"{feature.rows:,}", plain(feature.units))
    OUT.print(features)
    if ingested.usage.tokens is not None:
        from commet_core.rating.vendor_costs import vendor_costs_in_words

        if costs := vendor_costs_in_words(ingested):
            OUT.print(f"Note: {escape(costs)}", soft_wrap=True)
    print_rejects(ingested.report)
    if chosen.rejects:
        OUT.print(f"All rejected rows are in {escape(str(chosen.rejects))}", soft_wrap=True)


def _checked(chosen: argparse.Namespace) -> Ingested:
    """The usage; its rejected rows are in the file that was named for them, also where no row of a file can be used."""
    if not chosen.rejects:
        return read_usage(chosen, check_content=True)
    unusable: UnusableFiles | None = None
    with temporary_folder() as folder, file_written_whole(chosen.rejects) as unfinished:
        listed = folder / "rejects.parquet"
        try:
            ingested = read_usage(chosen, listed, check_content=True)
        except UnusableFiles as error:
            unusable = error
        _write_rejects(listed, unfinished)
    if unusable is not None:
        ERR.print(f"All rejected rows are in {escape(str(chosen.rejects))}", soft_wrap=True)
        raise unusable
    return ingested


def _write_rejects(listed: Path, file: Path) -> None:
    from pyarrow.parquet import ParquetFile

    from commet_core.foundation.spreadsheets import write_csv

    with ParquetFile(listed) as rejects, file.open("wb") as target:
        write_csv(rejects.iter_batches(), rejects.schema_arrow, target)
