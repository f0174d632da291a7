"""Generated usage: repeatable to the last digit, and shaped like the usage of real products."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import day_number
from commet_core.foundation.errors import InputError
from commet_core.rating.token_costs import token_costs
from commet_core.usage.ingest import read
from commet_core.usage.synthetic import PRESETS, expected_events, generate, write_usage
from commet_core.usage.synthetic.customers import Customers, daily_levels
from commet_core.usage.tokens import TOKEN_COLUMNS
from commet_core.usage.usage import EVENT_SCHEMA, Usage

CUSTOMERS, MONTHS, SEED = 500, 6, 3
WORKING_PRESETS = ("email_api", "llm_chat")

DIGESTS = {
    "ai_images": "74c6401bc023d133",
    "email_api": "4092f237a6c45375",
    "llm_chat": "e2c8dadf194dce94",
    "cloud_platform": "28e4b01f46b57d90",
}


@pytest.fixture(scope="module", params=PRESETS)
def preset(request):
    return PRESETS[request.param]


@pytest.fixture(scope="module")
def usages():
    return {code: generate(code, CUSTOMERS, MONTHS, SEED) for code in PRESETS}


@pytest.fixture
def usage(preset, usages):
    return usages[preset.code]


def rows(table: pa.Table, query: str) -> list[tuple]:
    """The rows of a query over `usage`, whose times have no zone there: they are UTC."""
    times = table["timestamp"].cast(pa.timestamp("us"))
    with duckdb.connect() as connection:
        connection.register("usage", table.set_column(1, "timestamp", times))
        return connection.execute(query).fetchall()


def number(table: pa.Table, query: str) -> float:
    return float(rows(table, query)[0][0])


def decoded(table: pa.Table) -> pa.Table:
    return table.select(EVENT_SCHEMA.names).cast(EVENT_SCHEMA).combine_chunks()


def of_customers(table: pa.Table, names: list[str]) -> pa.Table:
    decoded_table = decoded(table)
    return decoded_table.filter(pc.is_in(decoded_table["customer_id"], pa.array(names))).combine_chunks()


def digest(table: pa.Table) -> str:
    content = hashlib.sha256()
    for name in ("customer_id", "feature"):
        content.update("\n".join(table[name].cast(pa.string()).to_pylist()).encode())
    content.update(table["timestamp"].cast(pa.int64()).to_numpy().astype("<i8").tobytes())
    content.update(table["value"].to_numpy().astype("<i8").tobytes())
    return content.hexdigest()[:16]


# Repeatable


def test_the_same_arguments_give_the_same_events(preset):
    assert generate(preset.code, 40, 3, 5).equals(generate(preset.code, 40, 3, 5))


def test_every_machine_gives_these_events(preset):
    assert digest(generate(preset.code, 60, 4, 11, date(2025, 11, 15))) == DIGESTS[preset.code]


def test_another_seed_gives_other_events(preset):
    assert not generate(preset.code, 40, 3, 5).equals(generate(preset.code, 40, 3, 6))


def test_more_customers_change_no_events_of_the_others(preset):
    fewer, more = generate(preset.code, 30, 2, 5), generate(preset.code, 90, 2, 5)
    assert more.num_rows > fewer.num_rows
    names = pc.unique(decoded(fewer)["customer_id"]).to_pylist()
    assert of_customers(more, names).equals(decoded(fewer))


def test_more_months_only_add_events_at_the_end(preset):
    shorter, longer = decoded(generate(preset.code, 30, 2, 5)), decoded(generate(preset.code, 30, 5, 5))
    assert longer.num_rows > shorter.num_rows
    assert longer.slice(0, shorter.num_rows).combine_chunks().equals(shorter)


# What comes out


def test_it_is_a_usage(preset, usage):
    grouped = Usage.from_table(usage)
    assert grouped.event_count == usage.num_rows
    assert grouped.features == tuple(sorted(feature.code for feature in preset.features))


def test_events_are_in_time_order_and_within_the_months():
    times = generate("llm_chat", 50, 2, 1, date(2025, 1, 31))["timestamp"].combine_chunks()
    moments = np.asarray(times.cast(pa.int64()))
    assert (np.diff(moments) >= 0).all()
    first, last = (datetime.fromtimestamp(int(moment) / 1e6, UTC) for moment in (moments[0], moments[-1]))
    assert first.date() == date(2025, 1, 31)
    assert last.date() == date(2025, 3, 30)


def test_values_are_positive_and_have_the_decimals_of_their_feature(preset, usage):
    for feature in preset.features:
        values = usage.filter(pc.equal(usage["feature"].cast(pa.string()), feature.code))["value"].to_numpy()
        step = 10 ** (6 - feature.decimals)
        assert (values > 0).all()
        assert (values % step == 0).all()
        assert feature.decimals == 0 or (values % (step * 10) != 0).any()


def test_the_number_of_events_can_be_set(preset):
    assert generate(preset.code, 200, 3, 2, events=200_000).num_rows == pytest.approx(200_000, rel=0.01)
    assert generate(preset.code, 200, 3, 2, events=500).num_rows == pytest.approx(500, rel=0.2)


def test_the_number_of_events_is_known_beforehand(preset, usage):
    assert expected_events(preset.code, CUSTOMERS, MONTHS, SEED) == pytest.approx(usage.num_rows, rel=0.01)


# Shaped like real usage


def test_few_customers_make_most_of_the_usage(usage):
    top_share = number(
        usage,
        """
        WITH sizes AS (SELECT count(*) AS size, row_number() OVER (ORDER BY count(*) DESC) AS place FROM usage GROUP BY customer_id)
        SELECT sum(size) FILTER (place <= 0.1 * (SELECT count(*) FROM sizes)) / sum(size) FROM sizes
        """,
    )
    assert 0.5 < top_share < 0.9


def test_usage_grows(usage):
    by_month = rows(
        usage, "SELECT count(*) FROM usage GROUP BY date_trunc('month', timestamp) ORDER BY date_trunc('month', timestamp)"
    )
    assert len(by_month) == MONTHS
    first, last = (sum(events for (events,) in part) for part in (by_month[:3], by_month[3:]))
    assert 1.05 < last / first < 2


def test_weekends_differ_from_working_days(preset, usage):
    stocks = [feature.code for feature in preset.features if feature.stock]
    moving = usage.filter(pc.invert(pc.is_in(usage["feature"].cast(pa.string()), pa.array(stocks, pa.string()))))
    weekend, working_days = (
        number(moving, f"SELECT count(*) FROM usage WHERE isodow(timestamp) {days}") for days in ("> 5", "<= 5")
    )
    ratio = (weekend / 2) / (working_days / 5)
    if preset.code in WORKING_PRESETS:
        assert ratio < 0.5
    elif preset.code == "ai_images":
        assert ratio > 1.1
    else:
        assert 0.6 < ratio < 0.9


def test_days_have_a_cycle(usage):
    by_hour = [events for (events,) in rows(usage, "SELECT count(*) FROM usage GROUP BY hour(timestamp)")]
    assert len(by_hour) == 24
    assert max(by_hour) > 1.2 * min(by_hour)


BUSY = """
    months AS (
        SELECT customer_id, datediff('month', DATE '2026-01-01', timestamp) AS month, count(*) AS events FROM usage GROUP BY ALL
    ),
    busy AS (
        SELECT customer_id, min(month) AS first_month, max(month) AS last_month, count(*) AS months
        FROM months GROUP BY customer_id HAVING sum(events) / count(*) > 60
    )
