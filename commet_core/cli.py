"""The command line: commet-sim replay, check, prepare and synth. Thin: it reads arguments and prints what the core returns."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_file, check_outputs, printable
from commet_core.foundation.stopping import sentence, status_of, stoppable
from commet_core.foundation.temporary import temporary_folder
from commet_core.foundation.wording import counted
from commet_core.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commet_core.catalog.request_prices import RequestPrices
    from commet_core.engine.outcome import Outcome
    from commet_core.reports.compare import Summary
    from commet_core.scenario.scenario import Scenario
    from commet_core.usage.ingest import ArrowSource, FileReport, Ingested, IngestReport
    from commet_core.usage.ingest.reading.gathering import WantedMapping

BAD_INPUT = 2
"""Exit status for input that a person has to mend."""

DATABASE_URL = "COMMET_USAGE_DATABASE_URL"
"""The environment variable with the URL of the database that --usage-sql queries: a command line is seen by others."""

MEMORY_MAX = 1 << 50
"""Bytes that --memory-limit may name."""

OUT = Console(highlight=False, emoji=False)
ERR = Console(stderr=True, highlight=False, emoji=False)
"""What is printed is data for the most part, and `:key:` in it no picture."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, or 2 for bad input."""
    _print_whatever_comes()
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = chosen.command
    try:
        with stoppable():
            command(chosen)
    except InputError as error:
        for problem in error.problems:
            ERR.print(escape(str(problem)), style="red", soft_wrap=True)
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        ERR.print(escape(sentence()), soft_wrap=True)
        return status_of(stop)
    except BrokenPipeError:
        sys.stderr.close()
    except (OSError, MemoryError) as error:
        ERR.print(escape(str(_refused_by_the_system(error))), style="red", soft_wrap=True)
        return BAD_INPUT
    return 0


def _refused_by_the_system(error: OSError | MemoryError) -> Problem:
    if isinstance(error, MemoryError):
        return Problem("memory", "there is not enough of it", "Give --memory-limit, or make a usage store with prepare first")
    where, what = printable(error.filename or "the system"), error.strerror or str(error)
    return Problem(where, what, "Check that it is there, that you may read and write it, and that its disk has room")


