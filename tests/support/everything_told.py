"""Statements of customers of the scenario in which every rule is used."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from commet_core.engine.markets import ReplayInMarkets
from commet_core.engine.replay import replay
from commet_core.reports.statement import Statement, customer_place, statement_of
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping
from support.everything import MAPPING, write_usage_lines

CUSTOMERS = ("c01", "c02", "c04", "c05", "c06", "c07", "c12")


def statements(document: Mapping[str, Any], folder: Path, customers: Sequence[str] = CUSTOMERS) -> Iterator[Statement]:
    """Of some customers under every candidate, each in its own market."""
    write_usage_lines(path := folder / "usage.csv")
    scenario = Scenario.model_validate(document)
    found = read(path, parse_mapping(MAPPING, "mapping"), corrections=scenario.corrections == "net")
    replayed = replay(scenario, found.usage)
    assert isinstance(replayed, ReplayInMarkets)
    for _, part in replayed.parts:
        for run in part.runs:
            yield from (statement_of(part, run, each) for each in customers if customer_place(run, each) is not None)
