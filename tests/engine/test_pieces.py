"""A replay in parts is the whole replay: the same rows in the same order, however the customers are split."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from commet_core.decide.results import replay_into
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.foundation.arrow import concatenated
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA
from commet_core.usage.usage import Usage

REPORT = IngestReport((), (), (), REJECT_SCHEMA.empty_table())

CATALOG = {
    "features": {"call": {}, "image": {}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 5}, "image": {"overage": {"package_size": 3, "package_price": 2}}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 20,
            "features": {"call": {"credits_per_unit": 3}, "image": {"credits_per_unit": 7}},
        },
        "balance": {"consumption_model": "balance", "prices": {"monthly": 10}, "features": {"call": {"unit_price": "0.7"}}},
    },
    "credit_packs": {"small": {"credits": 10, "price": 4}},
}


def scenario(**stated: object) -> Scenario:
    rule = {"pack": "small", "max_packs_per_period": 3, "probability": "0.5"}
    candidates = [
        {"name": "Metered", "plan": "metered"},
        {"name": "Credits", "plan": "credits", "purchases": rule},
        {"name": "Balance", "plan": "balance"},
    ]
    return Scenario.model_validate({"catalog": CATALOG, "candidates": candidates, **stated})


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Seven customers with one to 31 events, from January to April."""
    start = datetime(2026, 1, 10, tzinfo=UTC)
    rows = [
        (f"c{customer}", start + timedelta(days=2 * step), ("call", "image")[step % 2], 1 + step % 4)
        for customer in range(7)
        for step in range(5 * customer + 1)
    ]
    customers, times, features, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(customers, times, features, values)


def tables(replayed: Replay) -> dict[str, list[pa.Table]]:
    return {name: [table(run) for run in replayed.runs] for name, table in TABLES.items()}


def rows_by_candidate(parts: list[dict[str, list[pa.Table]]], name: str) -> list[list[dict[str, object]]]:
    return [concatenated([part[name][candidate] for part in parts]).to_pylist() for candidate in range(3)]


FROM_FEBRUARY = {"window": {"start": date(2026, 2, 1), "end": date(2026, 4, 1)}}
"""The first three customers have no usage in it."""


@pytest.mark.parametrize(
    ("stated", "events", "part_count"),
    [({}, 1, 7), ({}, 10, 6), ({}, 40, 4), ({}, 1000, 1), (FROM_FEBRUARY, 1, 4), (FROM_FEBRUARY, 1000, 1)],
)
def test_the_parts_rows_are_those_of_the_whole(usage: Usage, stated: dict[str, object], events: int, part_count: int) -> None:
    whole = tables(replay(scenario(**stated), usage))
    parts = list(replay_pieces(scenario(**stated), usage, tables, events))
    assert len(parts) == part_count
    for name in TABLES:
        assert rows_by_candidate(parts, name) == rows_by_candidate([whole], name)


def test_who_is_within_the_limit_of_a_promo_code_is_the_same_in_parts(usage: Usage) -> None:
    """Everybody starts on January 10, so that the three with the first ids are within the limit, whatever is replayed together."""
    spring = {"offers": {"half": {"percent": 50}}, "promo_codes": {"SPRING": {"offer": "half", "max_redemptions": 3}}}
    stated = {"catalog": CATALOG | spring, "candidates": [{"name": "Metered", "plan": "metered", "promo_code": "SPRING"}]}
    promoted = Scenario.model_validate(stated)
    whole = replay(promoted, usage)
    parts = list(replay_pieces(promoted, usage, lambda replayed: replayed.table("redemptions"), 20))
    assert len(parts) > 1
    rows = pa.concat_tables([part.combine_chunks() for part in parts]).to_pylist()
    assert rows == whole.table("redemptions").to_pylist()
    assert [row["customer_id"] for row in rows if row["accepted"]] == ["c0", "c1", "c2"]
    assert {row["reason"] for row in rows if not row["accepted"]} == {"max_redemptions_reached"}


def test_a_window_without_usage_is_an_error_as_it_is_for_the_whole(usage: Usage, tmp_path: Path) -> None:
    empty = scenario(window={"start": date(2025, 1, 1), "end": date(2025, 2, 1)})
    for events in (1, 1000):
        with pytest.raises(InputError, match="no event lies from 2025-01-01 up to 2025-02-01"):
            replay_into(empty, usage, REPORT, tmp_path / "out", events_per_piece=events)
    assert not list(tmp_path.iterdir())
