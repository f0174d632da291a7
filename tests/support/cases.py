"""The cases in ``cases/*.yaml``: how they are read, and how the engine replays one.

A case is a name, the rule it comes from, a catalog, a scenario, usage, and what to expect:

- ``catalog``: as in interfaces.md; features that plans name need not be listed again.
- ``scenario``: as in interfaces.md; without ``candidates`` there is one for every plan, named like it.
- ``usage``: rows of customer, time (UTC), feature, value, how often the row is repeated (once if left out), and the
  model and tokens of a request to an AI model.
- ``expect``: of any table all its rows, in order, with the columns that matter.

Numbers are read exactly as they are written, whether in quotes or not.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle import TABLES, Event, Tokens

from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

Case = Mapping[str, Any]
Tables = Mapping[str, list[dict[str, Any]]]
CASES = Path(__file__).parents[1] / "cases"
CASE_KEYS = {"name", "rule", "catalog", "scenario", "usage", "expect"}


class ExactLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML with decimals as Decimal and dates as the text they are written in."""


def as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


def as_decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(as_text(loader, node))


ExactLoader.add_constructor("tag:yaml.org,2002:float", as_decimal)
ExactLoader.add_constructor("tag:yaml.org,2002:timestamp", as_text)


def cases_in(path: Path) -> Iterator[Any]:
    for case in yaml.load(path.read_text(encoding="utf-8"), ExactLoader):
        yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@cache
def all_cases() -> list[Any]:
    return [case for path in sorted(CASES.glob("*.yaml")) for case in cases_in(path)]


def whole_catalog(case: Case) -> dict[str, Any]:
    """The case's catalog with the features that its plans name."""
    named = [code for plan in case["catalog"]["plans"].values() for code in plan.get("features") or {}]
    return {"currency": "usd", "features": {code: {"name": code} for code in named}, **case["catalog"]}


def whole_scenario(case: Case) -> dict[str, Any]:
    """The case's scenario; where it names no candidates, one for every plan."""
    scenario = case.get("scenario") or {}
    candidates = scenario.get("candidates") or [{"plan": plan} for plan in case["catalog"]["plans"]]
    return {**scenario, "candidates": [{"name": candidate.get("plan", ""), **candidate} for candidate in candidates]}


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def events_of(case: Case) -> list[Event]:
    events = []
    for customer_id, when, feature, value, *times in case["usage"]:
        tokens = Tokens(**times[1]) if times[1:] else None
        event = Event(customer_id, time_of(when), feature, Decimal(str(value)), tokens)
        events += [event] * (times[0] if times else 1)
    return events


def scenario_and_usage(catalog: dict[str, Any], scenario: dict[str, Any], events: list[Event]) -> tuple[Scenario, Usage]:
    """The same as the engine takes them."""
    usage = Usage.from_events(
        [event.customer_id for event in events],
        [event.timestamp for event in events],
        [event.feature for event in events],
        [event.value for event in events],
        tokens=[None if event.tokens is None else EventTokens(*event.tokens) for event in events],
    )
    return Scenario.model_validate({**scenario, "catalog": catalog}), usage


def replay_in_engine(catalog: dict[str, Any], scenario: dict[str, Any], events: list[Event]) -> Replay:
    return replay(*scenario_and_usage(catalog, scenario, events))


def simulate_in_engine(catalog: dict[str, Any], scenario: dict[str, Any], events: list[Event]) -> Tables:
    """The engine's tables in the form of the oracle's."""
    result = replay_in_engine(catalog, scenario, events)
    there = result.table_names
    names = dict.fromkeys([*TABLES, *there])
    return {name: result.table(name).to_pylist() if name in there else [] for name in names}