def _print_whatever_comes() -> None:
    """A terminal that has not every letter, or a name that is not UTF-8, shows codes in their place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("commet-sim", description="Replay usage through pricing plans, event by event.")
    parser.add_argument("--version", action="version", version=f"commet-sim {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    replay = commands.add_parser("replay", help="replay a scenario and write a result folder")
    replay.add_argument("scenario", type=Path, help="scenario file, YAML or JSON")
    _add_usage(replay)
    replay.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the result folder goes")
    replay.add_argument("--format", choices=["parquet", "csv"], default="parquet", help="of the tables; parquet unless given")
    replay.add_argument("--engine", choices=["local", "spark"], default="local", help="this machine, or Apache Spark")
    replay.add_argument(
        "--master", metavar="URL", help="where Spark runs, if not as it is configured: local[4], spark://host:7077"
    )
    replay.add_argument("--partitions", type=_partitions, metavar="N", help="into how many parts Spark splits the customers")
    replay.set_defaults(command=_replay)

    check = commands.add_parser("check", help="say what usage files hold: rows, customers, features, span, rejects")
    _add_usage(check)
    check.add_argument("--rejects", type=Path, metavar="FILE", help="write the rejected rows to a CSV file")
    check.set_defaults(command=_check)

    prepare = commands.add_parser("prepare", help="make usage ready once, as a store that opens in no time")
    _add_usage(prepare)
    prepare.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the store goes; give it to --usage then")
    prepare.set_defaults(command=_prepare)

    synth = commands.add_parser("synth", help="generate realistic usage")
    synth.add_argument("preset", help="ai_images, email_api, llm_chat or cloud_platform")
    synth.add_argument("--customers", type=int, default=150, metavar="N", help="how many; 150 unless given")
    synth.add_argument("--months", type=int, default=6, metavar="M", help="how many; 6 unless given")
    synth.add_argument("--seed", type=int, default=7, metavar="S", help="another one gives other usage; 7 unless given")
    synth.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .parquet or .csv file")
    synth.set_defaults(command=_synth)
    return parser


def _add_usage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--usage",
        type=_path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="CSV, Parquet or JSON lines: files, folders or patterns; or a usage store",
    )
    parser.add_argument(
        "--memory-limit",
        type=_bytes,
        metavar="SIZE",
        help="how much memory reading may take, for example 8GB; a quarter of the machine's unless given, and 256MB at least",
    )
    parser.add_argument(
        "--usage-sql",
        action="append",
        default=[],
        metavar="QUERY",
        help=f"a query on Postgres, or @FILE that holds one; the database is that of ${DATABASE_URL}",
    )
    parser.add_argument(
        "--sql-timeout",
        type=float,
        default=600,
        metavar="SECONDS",
        help="how long each query may take, the reading of its rows included; 600 unless given",
    )
    parser.add_argument(
        "--column",
        type=_column,
        action="append",
        default=[],
        metavar="OURS=THEIRS",
        help="which column of the files is ours, for example customer_id=account or input_tokens='[sum, a, b]'; or a rule of"
        " reading, for example cache=additional; may be given several times",
    )
    parser.add_argument(
        "--mapping",
        type=Path,
        metavar="FILE",
        help="a saved mapping of the files' columns, YAML or JSON; --column goes before it",
    )
    parser.add_argument(
        "--shapes",
        type=Path,
        metavar="FOLDER",
        help="shapes of your own, a YAML file each; they go before those that are known",
    )


def _path(text: str) -> Path | str:
    """A path; where Spark reads from may be a URL, which a path would spoil."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty")
    return text if "://" in text else Path(text)


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*(MB|GB)", text.strip(), re.IGNORECASE)
    if found is None or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, for example 8GB or 500MB")
    size = int(found[1][:9]) << (30 if found[2].upper() == "GB" else 20)
    if len(found[1]) > 9 or size > MEMORY_MAX:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is more than any machine has; leave it out, or give what this one has")
    return size


def _partitions(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of parts, from 1 to 999,999")
    return int(text)


def _column(text: str) -> tuple[str, Any]:
    ours, given, theirs = text.partition("=")
    if not (ours and given and theirs):
        raise argparse.ArgumentTypeError(f"{text!r} is not OURS=THEIRS, for example customer_id=account")
    return ours, _in_mapping(theirs)


def _in_mapping(text: str) -> Any:
    """What a column is read from as a mapping says it: `[sum, a, b]` and `{constant: acme}`, or the name that is written."""
    import yaml

    if text[:1] not in ("[", "{"):
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _replay(chosen: argparse.Namespace) -> None:
    from commet_core.scenario.scenario import Scenario

    check_outputs([chosen.out], [chosen.scenario, *_inputs(chosen)])
    scenario = Scenario.load(chosen.scenario)
    outcome = _replay_on_spark(scenario, chosen) if chosen.engine == "spark" else _replay_here(scenario, chosen)
    _print_rows(outcome.report, outcome)
    _print_comparison(outcome)
    _print_line_ups(outcome)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)


def _replay_here(scenario: Scenario, chosen: argparse.Namespace) -> Outcome:
    from commet_core.catalog.request_prices import RequestPrices
    from commet_core.engine.results import replay_into

    with temporary_folder() as folder:
        rejects = folder / "rejects.parquet"
        ingested = _read(chosen, rejects, RequestPrices.of(scenario.catalog, scenario.plans_in_play))
        with _progress() as tell:
            return replay_into(scenario, ingested.usage, ingested.report, chosen.out, chosen.format, rejects, tell)


def _replay_on_spark(scenario: Scenario, chosen: argparse.Namespace) -> Outcome:
    from commet_core.cluster import plain_errors, replay_paths, start_session
    from commet_core.engine.result_folder import whole_or_not_at_all

    _check_for_spark(chosen)
    mapping = _mapping(chosen)
    with plain_errors(), whole_or_not_at_all(chosen.out) as unfinished:
        spark = start_session(chosen.master, shows_progress=ERR.is_terminal)
        with replay_paths(spark, scenario, chosen.usage, mapping, chosen.partitions) as replayed:
            replayed.write_tables(unfinished)
            return replayed.outcome


