"""The arguments of each command, and what their texts stand for."""

from __future__ import annotations

import argparse
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from commet_core.version import VERSION

DATABASE_URL = "COMMET_USAGE_DATABASE_URL"
"""The environment variable with the URL of the database that --usage-sql queries: a command line is seen by others."""


RANGES_HELP = (
    "what may change the answer, and its values: an assumption, leaving.share=0:30%%, or a term, plans.pro.prices.monthly=10:40:1;"
    " may be given several times; the usual assumptions and all base prices unless given"
)


MEMORY_MAX = 1 << 50
"""Bytes that --memory-limit may name."""


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def inputs(chosen: argparse.Namespace) -> list[Path | str | None]:
    """All that a command reads, which nothing that it writes may replace."""
    return [*chosen.usage, chosen.mapping, *(query[1:] for query in chosen.usage_sql if query.startswith("@"))]


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("commet-sim", description="Replay usage through pricing plans, event by event.")
    parser.add_argument("--version", action="version", version=f"commet-sim {VERSION}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    replay = _on_scenario(commands, "replay", "replay a scenario and write a result folder")
    replay.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the result folder goes")
    replay.add_argument("--format", choices=["parquet", "csv"], default="parquet", help="of the tables; parquet unless given")
    _add_engine(replay, "into how many parts Spark splits the customers")
    replay.add_argument("--check", action="store_true", help="make the scenario's checks, and end with 3 where one fails")
    replay.add_argument("--junit", type=Path, metavar="FILE", help="write the checks as JUnit XML, too")
    replay.add_argument(
        "--bridge", action="store_true", help="write the bridge, too: the differences to the baseline step by step, to the cent"
    )

    _add_forecast(commands)

    check = _command(commands, "check", "say what usage files hold: rows, customers, features, span, rejects")
    _add_usage(check)
    check.add_argument("--rejects", type=Path, metavar="FILE", help="write the rejected rows to a CSV file")

    prepare = _command(commands, "prepare", "make usage ready once, as a store that opens in no time")
    _add_usage(prepare)
    prepare.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the store goes; give it to --usage then")
    prepare.add_argument(
        "--corrections",
        choices=("reject", "net"),
        default="reject",
        help="net: rows below zero are kept, for scenarios that say `corrections: net`; rejected unless given",
    )

    _add_answers(commands)

    synth = _command(commands, "synth", "generate realistic usage")
    synth.add_argument("preset", help="ai_images, email_api, llm_chat or cloud_platform")
    synth.add_argument("--customers", type=int, default=150, metavar="N", help="how many; 150 unless given")
    synth.add_argument("--months", type=int, default=6, metavar="M", help="how many; 6 unless given")
    synth.add_argument("--seed", type=int, default=7, metavar="S", help="another one gives other usage; 7 unless given")
    synth.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .parquet or .csv file")

    export = _command(commands, "export", "write a catalog as commet.config.ts, and say what that file cannot hold")
    export.add_argument("catalog", type=Path, help="catalog file, YAML or JSON")
    export.add_argument("--to", type=Path, required=True, metavar="FILE", help="a .ts file, usually commet.config.ts")

    quote = _command(commands, "quote", "work out a quote: its schedule, its range, and the most it can be")
    quote.add_argument("quote", type=Path, help="quote file, YAML or JSON")
    quote.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .pdf, .xlsx, .md or .csv file")
    quote.add_argument("--fonts", type=Path, metavar="DIR", help="fonts for letters that the PDF's own lack: Chinese, Arabic …")
    _add_usage(quote)
    _add_prices(commands)
    _add_migrate(commands)

    _add_workspace(commands)
    return parser


def _command(commands: Commands, name: str, meaning: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=meaning)
    command.set_defaults(command=name)
    return command


def _on_scenario(commands: Commands, name: str, meaning: str) -> argparse.ArgumentParser:
    command = _command(commands, name, meaning)
    command.add_argument("scenario", type=Path, help="scenario file, YAML or JSON")
    _add_usage(command)
    return command


def _add_workspace(commands: Commands) -> None:
    workspace = _command(commands, "workspace", "back up, restore or check saved work; take a study along; set up a team")
    tasks = ["backup", "restore", "check", "export-study", "import-study", "new"]
    workspace.add_argument("task", choices=tasks, help="what to do")
    workspace.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the zip that is written or read")
    workspace.add_argument("--study", metavar="NAME", help="the study to export; what an imported one is called")
    workspace.add_argument("--with-usage", action="store_true", help="export the usage of the study too")
    workspace.add_argument("--workspace", default="alone", metavar="ID", help="which workspace; the first one unless given")
    workspace.add_argument("--name", help="of a new workspace")
    workspace.add_argument("--owner", metavar="ADDRESS", help="who signs in with this address owns the new workspace")


def _add_answers(commands: Commands) -> None:
    """answer and assume."""
    answer = _on_scenario(commands, "answer", "say which candidate, by how much, how sure, and what would change it")
    answer.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .md, .html or .pdf file")
    answer.add_argument(
        "--months", type=int, default=12, choices=range(61), metavar="N", help="months of forecast; 12 unless given, 0 for none"
    )
    _add_market(answer)
    answer.add_argument("--range", action="append", default=[], metavar="NAME=LOW:HIGH", help=RANGES_HELP)

    assume = _on_scenario(
        commands,
        "assume",
        "say which assumptions about people, and which prices, would change the answer, and how robust it is",
    )
    _add_market(assume)
    assume.add_argument("--range", action="append", default=[], metavar="NAME=LOW:HIGH", help=RANGES_HELP)
    assume.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the tables go")
    assume.add_argument("--format", choices=["parquet", "csv"], default="parquet", help="of the tables; parquet unless given")


def _add_prices(commands: Commands) -> None:
    solve = _on_scenario(commands, "solve", "find the values of a term that meet what is wanted")
    sweep = _on_scenario(commands, "sweep", "try several terms at once, and find the plans that no other beats")
    for command in (solve, sweep):
        _add_market(command)
        command.add_argument("--candidate", required=True, metavar="NAME", help="the candidate whose terms move")
        command.add_argument(
            "--target",
            action="append",
            default=[],
            metavar="TARGET",
            help="revenue=baseline, revenue>=50000, margin>=60%%, customers_above:20%%<=5%% or blocked<=1%%; may be given several"
            " times",
        )
        command.add_argument(
            "--rise",
            type=_share,
            metavar="PERCENT",
            help="from which rise on a customer counts as paying more; 0%% unless given",
        )
        command.add_argument(
            "--move-defaults",
            action="store_true",
            help="let what a plan includes by default move with its price; otherwise it stays as it is",
        )
        command.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the result folder goes")
        command.add_argument(
            "--format", choices=["parquet", "csv"], default="parquet", help="of the table; parquet unless given"
        )
        command.add_argument(
            "--take-over", type=Path, metavar="FILE", help="write the catalog with the terms that were found, as YAML"
        )
    solve.add_argument(
        "--term", required=True, metavar="PATH=LOW:HIGH:STEP", help="for example plans.pro.prices.monthly=19:99:1"
    )
    sweep.add_argument(
        "--term", action="append", required=True, metavar="PATH=LOW:HIGH:STEP", help="may be given several times"
    )
    sweep.add_argument(
        "--points", type=int, default=1000, metavar="N", help="how many of a grid of more than 2,000; 1000 unless given"
    )
    sweep.add_argument(
        "--measure",
        action="append",
        default=[],
        metavar="NAME",
        help="two or three of revenue, margin, share_paying_more, largest_rise, median_cost, blocked_share; revenue and"
        " share_paying_more unless given",
    )


def _add_migrate(commands: Commands) -> None:
    migrate = _on_scenario(commands, "migrate", "say what each way of moving customers to a new candidate brings in")
    _add_market(migrate)
    migrate.add_argument("--from", dest="old", required=True, metavar="NAME", help="the candidate that customers are on")
    migrate.add_argument("--to", dest="new", required=True, metavar="NAME", help="the candidate that they move to")
    migrate.add_argument(
        "--strategy",
        nargs="+",
        action="extend",
        default=[],
        metavar="STRATEGY",
        help="renewal, now, opt_in, waves=NUMBER:MONTHS:ORDER, grandfather=MONTHS or cap=PERCENT:MONTHS; all of them unless given",
    )
    migrate.add_argument(
        "--at", type=_day, metavar="DATE", help="when the migration begins; after three whole months of the window unless given"
    )
    migrate.add_argument(
        "--months", type=int, metavar="N", help="move them in so many months ahead, on possible futures, and not in the window"
    )
    migrate.add_argument("--paths", type=int, metavar="N", help="possible futures, with --months; 20 unless given")
    migrate.add_argument("--rise", type=_share, metavar="PERCENT", help="above which a bill counts as risen; 20%% unless given")
    migrate.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the tables and plans go")
    migrate.add_argument("--format", choices=["parquet", "csv"], default="parquet", help="of the tables; parquet unless given")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a date, for example 2026-04-01") from None


def _add_market(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--market", metavar="CODE", help="ask it of the customers of one market, in their currency; none: of those in none"
    )


def _share(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?\s*%?", text.strip()):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a percentage, for example 20%")
    return Decimal(text.strip().rstrip("% ")) / 100


def _add_forecast(commands: Commands) -> None:
    forecast = _on_scenario(commands, "forecast", "say what each candidate brings in over the coming months, and how sure")
    _add_market(forecast)
    forecast.add_argument("--months", type=int, required=True, metavar="N", help="how many ahead; with --step day, days")
    forecast.add_argument("--paths", type=int, default=200, metavar="N", help="possible futures; 200 unless given")
    forecast.add_argument("--seed", type=int, metavar="S", help="of the futures; the scenario's unless given")
    forecast.add_argument("--step", choices=["month", "day"], default="month", help="what is forecast one by one")
    forecast.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the tables go")
    forecast.add_argument("--format", choices=["parquet", "csv"], default="parquet", help="of the tables; parquet unless given")
    _add_engine(forecast, "into how many parts Spark splits twenty possible futures")


def _add_engine(parser: argparse.ArgumentParser, parts: str) -> None:
    parser.add_argument("--engine", choices=["local", "spark"], default="local", help="this machine, or Apache Spark")
    parser.add_argument(
        "--master", metavar="URL", help="where Spark runs, if not as it is configured: local[4], spark://host:7077"
    )
    parser.add_argument("--partitions", type=_partitions, metavar="N", help=parts)


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
        "--sql-superuser",
        action="store_true",
        help="take a URL whose user is a superuser, or may read the server's files, too",
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
    if text[:1] not in ("[", "{"):
        return text
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text
