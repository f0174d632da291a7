"""Tokens of AI models in usage that is read: the same from every format, in a store, beyond memory and on Spark."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core.catalog.plans import Catalog
from commet_core.catalog.request_prices import RequestPrices
from commet_core.cli import main
from commet_core.engine.replay import replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import ArrowSource, IngestReport, read
from commet_core.usage.store import open_store, prepare
from commet_core.usage.tokens import TOKEN_COLUMNS, EventTokens
from commet_core.usage.usage import Usage

HEADER = ("customer_id", "timestamp", "feature", "value", "event_id", "model", *TOKEN_COLUMNS)
ROWS: list[tuple[Any, ...]] = [
    ("bob", "2026-04-03T00:00:00Z", "chat", 1, "b1", "large", 1000, 500, 200, 100),
    ("ana", "2026-04-02T00:00:00Z", "image", 3, "a1", None, None, None, None, None),
    ("ana", "2026-04-01T00:00:00Z", "chat", 1, "a2", " small ", 70, 7, None, None),
    ("bob", "2026-04-03T00:00:00Z", "chat", 1, "b1", "large", 9, 9, 9, 0),
    ("bob", "2026-04-01T00:00:00Z", "chat", 2, "b2", "small", 0, 0, 0, 0),
    ("bob", "2026-04-04T00:00:00Z", "chat", 1, "b3", "large", 5, None, None, None),
]
"""The fourth is a duplicate of the first; the last has no output tokens, and so no tokens."""

EXPECTED = {
    ("ana", "chat"): [("small", 70, 7, 0, 0)],
    ("ana", "image"): [None],
    ("bob", "chat"): [("small", 0, 0, 0, 0), ("large", 1000, 500, 200, 100), None],
}


def tokens_of(usage: Usage) -> dict[tuple[str, str], list[Any]]:
    """The tokens of events by customer and feature, in order of time."""
    assert usage.tokens is not None
    found: dict[tuple[str, str], list[Any]] = {}
    for customer, name in enumerate(usage.customers.to_pylist()):
        for event in range(usage.offsets[customer], usage.offsets[customer + 1]):
            model = int(usage.tokens.model_indexes[event])
            own = (usage.tokens.models[model].as_py(), *(int(column[event]) for column in usage.tokens[2:6]))
            key = name, usage.features[usage.feature_indexes[event]]
            found.setdefault(key, []).append(own if model >= 0 else None)
            assert model >= 0 or own[1:] == (0, 0, 0, 0)
            assert usage.tokens.requests[event] == (model >= 0)
    return found


def csv_text(rows: list[tuple[Any, ...]]) -> str:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [HEADER, *rows]]
    return "\n".join(lines) + "\n"


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    times = pa.array([datetime.fromisoformat(at) for at in columns[1]], pa.timestamp("us", tz="UTC"))
    kinds = [pa.string(), None, pa.string(), pa.int64(), pa.string(), pa.string(), *[pa.int64()] * 4]
    arrays = [times if kind is None else pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=list(HEADER))


def as_csv(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    (folder / "usage.csv").write_text(csv_text(rows), "utf-8")
    return folder / "usage.csv"


def as_json_lines(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    filled = [{name: cell for name, cell in zip(HEADER, row, strict=True) if cell is not None} for row in rows]
    (folder / "usage.jsonl").write_text("".join(json.dumps(row) + "\n" for row in filled), "utf-8")
    return folder / "usage.jsonl"


def as_json_array(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    (folder / "usage.json").write_text(json.dumps([dict(zip(HEADER, row, strict=True)) for row in rows]), "utf-8")
    return folder / "usage.json"


def as_parquet(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    pa.parquet.write_table(table_of(rows), folder / "usage.parquet")
    return folder / "usage.parquet"


def as_untyped_parquet(folder: Path, rows: list[tuple[Any, ...]]) -> Path:
    """Times as text and tokens as decimals have to be judged by a query."""
    table = table_of(rows).set_column(1, "timestamp", pa.array([row[1] for row in rows]))
    for place, name in enumerate(TOKEN_COLUMNS, start=6):
        table = table.set_column(place, name, table[name].cast(pa.decimal128(20, 1)))
    pa.parquet.write_table(table, folder / "usage.parquet")
    return folder / "usage.parquet"


FORMATS = [as_csv, as_json_lines, as_json_array, as_parquet, as_untyped_parquet]
Write = Callable[[Path, list[tuple[Any, ...]]], Path]


@pytest.mark.parametrize("write", FORMATS)
def test_every_format_gives_the_tokens_of_its_rows(write: Write, tmp_path: Path) -> None:
    found = read(write(tmp_path, ROWS))
    assert tokens_of(found.usage) == EXPECTED
    assert (found.report.duplicates, found.report.rows_rejected) == (1, 0)


def test_rows_in_arrow_batches_have_them_too() -> None:
    assert tokens_of(read(ArrowSource("rows", table_of(ROWS).to_reader)).usage) == EXPECTED


def test_nested_tokens_of_a_usage_event(tmp_path: Path) -> None:
    row = {
        "customerId": "ana",
        "timestamp": "2026-04-01T10:00:00Z",
        "feature": "chat",
        "properties": {"model": "small", "inputTokens": 70, "outputTokens": 7},
    }
    (tmp_path / "usage.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    names = {"model": "properties.model", "input_tokens": "properties.inputTokens", "output_tokens": "properties.outputTokens"}
    assert tokens_of(read(tmp_path / "usage.jsonl", mapping=names).usage) == {("ana", "chat"): [("small", 70, 7, 0, 0)]}


def test_tokens_that_only_later_lines_have_are_read(tmp_path: Path) -> None:
    plain = [("ana", "2026-04-01", "image", 1, f"i{place}", None, None, None, None, None) for place in range(3_000)]
    usage = read(as_json_lines(tmp_path, [*plain, ROWS[0]])).usage
    assert tokens_of(usage)["bob", "chat"] == [("large", 1000, 500, 200, 100)]


DAYS = [
    {
        "customer": "ana",
        "date": f"2026-04-0{day}",
        "feature": "chat",
        "model": "large",
        "input_tokens": 1000,
        "output_tokens": 5,
    }
    for day in (1, 2, 3)
]


@pytest.mark.parametrize(
    "text",
    [
        "".join(json.dumps(row) + "\n" for row in DAYS),
        json.dumps(DAYS),
        json.dumps({"data": DAYS}),
        "".join(json.dumps({**row, "model": row["model"] if place else None}) + "\n" for place, row in enumerate(DAYS * 2)),
    ],
    ids=["lines", "array", "envelope", "lines, the first without a model"],
)
def test_totals_of_days_in_json_are_of_an_unknown_number_of_requests(text: str, tmp_path: Path) -> None:
    (tmp_path / "usage.json").write_text(text, "utf-8")
    found = read(tmp_path / "usage.json")
    assert found.usage.tokens is not None
    assert not found.usage.tokens.requests.any()
    assert any("base tier" in note for note in found.report.notes)


REPORTED = "starting_at,workspace_id,model,uncached_input_tokens,cache_read_input_tokens,output_tokens\n"
BLOCK = {"modelName": "m", "inputTokens": 9, "outputTokens": 1, "cacheCreationTokens": 0, "cacheReadTokens": 0, "cost": 1}
IN_MINUTES = REPORTED + "".join(f"2026-04-01T10:{minute}:00Z,w1,m,1000000,0,100000\n" for minute in range(10, 40))


@pytest.mark.parametrize(
    "text",
    [
        IN_MINUTES,
        REPORTED + "2026-04-01T10:00:00Z,w1,m,1000000,0,100000\n2026-04-01T11:00:00Z,w1,m,1000000,0,100000\n",
        json.dumps([BLOCK | {"user": "ana", "startTime": "2026-04-01T10:23:45Z", "modelsUsed": 1}]),
    ],
    ids=["minutes", "two hours", "a block"],
)
def test_rows_of_a_shape_of_totals_are_of_an_unknown_number_of_requests(text: str, tmp_path: Path) -> None:
    (tmp_path / "usage.txt").write_text(text, "utf-8")
    found = read(tmp_path / "usage.txt")
    assert found.report.files[0].shape is not None
    assert found.report.files[0].shape.rows == "aggregate"
    assert found.usage.tokens is not None
    assert not found.usage.tokens.requests.any()
    assert any("base tier" in note for note in found.report.notes)


def test_so_are_those_that_come_in_arrow_batches() -> None:
    table = pa.csv.read_csv(pa.BufferReader(IN_MINUTES.encode()))
    usage = read(ArrowSource("rows", table.to_reader)).usage
    assert usage.tokens is not None
    assert not usage.tokens.requests.any()


def test_events_of_json_whose_tokens_only_later_lines_have_are_totals_of_days_too(tmp_path: Path) -> None:
    plain = [("ana", "2026-04-01", "image", 1, None, None, None, None, None, None)] * 3_000
    usage = read(as_json_lines(tmp_path, [*plain, ("ana", "2026-04-02", "chat", 1, None, "large", 9, 9, None, None)])).usage
    assert usage.tokens is not None
    assert not usage.tokens.requests.any()


def test_what_is_said_of_json_names_columns_that_it_has(tmp_path: Path) -> None:
    rows = [
        {"customer": "ana", "date": "2026-04-01T10:00:00Z", "feature": "call", "quantity": units, "unit": "GB", "cost": "1.5"}
        for units in ("1.5", "2,000", "3")
    ]
    (tmp_path / "usage.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    report = read(tmp_path / "usage.jsonl").report
    assert "usage.jsonl: numbers have a decimal point, as '1.5' in `quantity` shows" in report.notes
    assert report.files[0].vendor_cost is None


@pytest.mark.parametrize(
    ("later", "named"),
    [({}, "`input_tokens`, `output_tokens`"), ({"value": "1.234,5"}, "`value`, `input_tokens`, `output_tokens`")],
)
def test_a_column_of_later_lines_is_named_where_one_has_it(later: dict[str, str], named: str, tmp_path: Path) -> None:
    row = {"customer": "ana", "date": "2026-04-01T10:00:00Z", "feature": "chat", "model": "large"}
    tokens = [{"input_tokens": "1", "output_tokens": 5}] * 3_000 + [{"input_tokens": "1.000.000", "output_tokens": 5, **later}]
    text = "".join(json.dumps(row | counts) + "\n" for counts in tokens)
    (tmp_path / "usage.jsonl").write_text(text, "utf-8")
    (said,) = (note for note in read(tmp_path / "usage.jsonl").report.notes if "decimal comma" in note)
    assert said.endswith(f" in {named} shows")


def test_a_model_without_columns_for_tokens_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "cars.csv").write_text("customer_id,timestamp,feature,model\nana,2026-04-01,drive,sedan\n", "utf-8")
    assert read(tmp_path / "cars.csv").usage.tokens is None


@pytest.mark.parametrize("write", [as_csv, as_json_lines, as_untyped_parquet])
@pytest.mark.parametrize(
    ("tokens", "column", "value"),
    [
        ((-1, 5, None, None), "input_tokens", "-1"),
        ((1, "1.5", None, None), "output_tokens", "1.5"),
        ((1, 1, "many", None), "cache_read_tokens", "many"),
        ((1, 1, None, 2**53 + 1), "cache_write_tokens", str(2**53 + 1)),
    ],
)
def test_what_is_no_number_of_tokens_is_rejected(
    write: Write, tokens: tuple[Any, ...], column: str, value: str, tmp_path: Path
) -> None:
    if write is as_untyped_parquet:
        rows = [ROWS[1], ROWS[0][:6] + tuple(None if cell is None else str(cell) for cell in tokens)]
        columns = list(zip(*rows, strict=True))
        table = pa.table([pa.array([None if c is None else str(c) for c in column]) for column in columns], names=list(HEADER))
        pa.parquet.write_table(table, tmp_path / "usage.parquet")
        report = read(tmp_path / "usage.parquet").report
    else:
        report = read(write(tmp_path, [ROWS[1], ROWS[0][:6] + tokens])).report
    (reject,) = report.rejects.to_pylist()
    assert (reject["column"], reject["value"]) == (column, value)
    sentence = "is not a number of tokens: write a whole number from 0, or nothing where there are none"
    assert reject["reason"] == f"{column} {sentence}"
    assert reject["line"] == (3 if write is as_csv else 2)


@pytest.mark.parametrize("write", FORMATS)
def test_the_cache_is_a_part_of_the_input(write: Write, tmp_path: Path) -> None:
    report = read(write(tmp_path, [ROWS[1], (*ROWS[0][:6], 10, 1, 6, 5)])).report
    (reject,) = report.rejects.to_pylist()
    assert (reject["column"], reject["value"].removesuffix(".0")) == ("cache_read_tokens", "6")
    assert reject["reason"].startswith("more tokens were read from and written to the cache than input_tokens")


def test_a_negative_number_in_typed_columns_is_judged_as_in_text(tmp_path: Path) -> None:
    report: IngestReport = read(as_parquet(tmp_path, [*ROWS, (*ROWS[0][:6], -5, 1, None, None)])).report
    assert [row["column"] for row in report.rejects.to_pylist()] == ["input_tokens"]
    assert report.rows_used == 5


def test_files_with_and_without_tokens_are_one_usage(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text("customer_id,timestamp,feature\nana,2026-03-01,chat\ncyd,2026-03-01,chat\n", "utf-8")
    found = tokens_of(read([tmp_path / "plain.csv", as_csv(tmp_path, ROWS)]).usage)
    assert found == {**EXPECTED, ("ana", "chat"): [None, ("small", 70, 7, 0, 0)], ("cyd", "chat"): [None]}


def many_rows() -> list[tuple[Any, ...]]:
    """20,000 rows of 50 customers with repeated ids, two thirds of them with tokens."""
    random = np.random.default_rng(5)
    rows: list[tuple[Any, ...]] = []
    for place in range(20_000):
        customer, second = int(random.integers(50)), int(random.integers(3_600))
        at = f"2026-04-{1 + place % 28:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
        asked, answered = int(random.integers(1, 5_000)), int(random.integers(900))
        tokens = ("large", "small")[place % 2], asked, answered, asked // 3, asked // 5
        event_id = f"e{int(random.integers(15_000))}"
        rows.append((f"c{customer}", at, "chat", 1, event_id, *(tokens if place % 3 else (None,) * 5)))
    return rows


def plainly(rows: list[tuple[Any, ...]]) -> Usage:
    """The same, row by row."""
    seen, kept = set(), []
    for row in rows:
        if (row[0], row[4]) not in seen:
            seen.add((row[0], row[4]))
            kept.append(row)
    tokens = [None if row[5] is None else EventTokens(*row[5:]) for row in kept]
    times = [datetime.fromisoformat(row[1]).astimezone(UTC) for row in kept]
    customers, features, values = ([row[place] for row in kept] for place in (0, 2, 3))
    return Usage.from_events(customers, times, features, [Decimal(value) for value in values], tokens)


def test_many_rows_with_duplicates_in_memory_on_disk_and_in_a_store(tmp_path: Path) -> None:
    rows = many_rows()
    paths = []
    for place in range(4):
        (tmp_path / str(place)).mkdir()
        paths.append((as_csv, as_parquet)[place % 2](tmp_path / str(place), rows[5_000 * place : 5_000 * (place + 1)]))
    expected = plainly(rows)
    assert expected.event_count < 20_000
    in_memory = read(paths).usage
    on_disk = read(paths, memory_limit=200_000).usage
    prepare(paths, tmp_path / "store", memory_limit=200_000)
    stored = open_store(tmp_path / "store", check_content=True).usage
    for found in (in_memory, on_disk, stored):
        assert found.digest == expected.digest
    assert stored.tokens is not None
    assert not stored.tokens.input.flags.owndata


def test_a_file_with_tokens_is_billed_by_them(tmp_path: Path) -> None:
    """1,000 input tokens of which 300 are of the cache, 500 output: 0.0021 + 0.0075 + 0.0001 + 0.0004 = 0.0101, and 20 %."""
    catalog = {
        "features": {"chat": {}, "image": {}},
        "models": {
            "large": {"input": 3, "output": 15, "cache_read": "0.3", "cache_write": "3.75"},
            "small": {"input": 1, "output": 2},
        },
        "plans": {
            "pro": {
                "consumption_model": "balance",
                "prices": {"monthly": 10},
                "features": {"chat": {"pricing": "ai_model", "margin": "0.2"}, "image": {"unit_price": 1}},
            }
        },
    }
    scenario = Scenario.model_validate({"catalog": catalog, "candidates": [{"name": "Pro", "plan": "pro"}]})
    result = replay(scenario, read(as_csv(tmp_path, ROWS[:3])).usage)
    used = {row["customer_id"]: row["balance_used"] for row in result.table("periods").to_pylist()}
    assert used["bob"] == Decimal("0.0101") + Decimal("0.0021")
    assert used["ana"] == 3 + Decimal("0.0001") + Decimal("0.0001") + Decimal("0.0001")


PRICES = {
    "features": {"chat": {}, "image": {}},
    "models": {"large": {"input": 3, "output": 15}},
    "plans": {
        "by_tokens": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "features": {"chat": {"pricing": "ai_model"}, "image": {"unit_price": 1}},
        },
        "plain": {
            "consumption_model": "balance",
            "prices": {"monthly": 10},
            "features": {"chat": {"unit_price": 1}, "image": {"unit_price": 1}},
        },
    },
}
UNKNOWN = "nobody has a price for this model: correct its name, or add it to `models:` of the catalog"


def prices(*plans: str, **changes: Any) -> RequestPrices | None:
    return RequestPrices.of(Catalog.model_validate(PRICES | changes), plans)


class TestModelsWithoutAPrice:
    """A row with an unknown model is rejected with its name (billing-rules 11.3)."""

    ROWS = (*ROWS[:3], ("ana", "2026-04-05T00:00:00Z", "image", 1, "a3", "small", 1, 1, None, None))

    @pytest.mark.parametrize("write", FORMATS)
    def test_the_row_is_rejected_with_its_name_and_the_others_are_used(self, write: Write, tmp_path: Path) -> None:
        """`small` has no price; an image is not priced by its tokens."""
        found = read(write(tmp_path, list(self.ROWS)), prices=prices("by_tokens"))
        (reject,) = found.report.rejects.to_pylist()
        line = 4 if write is as_csv else 3
        assert (reject["line"], reject["column"], reject["reason"]) == (line, "model", UNKNOWN)
        assert reject["value"].strip() == "small"
        assert (found.report.rows_used, found.usage.event_count) == (3, 3)
        assert tokens_of(found.usage)["bob", "chat"] == [("large", 1000, 500, 200, 100)]

    def test_any_model_will_do_where_no_plan_in_play_goes_by_tokens(self, tmp_path: Path) -> None:
        assert prices("plain") is None
        assert read(as_csv(tmp_path, list(self.ROWS)), prices=prices("plain")).report.rows_rejected == 0

    def test_a_model_of_the_public_list_is_known(self, tmp_path: Path) -> None:
        rows = [(*self.ROWS[0][:5], "openai/gpt-5", 10, 10, None, None)]
        assert read(as_csv(tmp_path, rows), prices=prices("by_tokens")).report.rows_rejected == 0

    def test_a_price_in_dollars_is_none_in_another_currency(self, tmp_path: Path) -> None:
        rows = [self.ROWS[0], (*self.ROWS[0][:4], "b9", "openai/gpt-5", 10, 10, None, None)]
        (reject,) = read(as_csv(tmp_path, rows), prices=prices("by_tokens", currency="eur")).report.rejects.to_pylist()
        assert (reject["value"], reject["reason"].split(",")[0]) == (
            "openai/gpt-5",
            "the price of this model is known in US dollars alone",
        )

    def test_on_the_command_line(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        scenario = {"catalog": PRICES, "candidates": [{"name": "Tokens", "plan": "by_tokens"}]}
        (tmp_path / "scenario.json").write_text(json.dumps(scenario), "utf-8")
        usage, out = as_csv(tmp_path, list(self.ROWS)), tmp_path / "out"
        assert main(["replay", str(tmp_path / "scenario.json"), "--usage", str(usage), "--out", str(out)]) == 0
        assert "4 rows read = 3 used + 1 rejected" in capsys.readouterr().out.replace("\n", " ")
        rejects = pa.parquet.read_table(out / "rejects.parquet").to_pylist()
        assert [(row["file"], row["line"], row["column"]) for row in rejects] == [("usage.csv", 4, "model")]
