"""commet-sim forecast: what each candidate brings in over the coming months, with the record of the method before the figures."""

from __future__ import annotations

import argparse
from typing import Any

from rich.markup import escape
from rich.table import Table

from commet_core.cli.arguments import inputs
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.rows import print_rejects, print_rows
from commet_core.cli.sources import asked_by, read_usage
from commet_core.cli.terminal import ERR, OUT, progress, right
from commet_core.decide.forecast import Forecast, forecast, write_forecast
from commet_core.decide.forecast.ground import check_asked
from commet_core.decide.forecast.ranges import Range, fan_of, ranges_of
from commet_core.foundation.formats import day_words, month_words
from commet_core.foundation.paths import check_outputs
from commet_core.reports.forecast.words import (
    closing_words,
    headline,
    lead_words,
    record_sentence,
    span,
    turn_words,
    weights_words,
)
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest.reading.asked import Known
from commet_core.usage.usage import Usage


def run(chosen: argparse.Namespace) -> None:

    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    check_asked(chosen.months, chosen.paths, chosen.step)
    whole = load(chosen)
    ingested = read_usage(chosen, asked=Known(asked_by(whole)))
    scenario, usage = asked_of(chosen, whole, ingested.usage)
    asked = {"paths": chosen.paths, "seed": chosen.seed, "unit": chosen.step}
    if chosen.engine == "spark":
        made = _on_spark(scenario, usage, chosen, asked)
    else:
        with progress() as tell:
            made = forecast(scenario, usage, chosen.months, progress=tell, **asked)
    print_rows(ingested.report)
    print_rejects(ingested.report)
    print_forecast(made)
    write_forecast(made, chosen.out, chosen.format)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)


def _on_spark(scenario: Scenario, usage: Usage, chosen: argparse.Namespace, asked: dict[str, Any]) -> Forecast:
    """Paths drawn and replayed on a cluster: the same numbers."""
    from commet_core.cluster import paths_on, plain_errors, start_session

    with plain_errors():
        spark = start_session(chosen.master, shows_progress=ERR.is_terminal)
        return forecast(scenario, usage, chosen.months, replay_paths=paths_on(spark, chosen.partitions), **asked)


def print_forecast(made: Forecast) -> None:
    """The record first, then the figures."""
    ranges = fan_of(made)
    for note in made.ground.notes:
        OUT.print(f"Note: {escape(note)}", soft_wrap=True)
    OUT.print(escape(record_sentence(made)), soft_wrap=True)
    OUT.print(escape(weights_words(made)), soft_wrap=True)
    if words := turn_words(made):
        OUT.print(escape(words), soft_wrap=True)
    OUT.print(escape(f"{headline(made, ranges)}, 80 % ranges."), soft_wrap=True)
    if words := lead_words(made):
        OUT.print(escape(words), soft_wrap=True)
    OUT.print(_table(made, ranges))
    if words := closing_words(made, ranges_of(made)):
        OUT.print(escape(words), soft_wrap=True)


def _table(made: Forecast, ranges: list[Range]) -> Table:
    currency = made.scenario.catalog.currency
    names = [candidate.name for candidate in made.scenario.candidates]
    table = Table(
        made.calendar.unit, *[right(escape(name)) for name in names], title=f"{currency.upper()}, billed: 80 % ranges"
    )
    for step in range(made.steps + 1):
        of_step = [
            of_candidate[step] for of_candidate in ([each for each in ranges if each.candidate == name] for name in names)
        ]
        table.add_row(_when(made, of_step[0]), *[span(each, currency) for each in of_step], end_section=step == made.steps - 1)
    return table


def _when(made: Forecast, each: Range) -> str:
    if each.month is None:
        return "together"
    return month_words(each.month) if made.calendar.unit == "month" else day_words(each.month)