def _check_for_spark(chosen: argparse.Namespace) -> None:
    """Raises InputError for what only the local engine does."""
    refused = [
        ("--usage-sql", bool(chosen.usage_sql), "Spark reads files", "Export the query to files, or leave out --engine spark"),
        ("--format", chosen.format == "csv", "results on Spark are Parquet", "Leave --format out"),
    ]
    if problems := [Problem(option, what, fix) for option, given, what, fix in refused if given]:
        raise InputError(problems)


def _check(chosen: argparse.Namespace) -> None:
    from commet_core.foundation.money import plain
    from commet_core.usage.ingest import describe

    check_outputs([chosen.rejects], _inputs(chosen))
    ingested = _checked(chosen)
    _print_rows(ingested.report)
    description = describe(ingested)
    OUT.print(
        f"{counted(description.customers, 'customer')}, from {description.first:%Y-%m-%d %H:%M}"
        f" to {description.last:%Y-%m-%d %H:%M} UTC",
        soft_wrap=True,
    )
    features = Table("feature", *[_right(name) for name in ("rows", "units")])
    for feature in description.features:
        features.add_row(escape(feature.feature), f"{feature.rows:,}", plain(feature.units))
    OUT.print(features)
    _print_rejects(ingested.report)
    if chosen.rejects:
        OUT.print(f"All rejected rows are in {escape(str(chosen.rejects))}", soft_wrap=True)


def _checked(chosen: argparse.Namespace) -> Ingested:
    """The usage; its rejected rows are in the file that was named for them, also where no row of a file can be used."""
    from commet_core.foundation.whole_files import file_written_whole
    from commet_core.usage.ingest import UnusableFiles

    if not chosen.rejects:
        return _read(chosen, check_content=True)
    unusable: UnusableFiles | None = None
    with temporary_folder() as folder, file_written_whole(chosen.rejects) as unfinished:
        listed = folder / "rejects.parquet"
        try:
            ingested = _read(chosen, listed, check_content=True)
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


def _prepare(chosen: argparse.Namespace) -> None:
    from commet_core.usage.store import prepare

    check_outputs([chosen.out], _inputs(chosen))
    with _progress() as tell:
        stored = prepare([*chosen.usage, *_queries(chosen)], chosen.out, _mapping(chosen), tell, chosen.memory_limit)
    _print_rows(stored.report)
    _print_rejects(stored.report)
    usage = stored.usage
    OUT.print(
        f"{counted(usage.event_count, 'event')} of {counted(usage.customer_count, 'customer')}"
        f" are in {escape(str(chosen.out))}",
        soft_wrap=True,
    )


def _synth(chosen: argparse.Namespace) -> None:
    from commet_core.usage.synthetic import generate, write_usage

    check_outputs([chosen.out], [])
    with _progress() as tell:
        table = generate(chosen.preset, chosen.customers, chosen.months, chosen.seed, progress=tell)
        tell(1.0, f"Writing {table.num_rows:,} events")
        write_usage(table, chosen.out)
    OUT.print(f"{table.num_rows:,} events of {chosen.customers:,} customers are in {escape(str(chosen.out))}", soft_wrap=True)


def _read(
    chosen: argparse.Namespace, rejects: Path | None = None, prices: RequestPrices | None = None, *, check_content: bool = False
) -> Ingested:
    from commet_core.usage.store import load

    sources, mapping = [*chosen.usage, *_queries(chosen)], _mapping(chosen)
    with _progress() as tell:
        return load(sources, mapping, tell, chosen.memory_limit, rejects, prices, check_content=check_content)


def _inputs(chosen: argparse.Namespace) -> list[Path | str | None]:
    """All that a command reads, which nothing that it writes may replace."""
    return [*chosen.usage, chosen.mapping, *(query[1:] for query in chosen.usage_sql if query.startswith("@"))]


