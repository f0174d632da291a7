"""One replay, whatever its size: tables, summary and report are the same in one piece and in many, in Parquet and in CSV."""

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.untidy import LIVELY, SCENARIO, usage_table

from commet_core import cli
from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.decide.results import replay_into, write_results
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import Piece, Sums, replay_pieces
from commet_core.engine.replay import replay
from commet_core.engine.tables import TABLES
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.errors import InputError
from commet_core.reports.compare import summarize
from commet_core.reports.compare.plans import customers_by_plan
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import Ingested, read

MANY = 200
"""Events of a piece: about thirty pieces. One customer alone has half of all events."""

FILES = {*TABLES, "rejects", "differences", "weak_point", "alerts"}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("usage") / "usage.parquet"
    pq.write_table(usage_table(), path, row_group_size=500)
    return path


@pytest.fixture(scope="module")
def ingested(parquet: Path) -> Ingested:
    return read([parquet])


@pytest.fixture(params=["models", "models, line-ups and actions"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return Scenario.model_validate({"models": SCENARIO, "models, line-ups and actions": LIVELY}[request.param])


def by_candidate(scenario: Scenario, table: pa.Table) -> pa.Table:
    """The rows of one candidate after the other, as in one piece; within a candidate in their order."""
    if "candidate" not in table.column_names:
        return table
    names = [candidate.name for candidate in scenario.candidates]
    return pa.concat_tables([table.filter(pa.compute.equal(table["candidate"], name)) for name in names]).combine_chunks()


def csv_by_candidate(scenario: Scenario, text: str) -> list[str]:
    header, *rows = text.splitlines()
    if not header.startswith("candidate,"):
        return [header, *rows]
    names = [candidate.name for candidate in scenario.candidates]
    return [header, *sorted(rows, key=lambda row: names.index(row.split(",")[0]))]


def test_many_pieces_are_written_as_one_in_parquet(scenario: Scenario, ingested: Ingested, tmp_path: Path) -> None:
    one = replay_into(scenario, *vars(ingested).values(), tmp_path / "one")
    many = replay_into(scenario, *vars(ingested).values(), tmp_path / "many", events_per_piece=MANY)
    write_results(replay(scenario, ingested.usage), ingested.report, tmp_path / "memory")
    assert one.summary == many.summary
    assert {path.stem for path in (tmp_path / "many").iterdir()} == {*FILES, "summary"}
    for name in FILES:
        files = [tmp_path / folder / f"{name}.parquet" for folder in ("one", "many", "memory")]
        in_one, in_many, in_memory = (by_candidate(scenario, pq.read_table(file)) for file in files)
        assert in_many.equals(in_one), name
        assert in_memory.equals(in_one), name
    assert pq.ParquetFile(tmp_path / "many" / "periods.parquet").num_row_groups > 20
    summaries = [(tmp_path / folder / "summary.json").read_text("utf-8") for folder in ("one", "many", "memory")]
    assert len(set(summaries)) == 1
    assert json.loads(summaries[0])["rows_read"] == 6_000


def test_many_pieces_are_written_as_one_in_csv(scenario: Scenario, ingested: Ingested, tmp_path: Path) -> None:
    replay_into(scenario, *vars(ingested).values(), tmp_path / "one", "csv")
    replay_into(scenario, *vars(ingested).values(), tmp_path / "many", "csv", events_per_piece=MANY)
    for name in (*(f"{name}.csv" for name in FILES), "summary.json"):
        one, many = ((tmp_path / folder / name).read_text("utf-8") for folder in ("one", "many"))
        assert csv_by_candidate(scenario, many) == csv_by_candidate(scenario, one), name


def test_files_hold_texts_and_not_dictionaries_and_the_types_of_the_tables(
    scenario: Scenario, ingested: Ingested, tmp_path: Path
) -> None:
    replayed = replay(scenario, ingested.usage)
    replay_into(scenario, *vars(ingested).values(), tmp_path / "out", events_per_piece=MANY)
    for name in TABLES:
        expected = without_dictionaries(replayed.table(name))
        assert by_candidate(scenario, pq.read_table(tmp_path / "out" / f"{name}.parquet")).equals(expected), name


def test_totals_of_pieces_add_up_to_those_of_the_whole(scenario: Scenario, ingested: Ingested) -> None:
    whole = Sums.of(replay(scenario, ingested.usage))
    parts = list(replay_pieces(scenario, ingested.usage, Sums.of, MANY))
    assert len(parts) > 20
    total = Sums.total(parts)
    assert (total.left_out, total.counted) == (whole.left_out, whole.counted)
    for added, expected in zip(total.totals, whole.totals, strict=True):
        figures, wanted = vars(added).copy(), vars(expected).copy()
        assert sorted(figures.pop("monthly_costs")) == sorted(wanted.pop("monthly_costs"))
        assert figures == wanted
    assert (parts[0] + parts[1]).customers == parts[0].customers + parts[1].customers


def test_a_report_says_the_same_of_one_piece_and_of_many(scenario: Scenario, ingested: Ingested, tmp_path: Path) -> None:
    replayed = replay(scenario, ingested.usage)
    many = replay_into(scenario, *vars(ingested).values(), tmp_path / "many", events_per_piece=MANY)
    assert summarize(many) == summarize(replayed)
    assert customers_by_plan(many).equals(customers_by_plan(replayed))
    assert Outcome.of(replayed, ingested.report).summary == many.summary


def test_the_command_prints_the_same_of_one_piece_and_of_many(
    scenario: Scenario, parquet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(scenario.model_dump_json(), "utf-8")
    command = ["replay", str(file), "--usage", str(parquet), "--out", str(tmp_path / "out")]
    printed = []
    for events in (10**9, MANY):
        monkeypatch.setattr("commet_core.decide.results.replay_into", partial(replay_into, events_per_piece=events))
        assert cli.main(command) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert all(label in printed[0] for label in ("billed", "median", "revenue", "top-ups"))
    assert ("customers by plan" in printed[0]) == (scenario.candidates[-1].group is not None)
    assert pq.ParquetFile(tmp_path / "out" / "periods.parquet").num_row_groups > 20


def test_where_everybody_is_left_out_the_problems_are_told_and_nothing_is_written(parquet: Path, tmp_path: Path) -> None:
    customers = sorted(set(read([parquet]).usage.customers.to_pylist()))
    rows = [{"customer_id": customer, "at": "2026-02-01", "action": "resume"} for customer in customers]
    scenario = Scenario.model_validate({**SCENARIO, "subscriptions": rows})
    for events in (10**9, MANY):
        with pytest.raises(InputError) as raised:
            replay_into(scenario, *vars(read([parquet])).values(), tmp_path / "out", events_per_piece=events)
        assert len(raised.value.problems) == len(customers)
    assert not (tmp_path / "out").exists()


def test_a_piece_of_customers_without_events_in_the_window_has_nobody(ingested: Ingested) -> None:
    scenario = Scenario.model_validate({**SCENARIO, "window": {"start": "2027-01-01", "end": "2027-02-01"}})
    (piece,) = replay_pieces(scenario, ingested.usage, Piece.of, MANY)
    assert piece.sums.customers == 0
    assert {table.num_rows for table in piece.tables.values()} == {0}


def test_customers_are_drawn_once_however_many_ask(scenario: Scenario, ingested: Ingested) -> None:
    """The tables, the printed comparison and every page ask the same amounts."""
    replayed = replay(scenario, ingested.usage)
    outcome = Outcome.of(replayed, ingested.report)
    assert CustomerAmounts.of(replayed) is CustomerAmounts.of(replayed)
    assert CustomerAmounts.of_outcome(outcome) is CustomerAmounts.of_outcome(outcome)
    assert CustomerAmounts.of(replay(scenario, ingested.usage)) is not CustomerAmounts.of(replayed)
