"""Ways to move customers on possible futures: each path alone on the window's engine, medians and shares by plain Python."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pytest

from commet_core.decide.forecast import begin
from commet_core.decide.forecast.cancellations import path_rows
from commet_core.decide.forecast.paths import Drawing, Piece
from commet_core.decide.migration import TABLES_AHEAD, Migration, MigrationAhead, migrate, migrate_ahead
from commet_core.decide.migration.ahead import quantile
from commet_core.foundation.errors import InputError
from commet_core.foundation.window import Window
from commet_core.reports.move import ahead_rows, ahead_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.usage import Usage

SAMPLE = Path(__file__).parents[2] / "sample_data"
WAYS = ("now", "waves=2:1", "grandfather=1")
MONTHS, PATHS = 3, 10


@pytest.fixture(scope="module")
def usage() -> Usage:
    return read([SAMPLE / "usage.parquet"]).usage


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return Scenario.load(SAMPLE / "scenario.yaml")


@pytest.fixture(scope="module")
def ahead(scenario: Scenario, usage: Usage) -> MigrationAhead:
    return migrate_ahead(scenario, usage, "Credits", "Metered", WAYS, months=MONTHS, paths=PATHS)


@pytest.fixture(scope="module")
def alone(scenario: Scenario, usage: Usage) -> list[Migration]:
    """Each path written out as usage of its own, and migrated as any window is."""
    begun = begin(scenario, usage, MONTHS)
    piece = Piece(Drawing(begun.parts, MONTHS, begun.seed), 0, begun.ground.history.usage.customer_count)
    whole = scenario.model_copy(update={"window": Window(start=date(2026, 1, 1), end=date(2026, 10, 1))})
    found = []
    for path in range(PATHS):
        there = piece.path(path)
        ids = there.customers.take(pa.array(np.repeat(np.arange(there.customer_count), np.diff(there.offsets))))
        assert len(ids) == there.event_count
        rows = [*whole.customer_rows, *path_rows(piece, path)]
        found.append(migrate(whole.with_customer_rows(rows), there, "Credits", "Metered", WAYS, at=date(2026, 7, 1)))
    return found


@pytest.mark.parametrize("place", range(len(WAYS)))
def test_each_path_is_what_a_window_of_its_own_comes_to(ahead: MigrationAhead, alone: list[Migration], place: int) -> None:
    outcome = ahead.outcomes[place]
    for path, made in zip(outcome.paths, alone, strict=True):
        mine = made.outcomes[place]
        assert sum(path.gained) == mine.gained[-1]
        assert path.gained[0] == mine.gained[(date(2026, 7, 31) - date(2026, 1, 1)).days]
        assert path.billed == sum(mine.billed) - sum(made.ground.billed)
        assert (path.moved, path.above, path.payback) == (len(mine.moved), len(mine.above), mine.payback)
        assert path.cost == sum(mine.costs.total)
    totals = [made.outcomes[place].gained[-1] for made in alone]
    assert outcome.gained(Fraction(1, 2)) == int(median([Fraction(total) for total in totals]) + Fraction(1, 2))
    assert outcome.paid_back == sum(made.outcomes[place].payback is not None for made in alone)
    days = sorted(made.outcomes[place].payback or date.max for made in alone)
    assert (outcome.payback or date.max) == days[PATHS // 2 - 1]


def test_bills_before_the_move_and_who_can_move_are_the_same_on_every_path(
    ahead: MigrationAhead, alone: list[Migration]
) -> None:
    assert ahead.months == (date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1))
    first = ahead.first.ground
    known = first.ids.index(max(each for each in first.ids if not each.startswith("\U0010fffd"))) + 1
    for made in alone:
        assert made.ground.there == first.there
        assert made.ground.before[:known] == first.before[:known]
        assert made.ground.after[:known] == first.after[:known]
    assert len({made.ground.newcomers for made in alone}) > 1  # who comes is another on each


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([3], Fraction(1, 10), 3),
        ([4, 1], Fraction(1, 2), 3),
        ([0, 10, 20, 30, 40, 50], Fraction(1, 10), 5),
        ([5, 1, 3], Fraction(1), 5),
    ],
)
def test_a_quantile_lies_between_its_neighbours(values: list[int], share: Fraction, found: int) -> None:
    """Of 1 and 4 the middle is 2.5, half up 3; a tenth of the way over five steps is half of the first."""
    assert quantile(values, share) == found


def test_words_and_tables_say_medians_and_on_how_many_it_pays_back(ahead: MigrationAhead) -> None:
    said, rows = ahead_words(ahead), ahead_rows(ahead)
    assert "customers from Credits to Metered all at once, from 1 Jul 2026, earns $" in said[0]
    assert f"over the next 3 months, and pays back in {ahead.outcomes[0].paid_back} of 10 possible futures" in said[0]
    assert [row.name for row in rows] == [
        "All at once",
        "In 2 waves, 1 month apart, smallest rise first",
        "Grandfathered for 1 month",
    ]
    assert rows[0].payback.startswith(f"in {ahead.outcomes[0].paid_back} of 10")
    by_month, by_path = (TABLES_AHEAD[name](ahead) for name in ("migration_ahead", "migration_paths"))
    assert by_month.num_rows == 3 * (MONTHS + 1)
    assert by_path.num_rows == 3 * PATHS
    assert sum(by_path["payback"].is_valid().to_pylist()) == sum(outcome.paid_back for outcome in ahead.outcomes)


def test_what_cannot_be_forecast_cannot_be_moved_ahead(scenario: Scenario, usage: Usage) -> None:
    with pytest.raises(InputError, match="61 months ahead cannot be forecast"):
        migrate_ahead(scenario, usage, "Credits", "Metered", months=61)
    short = scenario.model_copy(update={"window": Window(start=date(2026, 5, 1), end=date(2026, 7, 1))})
    with pytest.raises(InputError, match="a forecast needs 3"):
        migrate_ahead(short, usage, "Credits", "Metered", months=3)