def _mapping(chosen: argparse.Namespace) -> WantedMapping:
    from commet_core.usage.ingest import SavedMapping, load_mapping, shapes_in

    changes, shapes = dict(chosen.column), shapes_in(chosen.shapes) if chosen.shapes else ()
    if chosen.mapping is None and not shapes:
        return changes or None
    saved = load_mapping(chosen.mapping, shapes) if chosen.mapping else SavedMapping().with_shapes(shapes)
    return saved.with_columns(changes)


def _queries(chosen: argparse.Namespace) -> list[ArrowSource]:
    """The queries of --usage-sql, checked by the server. Raises InputError, also where no usage is named at all."""
    if not (chosen.usage or chosen.usage_sql):
        raise InputError.of("usage", "none is named", "Give files with --usage, or a query on Postgres with --usage-sql")
    if not chosen.usage_sql:
        return []
    from commet_core.usage.ingest.database.query import URL_EXAMPLE, usage_sources

    url = os.environ.get(DATABASE_URL)
    if not url:
        raise InputError.of(
            "--usage-sql", "no database is named", f"Set the environment variable {DATABASE_URL} to {URL_EXAMPLE}"
        )
    named = [_named_query(given, position) for position, given in enumerate(chosen.usage_sql, start=1)]
    return usage_sources(url, named, chosen.sql_timeout)


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


