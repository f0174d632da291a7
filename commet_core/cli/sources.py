"""Where usage comes from: files, a store, and queries on a database, read by the mapping that is asked for."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from commet_core.cli.arguments import DATABASE_URL
from commet_core.cli.terminal import ERR, progress
from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_file
from commet_core.usage.ingest import ArrowSource, Ingested
from commet_core.usage.ingest.reading.asked import NOTHING, Asked, Asking, Known
from commet_core.usage.ingest.reading.gathering import WantedMapping
from commet_core.usage.store import load

if TYPE_CHECKING:
    from commet_core.scenario.scenario import Scenario
    from commet_core.usage.usage import Usage


def read_usage(
    chosen: argparse.Namespace,
    rejects: Path | None = None,
    asked: Asking = NOTHING,
    *,
    check_content: bool = False,
) -> Ingested:
    sources, mapping = [*chosen.usage, *queries(chosen)], wanted_mapping(chosen)
    with progress() as tell:
        return load(sources, mapping, tell, chosen.memory_limit, rejects, asked, check_content=check_content)


def asked_by(scenario: Scenario) -> Asked:
    """What a scenario asks of the reading of its usage."""
    from commet_core.scenario.priced_requests import request_prices

    return Asked(request_prices(scenario), scenario.corrections == "net")


def told_usage(chosen: argparse.Namespace, scenario: Scenario | None = None) -> Usage:
    """The usage, as a scenario asks for it; rows that cannot be used are told beside what the command prints."""
    from commet_core.cli.rows import print_rejects

    ingested = read_usage(chosen, asked=NOTHING if scenario is None else Known(asked_by(scenario)))
    print_rejects(ingested.report, ERR)
    return ingested.usage


def wanted_mapping(chosen: argparse.Namespace) -> WantedMapping:

    if not (chosen.mapping or chosen.shapes or chosen.column):
        return None
    from commet_core.usage.ingest import SavedMapping, load_mapping, shapes_in

    changes, shapes = dict(chosen.column), shapes_in(chosen.shapes) if chosen.shapes else ()
    saved = load_mapping(chosen.mapping, shapes) if chosen.mapping else SavedMapping().with_shapes(shapes)
    return saved.with_columns(changes)


def queries(chosen: argparse.Namespace) -> list[ArrowSource]:
    """The queries of --usage-sql, checked by the server. Raises InputError, also where no usage is named at all."""
    if not (chosen.usage or chosen.usage_sql):
        raise InputError.of("usage", "none is named", "Give files with --usage, or a query on Postgres with --usage-sql")
    if not chosen.usage_sql:
        return []
    from commet_core.usage.ingest.database.errors import URL_EXAMPLE
    from commet_core.usage.ingest.database.query import usage_sources

    url = os.environ.get(DATABASE_URL)
    if not url:
        raise InputError.of(
            "--usage-sql", "no database is named", f"Set the environment variable {DATABASE_URL} to {URL_EXAMPLE}"
        )
    named = [_named_query(given, position) for position, given in enumerate(chosen.usage_sql, start=1)]
    return usage_sources(url, named, chosen.sql_timeout, server_files_allowed=chosen.sql_superuser)


def _named_query(given: str, position: int) -> tuple[str, str]:
    """What messages call a query, and its text: of a file its name and content."""
    if not given.startswith("@"):
        return f"SQL query {position}" if position > 1 else "SQL query", given
    path = Path(given[1:])
    check_file(path)
    try:
        return path.name, path.read_text("utf-8-sig")
    except OSError as error:
        what = f"the query cannot be read: {error.strerror or error}"
        raise InputError.of(given[1:], what, "Name a file of SQL after the @") from None
    except UnicodeDecodeError:
        raise InputError.of(given[1:], "the file is not UTF-8 text", "Save the query as UTF-8") from None