"""
"""Customers who use so much in their months that a month without usage is no accident."""


def test_customers_arrive_and_leave(usage):
    arrived, left, stayed = rows(
        usage,
        f"""
        WITH {BUSY} SELECT avg((first_month > 0)::int), avg((last_month < {MONTHS - 2})::int),
        avg((first_month = 0 AND last_month = {MONTHS - 1})::int) FROM busy
        """,
    )[0]
    assert 0.1 < arrived < 0.45
    assert 0.04 < left < 0.35
    assert stayed > 0.35


def test_some_customers_pause_for_a_whole_month(usage):
    paused = number(usage, f"WITH {BUSY} SELECT avg((months < last_month - first_month + 1)::int) FROM busy")
    assert 0.05 < paused < 0.5


def test_not_every_customer_uses_every_feature(preset, usage):
    adopted = dict(rows(usage, "SELECT feature, count(DISTINCT customer_id) FROM usage GROUP BY feature"))
    active = number(usage, "SELECT count(DISTINCT customer_id) FROM usage")
    for feature in preset.features:
        assert adopted[feature.code] / active <= feature.adoption_share + 0.08
    assert min(adopted.values()) < 0.8 * active


def test_usage_comes_in_bursts(preset):
    customers = Customers.of(preset, 200, SEED)
    first, end = day_number(date(2026, 1, 1)), day_number(date(2026, 4, 1))
    usual = list(daily_levels(replace(preset, burst_share=0), customers, first, end))
    burst = list(daily_levels(preset, customers, first, end))
    factors = np.concatenate([b.used[u.used > 0] / u.used[u.used > 0] for b, u in zip(burst, usual, strict=True)])
    in_burst = factors > 1.000001
    assert in_burst.mean() == pytest.approx(preset.burst_share, rel=0.35)
    assert factors[in_burst].mean() == pytest.approx(preset.burst_factor, rel=0.2)
    assert (factors >= 0.999999).all()


def test_what_customers_hold_is_read_once_a_day_and_follows_their_size(usages):
    readings = rows(
        usages["cloud_platform"],
        """
        SELECT customer_id, max(readings), avg(held) FROM (
            SELECT customer_id, timestamp::date AS day, count(*) AS readings, sum(value) AS held
            FROM usage WHERE feature = 'storage_gb_hours' GROUP BY ALL
        ) GROUP BY customer_id
        """,
    )
    held = sorted(average for _, _, average in readings)
    assert {most for _, most, _ in readings} == {1}
    assert held[-len(held) // 10] > 10 * held[len(held) // 2]


# Arguments that cannot be used


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "ai_image"}, "preset 'ai_image' does not exist. Did you mean ai_images?"),
        ({"customers": 0}, "customers: 0 cannot be used. Give a whole number from 1 to 5000000."),
        ({"customers": 2.5}, "customers: 2.5 cannot be used"),
        ({"months": 0}, "months: 0 cannot be used. Give a whole number from 1 to 60."),
        ({"months": 61}, "months: 61 cannot be used"),
        ({"customers": 1_000_000, "months": 60}, "Customers times months may be at most 30,000,000"),
        ({"seed": -1}, "seed: -1 cannot be used"),
        ({"events": 0}, "events: 0 cannot be used. Give a whole number from 1 to 1000000000."),
        ({"start": date(1969, 12, 31)}, "start: 1969-12-31 cannot be used. Give a date from 1970"),
    ],
)
def test_bad_arguments_say_what_would_be_right(changes, message):
    arguments = {"preset": "ai_images", "customers": 1, "months": 1, "seed": 1} | changes
    with pytest.raises(InputError, match=re.escape(message)):
        generate(**arguments)


def test_all_bad_arguments_are_named_at_once():
    with pytest.raises(InputError) as raised:
        generate("email", 0, 0, -1, events=0)
    assert [problem.where for problem in raised.value.problems] == ["preset", "customers", "months", "seed", "events"]


def test_too_many_events_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr("commet_core.usage.synthetic.EVENTS_MAX", 1000)
    monkeypatch.setattr("commet_core.usage.synthetic._batches", None)
    with pytest.raises(InputError, match=r"50 customers would have about [\d,]+ events in 2 months"):
        generate("cloud_platform", 50, 2, 1)


def test_customers_without_any_usage_are_an_error():
    seed = next(seed for seed in range(50) if Customers.of(PRESETS["ai_images"], 1, seed).arrival_days[0] > 31)
    with pytest.raises(InputError, match="none of the 1 customers uses anything in the months asked for"):
        generate("ai_images", 1, 1, seed)


# Files


@pytest.fixture(scope="module")
def small() -> pa.Table:
    return generate("cloud_platform", 12, 1, 4)


def test_a_parquet_file_holds_decimals_and_an_id_per_row(small, tmp_path):
    write_usage(small, tmp_path / "usage.parquet")
    read = pq.read_table(tmp_path / "usage.parquet")
    assert read.column_names == ["customer_id", "timestamp", "feature", "value", "event_id"]
    assert read.schema.field("value").type == pa.decimal128(18, 6)
    assert read["value"].to_pylist() == [Decimal(value).scaleb(-6) for value in small["value"].to_pylist()]
    for name in ("customer_id", "timestamp", "feature"):
        assert read[name].to_pylist() == small[name].to_pylist()
    assert len(set(read["event_id"].to_pylist())) == small.num_rows


def test_a_csv_file_holds_the_same_as_plain_text(small, tmp_path):
    write_usage(small, tmp_path / "usage.csv")
    header, *lines = (tmp_path / "usage.csv").read_text().splitlines()
    assert header == "customer_id,timestamp,feature,value,event_id"
    cells = [line.split(",") for line in lines]
    assert [cell[0] for cell in cells] == small["customer_id"].to_pylist()
    assert [datetime.fromisoformat(cell[1]) for cell in cells] == small["timestamp"].to_pylist()
    assert [cell[2] for cell in cells] == small["feature"].to_pylist()
    assert [Decimal(cell[3]) for cell in cells] == [Decimal(value).scaleb(-6) for value in small["value"].to_pylist()]
    assert all(re.fullmatch(r"\d+(\.\d{0,5}[1-9])?", cell[3]) for cell in cells)
    assert len({cell[4] for cell in cells}) == small.num_rows


def test_rows_beyond_one_batch_are_all_written(tmp_path, monkeypatch, small):
    monkeypatch.setattr("commet_core.usage.synthetic.usage_files.ROWS_PER_BATCH", 100)
    write_usage(small, tmp_path / "usage.parquet")
    read = pq.read_table(tmp_path / "usage.parquet")
    assert read.num_rows == small.num_rows > 300
    assert len(set(read["event_id"].to_pylist())) == small.num_rows


def test_names_with_commas_and_quotes_survive_csv(tmp_path):
    columns = [['a,"b"', "c"], pa.array([0, 1_500_000], pa.timestamp("us", tz="UTC")), ["image", "image"], [0, 1]]
    table = pa.table(dict(zip(EVENT_SCHEMA.names, columns, strict=True)), schema=EVENT_SCHEMA)
    write_usage(table, tmp_path / "usage.csv")
    with duckdb.connect() as connection:
        read = connection.execute("FROM read_csv(?, all_varchar = true)", [str(tmp_path / "usage.csv")]).fetchall()
    assert read == [
        ('a,"b"', "1970-01-01T00:00:00Z", "image", "0", "evt_000000001"),
        ("c", "1970-01-01T00:00:01.5Z", "image", "0.000001", "evt_000000002"),
    ]


def test_another_kind_of_file_is_refused(small, tmp_path):
    with pytest.raises(InputError, match=re.escape("usage is not written as .xlsx. Use .parquet or .csv")):
        write_usage(small, tmp_path / "usage.xlsx")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(small, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_usage(small, tmp_path / "missing" / "usage.parquet")
    (tmp_path / "usage.csv").mkdir()
    with pytest.raises(InputError, match="this is a folder, not a file"):
        write_usage(small, tmp_path / "usage.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["usage.csv"]


# The sample that comes with the project

SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.mark.parametrize(("name", "customers", "months"), [("usage.parquet", 150, 6), ("usage_small.csv", 20, 1)])
def test_the_sample_is_what_its_command_makes(name, customers, months, tmp_path):
    readme = (SAMPLE / "README.md").read_text()
    assert f"commet-sim synth ai_images --customers {customers} --months {months} --seed 7 --out sample_data/{name}" in readme
    write_usage(generate("ai_images", customers, months, 7), tmp_path / name)
    if name.endswith(".csv"):
        assert (tmp_path / name).read_text() == (SAMPLE / name).read_text()
    else:
        assert pq.read_table(tmp_path / name).equals(pq.read_table(SAMPLE / name))


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 1_000_000


def test_progress_counts_every_day_and_what_it_raises_stops_the_generation():
    told: list[tuple[float, str]] = []
    table = generate("ai_images", 20, 1, 7, progress=lambda share, sentence: told.append((share, sentence)))
    assert [share for share, _ in told] == [0.0] * 31 + [day / 31 for day in range(1, 32)]
    assert told[-1][1].rows == table.num_rows

    def stop(share: float, _sentence: str) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate("ai_images", 20, 1, 7, progress=stop)


# Requests to AI models


@pytest.fixture(scope="module")
def chats():
    """A request a row, with its model and tokens."""
    table = generate("llm_chat", 200, 3, SEED)
    return table.filter(pc.is_in(table["feature"].cast(pa.string()), pa.array(["request", "advanced_request"])))


def test_only_requests_have_tokens(usages, chats):
    assert chats["model"].null_count == 0
    for code, table in usages.items():
        with_tokens = table["model"].is_valid().to_numpy() if code == "llm_chat" else np.empty(0, bool)
        assert ("model" in table.column_names) == (code == "llm_chat")
        assert 0 <= with_tokens.sum() < table.num_rows


def test_every_machine_gives_these_tokens():
    table = generate("llm_chat", 60, 4, 11, date(2025, 11, 15))
    content = "\n".join(table["model"].cast(pa.string()).fill_null("").to_pylist()).encode()
    content += b"".join(table[name].fill_null(0).to_numpy().astype("<i8").tobytes() for name in TOKEN_COLUMNS)
    assert hashlib.sha256(content).hexdigest()[:16] == "f48f6cb512461551"


def test_tokens_are_spread_around_their_means(chats):
    for feature in PRESETS["llm_chat"].features:
        for use in feature.models:
            own = chats.filter(pc.equal(chats["model"].cast(pa.string()), use.model))
            of_feature = pc.sum(pc.equal(chats["feature"].cast(pa.string()), feature.code)).as_py()
            assert own.num_rows / of_feature == pytest.approx(use.share, abs=0.02)
            assert pc.mean(own["input_tokens"]).as_py() == pytest.approx(use.input_tokens, rel=0.06)
            assert pc.mean(own["output_tokens"]).as_py() == pytest.approx(use.output_tokens, rel=0.06)
            cached = pc.sum(own["cache_read_tokens"]).as_py() / pc.sum(own["input_tokens"]).as_py()
            assert cached == pytest.approx(use.cached_share, abs=0.03)


def test_the_cache_is_a_part_of_the_input(chats):
    assert pc.all(pc.less_equal(chats["cache_read_tokens"], chats["input_tokens"])).as_py()
    assert pc.min(chats["output_tokens"]).as_py() >= 1


def test_the_public_list_prices_every_model(chats):
    usage = Usage.from_table(chats)
    assert set(token_costs(usage, PriceBook.of(Catalog())).unpriced) == {""}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_hold_the_tokens(chats, suffix, tmp_path):
    some = chats.slice(0, 2_000)
    write_usage(some, tmp_path / f"usage{suffix}")
    assert read(tmp_path / f"usage{suffix}").usage.digest == Usage.from_table(some).digest