@contextmanager
def _progress() -> Iterator[Callable[[float, str], None]]:
    """Draws how far work is, its rate and the time left, on a terminal alone."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from commet_core.foundation.progress import Pace

    sentence, rate = (TextColumn(f"{{task.{part}}}", markup=False) for part in ("description", "fields[rate]"))
    with Progress(
        sentence, BarColumn(), rate, TimeElapsedColumn(), console=ERR, transient=True, disable=not ERR.is_terminal
    ) as bar:
        task = bar.add_task("Beginning", total=1.0, rate="")
        pace = Pace()

        def tell(share: float, said: str) -> None:
            pace.observe(bar.tasks[0].elapsed or 0.0, share, said)
            bar.update(task, completed=share, description=said, rate=pace.in_words())

        yield tell


def _print_rows(report: IngestReport, outcome: Outcome | None = None) -> None:
    parts = [f"{report.rows_used:,} used", f"{report.rows_rejected:,} rejected", report.duplicates_in_words]
    if outcome is not None:
        parts[0] = f"{outcome.events_in_window:,} used"
        if outcome.events_left_out:
            parts.append(f"{outcome.events_left_out:,} of customers left out")
        parts.append(f"{outcome.events_outside:,} outside the window {outcome.window.start} to {outcome.window.end}")
    if report.rows_left_out:
        parts.append(f"{report.rows_left_out:,} left out")
    if report.rows_without_usage:
        parts.append(f"{report.rows_without_usage:,} empty or 0")
    OUT.print(f"{counted(report.rows_read, 'row')} read = {' + '.join(parts)}", soft_wrap=True)
    _print_shapes(report, outcome.scenario.rows if outcome is not None else None)
    for note in report.notes:
        OUT.print(f"Note: {escape(note)}", soft_wrap=True)
    if outcome is not None:
        for feature, names in outcome.features_without_plan.items():
            OUT.print(
                f"Note: feature {escape(repr(feature))} is refused by {escape(', '.join(names))}: not in the plan",
                soft_wrap=True,
            )
        _print_rejects(report)
        _print_left_out(outcome)


def _print_left_out(outcome: Outcome, shown: int = 10) -> None:
    """Actions that make no sense, whose customers are not replayed."""
    if not outcome.problems:
        return
    count = outcome.customers_left_out
    OUT.print(
        f"{counted(count, 'customer')} {'is' if count == 1 else 'are'} left out, because of"
        f" {counted(len(outcome.problems), 'subscription row')}:"
    )
    for problem in outcome.problems[:shown]:
        OUT.print(escape(f"  {problem}"), soft_wrap=True)
    if len(outcome.problems) > shown:
        OUT.print(f"  and {len(outcome.problems) - shown:,} more; all are in rejects")


def _print_shapes(report: IngestReport, rows: str | None) -> None:
    """How the files were understood, those alike together; and what to do, unless the scenario does it already."""
    files: dict[tuple[str, str], list[str]] = {}
    for file in report.files:
        key = _understood(file), file.shape.advice if file.shape is not None and file.shape.rows != rows else ""
        files.setdefault(key, []).append(file.file)
    for (understood, advice), names in files.items():
        which = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
        if understood:
            OUT.print(escape(f"{which}: {understood}"), soft_wrap=True)
        if advice:
            OUT.print(escape(f"Note: {which}: {advice}"), soft_wrap=True)


def _understood(file: FileReport) -> str:
    if file.shape is not None and file.shape.code not in ("own", "other"):
        return f"{file.shape.name}: {file.shape.sentence}"
    columns = ", ".join(f"{ours} from {theirs}" for ours, theirs in file.mapping.labels() if ours != theirs)
    return columns or (file.shape.name if file.shape is not None else "")


def _print_rejects(report: IngestReport, shown: int = 5) -> None:
    if not report.rows_rejected:
        return
    if report.rows_rejected > 1:
        OUT.print(f"{report.rows_rejected:,} rejected rows, by reason:")
        for reason in report.reasons:
            OUT.print(escape(f"  {reason.rows:,} × {reason.reason}"), soft_wrap=True)
    OUT.print("The first of them:" if report.rows_rejected > 1 else "The rejected row:")
    for row in report.rejects.slice(0, shown).to_pylist():
        where = f"{row['file']}, line {row['line']}, {row['column'] or 'the row'} {row['value']!r}"
        OUT.print(escape(f"  {where}: {row['reason']}"), soft_wrap=True)


def _print_comparison(outcome: Outcome) -> None:
    from commet_core.foundation.money import format_amount
    from commet_core.reports.compare import summarize

    currency = outcome.currency
    summaries = summarize(outcome)
    table = Table(
        "",
        *[_right(escape(summary.name)) for summary in summaries],
        title=f"{currency.upper()}, {outcome.window.start} to {outcome.window.end}",
    )

    def row(label: str, show: Callable[[Summary], Any]) -> None:
        table.add_row(label, *[str(show(summary)) for summary in summaries])

    row("billed", lambda summary: format_amount(summary.billed, currency))
    row("  base", lambda summary: format_amount(summary.base, currency))
    row("  overage", lambda summary: format_amount(summary.overage, currency))
    row("  packs", lambda summary: format_amount(summary.packs, currency))
    row("  top-ups", lambda summary: format_amount(summary.top_ups, currency))
    row("revenue a month", lambda summary: format_amount(summary.monthly_revenue, currency))
    row("median customer a month", lambda summary: format_amount(summary.median_monthly_cost, currency))
    row("share blocked", lambda summary: f"{float(summary.blocked_share):.1%}")
    row("customers blocked", lambda summary: f"{summary.customers_blocked:,} of {summary.customers:,}")
    OUT.print(table)


def _print_line_ups(outcome: Outcome) -> None:
    """Of each line-up how many customers begin and end on its plans, and what these bill."""
    from commet_core.foundation.money import format_amount
    from commet_core.reports.compare.plans import customers_by_plan, held

    scenario = outcome.scenario
    line_ups = [candidate for candidate in scenario.candidates if candidate.group is not None]
    if not line_ups:
        return
    by_plan = customers_by_plan(outcome)
    table = Table("line-up", "plan", *map(_right, ("begin on it", "end on it", "billed")), title="customers by plan")
    for candidate in line_ups:
        labels = iter((candidate.name, f"  {candidate.choose}"))
        for own in held(scenario, candidate, by_plan):
            figures = f"{own.customers_first:,}", f"{own.customers_last:,}", format_amount(own.billed, outcome.currency)
            table.add_row(escape(next(labels, "")), escape(own.what), *figures)
        table.add_section()
    OUT.print(table)


def _right(name: str) -> Any:
    from rich.table import Column

    return Column(name, justify="right")
