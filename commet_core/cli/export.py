"""commet-sim export: a catalog as Commet's own configuration."""

from __future__ import annotations

import argparse

from rich.markup import escape

from commet_core.catalog.plans import Catalog
from commet_core.cli.terminal import OUT
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.whole_files import file_written_whole
from commet_core.foundation.wording import counted


def run(chosen: argparse.Namespace) -> None:
    from commet_core.reports.commet_config import config_file

    catalog = Catalog.load(chosen.catalog)
    check_outputs([chosen.to], [chosen.catalog])
    config = config_file(catalog)
    with file_written_whole(chosen.to) as path:
        path.write_text(config.text, "utf-8")
    holds = f"{counted(len(catalog.features), 'feature')} and {counted(len(catalog.plans), 'plan')}"
    _say(f"{holds} are in {chosen.to}")
    if config.checklist:
        _say("To set in Commet by hand, as this file cannot hold it:")
    for item in config.checklist:
        _say(f"  [ ] {item}")


def _say(sentence: str) -> None:
    OUT.print(escape(sentence), soft_wrap=True, highlight=False)
