"""Usage from Postgres, against a server that these tests start."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from support.postgres_server import PASSWORD, SUPERUSER, USER, required_binaries, running_server

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested, read
from commet_core.usage.ingest.database import stream
from commet_core.usage.ingest.database.query import preview, usage_source
from commet_core.usage.ingest.database.sql_text import one_statement

TABLES = """
    CREATE TYPE kind AS ENUM ('call', 'image');
    CREATE TABLE events (id uuid, account text, at timestamptz, kind kind, quantity numeric, details jsonb);
    INSERT INTO events VALUES
        ('00000000-0000-0000-0000-000000000001', 'acme', '2026-01-01 09:00+09', 'call', 0.1, '{"tokens": 12.5}'),
        ('00000000-0000-0000-0000-000000000002', 'acme', '2026-01-02 00:00+00', 'image', 1234567.1234565, NULL),
        ('00000000-0000-0000-0000-000000000001', 'acme', '2026-01-01 09:00+09', 'call', 0.1, NULL),
        ('00000000-0000-0000-0000-000000000004', 'zeta', '2026-01-03 12:00+00', 'call', -5, NULL),
        (NULL, 'zeta', '2026-01-03 12:00+00', 'call', NULL, NULL),
        (NULL, '', '2026-01-03 12:00+00', 'call', 1, NULL);
    CREATE FUNCTION written() RETURNS text LANGUAGE sql AS $$ INSERT INTO events (account) VALUES ('new') RETURNING account $$
"""

USERS = f"""
    CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}';
    GRANT ALL ON SCHEMA public TO {USER};
    CREATE ROLE loader LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_server_files;
    CREATE ROLE climber LOGIN NOINHERIT PASSWORD '{PASSWORD}' IN ROLE {SUPERUSER}
"""

LONG_ROWS = "SELECT 'acme' AS customer, now() AS at, 'call' AS feature, repeat('x', 2000) AS padding"
"""Rows of which a batch holds some 8,000."""


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The URL of a server with TABLES."""
    with running_server(required_binaries()) as url:
        written(url, USERS)
        reader = url.replace(SUPERUSER, USER, 1)
        written(reader, TABLES)
        yield reader


def written(url: str, statements: str) -> None:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for statement in statements.split(";\n"):
            cursor.execute(statement)


def asked(url: str, query: str) -> list[tuple]:
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def from_query(url: str, query: str, **options: object) -> Ingested:
    return read([usage_source(url, query, **options)])


def values(ingested: Ingested) -> list[Decimal]:
    return [Decimal(value).scaleb(-6) for value in ingested.usage.values.tolist()]


def times(ingested: Ingested) -> list[datetime]:
    return [datetime.fromtimestamp(micros // 10**6, UTC) for micros in ingested.usage.times.tolist()]


def problem(url: str, query: str, **options: object) -> str:
    with pytest.raises(InputError) as raised:
        from_query(url, query, **options)
    return str(raised.value)


def running_queries(url: str, part: str) -> int:
    """How many queries with this text run, after waiting for them to end."""
    count = f"SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE '%{part}%' AND pid <> pg_backend_pid()"
    for _ in range(100):
        ((running,),) = asked(url, count)
        if not running:
            break
        asked(url, "SELECT pg_sleep(0.05)::text")
    return running


def test_a_query_gives_the_usage_of_a_file_with_its_rows(database: str, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "id,account,at,kind,quantity\n"
        "00000000-0000-0000-0000-000000000001,acme,2026-01-01T00:00:00Z,call,0.1\n"
        "00000000-0000-0000-0000-000000000002,acme,2026-01-02T00:00:00Z,image,1234567.1234565\n"
        "00000000-0000-0000-0000-000000000001,acme,2026-01-01T00:00:00Z,call,0.1\n"
        "00000000-0000-0000-0000-000000000004,zeta,2026-01-03T12:00:00Z,call,-5\n"
        ",zeta,2026-01-03T12:00:00Z,call,\n"
        ",,2026-01-03T12:00:00Z,call,1\n",
        "utf-8",
    )
    mapping = {"event_id": "id", "feature": "kind"}
    source = usage_source(database, "SELECT id, account, at, kind, quantity FROM events")
    found, filed = read([source], mapping), read([tmp_path / "events.csv"], mapping)
    assert found.usage.digest == filed.usage.digest
    assert values(found) == [Decimal("0.1"), Decimal("1234567.123457"), Decimal(1)]
    report = found.report
    assert (report.rows_read, report.rows_used, report.rows_rejected, report.duplicates) == (6, 3, 2, 1)
    assert [(row["file"], row["line"], row["column"], row["value"]) for row in report.rejects.to_pylist()] == [
        ("SQL query", 4, "quantity", "-5"),
        ("SQL query", 6, "account", ""),
    ]
    assert report.notes == tuple(filed.report.notes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.1::numeric", "0.1"),
        ("123456789012.123456::numeric(30, 10)", "123456789012.123456"),
        ("1e-6::numeric", "0.000001"),
        ("7::int2", "7"),
        ("7::int4", "7"),
        ("4000000000000::int8", "4000000000000"),
        ("0.1::float8", "0.1"),
        ("0.1::float4", "0.1"),
        ("' 2.50 '::text", "2.5"),
        ("12.50::money", "12.5"),
        ("'{\"tokens\": 12.345678}'::jsonb -> 'tokens'", "12.345678"),
        ("'{\"tokens\": \"3\"}'::json ->> 'tokens'", "3"),
        ("NULL::numeric", "1"),
        ("NULL", "1"),
    ],
)
def test_values_of_every_type_are_exact(database: str, value: str, expected: str) -> None:
    found = from_query(database, f"SELECT 'a' AS customer, now() AS at, 'call' AS feature, {value} AS value")
    assert values(found) == [Decimal(expected)]


@pytest.mark.parametrize(
    "time",
    [
        "'2026-03-01 00:00+00'::timestamptz",
        "'2026-03-01 09:00+09'::timestamptz",
        "'2026-03-01 00:00'::timestamp",
        "'2026-03-01'::date",
        "'2026-03-01 00:30+00'::timestamptz::date",
        "date_trunc('day', '2026-03-01 00:30+00'::timestamptz)",
        "'2026-03-01T00:00:00Z'::text",
        "1772323200::int8",
        "1772323200000::numeric",
    ],
)
def test_times_of_every_type_are_utc_whatever_the_servers_zone(database: str, time: str) -> None:
    assert asked(database, "SELECT current_setting('TimeZone')") == [("Asia/Tokyo",)]
    found = from_query(database, f"SELECT 'a' AS customer, {time} AS at, 'call' AS feature")
    assert times(found) == [datetime(2026, 3, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("'acme'::varchar(9)", "acme"),
        ("'acme'::char(9)", "acme"),
        ("42::int8", "42"),
        ("42::numeric", "42"),
        ("4000000000::oid", "4000000000"),
        ("'5D7B0AB8-0000-0000-0000-000000000001'::uuid", "5d7b0ab8-0000-0000-0000-000000000001"),
        ("'image'::kind", "image"),
        ("'10.0.0.1'::inet", "10.0.0.1/32"),
        ("ARRAY['a', 'b']", "{a,b}"),
        ("ROW(1, 'a')", "(1,a)"),
    ],
)
def test_customers_of_every_type_are_the_text_that_postgres_writes(database: str, customer: str, expected: str) -> None:
    found = from_query(database, f"SELECT {customer} AS customer, now() AS at, 'call' AS feature")
    assert found.usage.customers.to_pylist() == [expected]


def test_what_is_no_number_and_no_time_is_rejected_as_what_it_is(database: str) -> None:
    query = """SELECT 'a' AS customer, at, 'call' AS feature, value, day FROM (VALUES
        ('infinity'::timestamptz, 1::numeric, 'infinity'::date), ('-infinity', 1, '-infinity'), (NULL, 1, NULL),
        ('2026-01-01', 'NaN', NULL), ('2026-01-01', 'Infinity', NULL), ('2026-01-01', 9223372036854775808, NULL),
        ('2026-01-01', 1, '2026-01-01')) AS rows(at, value, day)"""
    rejects = from_query(database, query).report.rejects.to_pylist()
    assert [(row["line"], row["column"], row["value"]) for row in rejects] == [
        (1, "at", "infinity"),
        (2, "at", "-infinity"),
        (3, "at", None),
        (4, "value", "nan"),
        (5, "value", "inf"),
        (6, "value", "9223372036854775808"),
    ]
    by_day = read([usage_source(database, query)], {"timestamp": "day", "value": None}).report.rejects.to_pylist()
    assert [row["value"] for row in by_day] == ["infinity", "-infinity", None, None, None, None]


def test_rows_come_in_batches(database: str) -> None:
    with usage_source(database, f"{LONG_ROWS} FROM generate_series(1, 20000)").open() as reader:
        counts = [batch.num_rows for batch in reader]
    assert len(counts) > 1
    assert sum(counts) == 20_000


def test_the_server_says_about_how_many_rows_there_will_be(database: str) -> None:
    source = usage_source(database, f"{LONG_ROWS} FROM generate_series(1, 20000)")
    assert source.rows == 20_000


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT acount FROM events", 'SQL query, line 1, column 8: column "acount" does not exist.'),
        ("SELECT account FROM events,\n  nowhere", 'SQL query, line 2, column 3: relation "nowhere" does not exist.'),
        ("SELECT 'é', acount FROM events", "SQL query, line 1, column 13: "),
        ("SELEC 1", 'SQL query, line 1, column 1: syntax error at or near "SELEC".'),
        ("SELECT lower(1)", "SQL query, line 1, column 8: function lower(integer) does not exist."),
        ("SELECT 1)", 'SQL query, line 1, column 9: syntax error at or near ")".'),
        ("SELECT 1) TO STDOUT; COPY (SELECT 2", "SQL query, line 1, column 22: a second statement begins here."),
        ("SELECT 1;\nDELETE FROM events", "SQL query, line 2, column 1: a second statement begins here."),
        ("  -- nothing", "SQL query: the query is empty."),
        ("SELECT account, at, kind AS feature FROM events WHERE false", "SQL query: the query gives no rows."),
        ("SHOW ALL", "SQL query: the statement is not a query that gives rows."),
        ("EXPLAIN SELECT 1", "SQL query: the statement is not a query that gives rows."),
        ("COMMIT", "SQL query: the statement is not a query that gives rows."),
        ("COPY events TO STDOUT", "SQL query: the statement is not a query that gives rows."),
        ("SELECT $1 AS customer", "SQL query: bind message supplies 0 parameters"),
        ("SELECT account FROM events", "SQL query: no column was recognised as `timestamp` or `feature`."),
    ],
)
def test_a_wrong_query_is_reported_with_its_place(database: str, query: str, expected: str) -> None:
    assert problem(database, query).startswith(expected)


def test_the_servers_hint_is_passed_on(database: str) -> None:
    assert 'Perhaps you meant to reference the column "events.account".' in problem(database, "SELECT acount FROM events")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM events RETURNING account AS customer, at, kind AS feature",
        "DELETE FROM events",
        "CREATE TABLE more (at date)",
        "SELECT account, at, kind INTO more FROM events",
        "WITH gone AS (DELETE FROM events RETURNING *) SELECT account AS customer, at, kind AS feature FROM gone",
        "WITH gone AS (DELETE FROM events RETURNING *) SELECT account AS customer, id, at, kind AS feature FROM gone",
        "SELECT written() AS customer, now() AS at, 'call' AS feature",
    ],
)
def test_a_query_that_writes_is_refused_and_changes_nothing(database: str, query: str) -> None:
    before = asked(database, "SELECT count(*) FROM events")
    assert problem(database, query).endswith("Usage is read in a transaction that cannot write. Write a SELECT.")
    assert asked(database, "SELECT count(*) FROM events") == before


def test_a_query_cannot_make_its_transaction_writable(database: str) -> None:
    query = "SELECT set_config('transaction_read_only', 'off', false) AS customer, written() AS feature, now() AS at"
    assert "transaction read-write mode must be set before any query" in problem(database, query)


def test_the_transaction_is_read_only_and_has_the_time_limit(database: str) -> None:
    settings = "current_setting('transaction_read_only') || ' ' || current_setting('statement_timeout')"
    query = f"SELECT {settings} AS customer, now() AS at, 'call' AS feature"
    assert from_query(database, query).usage.customers.to_pylist() == ["on 10min"]
    assert from_query(database, query, timeout_seconds=90).usage.customers.to_pylist() == ["on 90s"]


def test_a_query_ends_after_its_time(database: str) -> None:
    query = "SELECT pg_sleep(60)::text AS customer, now() AS at, 'call' AS feature"
    expected = (
        "SQL query: the query did not end within 0.1 s. Narrow it down to fewer rows, or allow it more time (--sql-timeout)."
    )
    assert problem(database, query, timeout_seconds=0.1) == expected


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_limit_is_a_positive_number(database: str, seconds: float) -> None:
    assert "is not possible" in problem(database, "SELECT 1", timeout_seconds=seconds)


def test_an_error_after_many_rows_is_reported_as_it_is(database: str) -> None:
    query = f"{LONG_ROWS}, 1 / (20000 - n) AS value FROM generate_series(1, 20000) AS n"
    assert problem(database, query) == "SQL query: division by zero. Correct the query, and try it in psql."


class Canceled(Exception):
    """What a caller raises to stop."""


def test_canceling_between_rows_ends_the_query(database: str) -> None:
    def progress(share: float, _text: str) -> None:
        if share > 0:
            raise Canceled

    query = f"{LONG_ROWS}, pg_sleep(CASE WHEN n = 20000 THEN 60 ELSE 0 END)::text AS slept FROM generate_series(1, 20000) AS n"
    with pytest.raises(Canceled):
        read([usage_source(database, query)], progress=progress)
    assert running_queries(database, "THEN 60") == 0


def test_canceling_before_the_first_row_ends_the_query(database: str) -> None:
    def waiting() -> None:
        raise Canceled

    query = "SELECT pg_sleep(59)::text AS customer, now() AS at, 'call' AS feature"
    with pytest.raises(Canceled):
        from_query(database, query, waiting=waiting)
    assert running_queries(database, "sleep(59)") == 0


def test_a_preview_has_the_first_rows_and_the_mapping(database: str) -> None:
    shape = preview(
        database, "SELECT n AS id, 'c' || n AS account, now() AS at, 'x' AS code FROM generate_series(1, 9999) AS n; -- all"
    )
    assert shape.file == "SQL query"
    assert shape.columns == ("id", "account", "at", "code")
    assert [row[1] for row in shape.preview] == [f"c{n}" for n in range(1, 11)]
    assert dict(shape.mapping.pairs()) == {"customer_id": "account", "timestamp": "at", "feature": "code"}
    assert shape.rows == 9999


def test_a_preview_shows_columns_of_one_name_and_of_any_type(database: str) -> None:
    shape = preview(database, "SELECT 'a' AS x, 'b' AS x, '1 day'::interval AS i, '10.0.0.1'::inet AS address")
    assert shape.columns == ("x", "x", "i", "address")
    assert shape.preview == (("a", "b", "1 day", "10.0.0.1/32"),)


def test_a_preview_of_a_query_that_writes_is_refused(database: str) -> None:
    with pytest.raises(InputError, match="Usage is read in a transaction that cannot write"):
        preview(database, "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone")
    assert asked(database, "SELECT count(*) FROM events") == [(6,)]


@pytest.mark.parametrize(
    ("part", "instead", "expected"),
    [
        (
            PASSWORD,
            "another-55pa",
            'database: the server refuses: password authentication failed for user "analyst". Check the user',
        ),
        (f":{PASSWORD}@", "@", "no password supplied. Put the user's password into the URL."),
        ("/postgres", "/nowhere", 'database: the server refuses: database "nowhere" does not exist. Check the database'),
        ("127.0.0.1", "nowhere.invalid", 'database: it cannot be reached: could not translate host name "nowhere.invalid"'),
        ("/postgres", "/postgres?sslmode=require", "server does not support SSL, but SSL was required. Check `sslmode`"),
        ("postgresql://", "mysql://", "database: its URL cannot be read. Write it as postgresql://"),
        ("postgresql://", "", "database: its URL cannot be read. Write it as postgresql://"),
        ("postgresql://", "postgresql:", "database: its URL cannot be read."),
        ("127.0.0.1:", "127.0.0.1:x", "database: its URL cannot be read."),
        ("127.0.0.1", "[127.0.0.1", "database: its URL cannot be read."),
        ("/postgres", f"/postgres?secret={PASSWORD}", "database: its URL cannot be read."),
        ("Kaf3ka-", "Kaf%3ka-", "database: its URL cannot be read."),
        (
            "Kaf3ka-",
            "Kaf3ka@",
            "database: the user or the password in its URL has a character with a meaning of its own. Write @ as %40",
        ),
        ("Kaf3ka-", "Kaf3ka/", "database: the user or the password in its URL has a character with a meaning of its own."),
        ("Kaf3ka-", "123/", "database: the user or the password in its URL has a character with a meaning of its own."),
        ("Kaf3ka-", "123?", "database: the user or the password in its URL has a character with a meaning of its own."),
        ("Kaf3ka-", "123#", "database: the user or the password in its URL has a character with a meaning of its own."),
    ],
)
def test_no_connection_is_explained_without_the_password(database: str, part: str, instead: str, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        usage_source(database.replace(part, instead, 1), "SELECT 1")
    assert expected in str(raised.value)
    shown = "".join(traceback.format_exception(raised.value))
    assert not [secret for secret in ("Kaf3ka", "pa55", "55pa", "Kaf%") if secret in shown.replace(f'"{part}"', "")]


def test_a_server_that_is_not_there_is_named_with_its_port(database: str) -> None:
    port = database.rpartition(":")[2].partition("/")[0]
    with pytest.raises(InputError) as raised:
        usage_source(database.replace(port, "1"), "SELECT 1")
    assert 'connection to server at "127.0.0.1", port 1 failed: Connection refused. Check the host and the port' in str(
        raised.value
    )
    assert "pa55" not in str(raised.value)


def test_no_message_about_a_query_has_the_password(database: str) -> None:
    source = usage_source(database, "SELECT account, at, kind AS feature FROM events")
    assert "pa55" not in repr(source)
    for query in (
        "SELEC",
        "SELECT 1;SELECT 2",
        "DELETE FROM events",
        "SELECT a FROM b",
        "SELECT 1/0 AS a",
        "SELECT 1 AS a WHERE false",
    ):
        assert "pa55" not in problem(database, query)


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(InputError) as raised:
        usage_source("postgresql://127.0.0.1/postgres", "SELECT 1")
    assert str(raised.value) == (
        "database: the driver for Postgres is not installed. Install it: pip install commet-simulator[postgres]."
    )


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("SELECT 1", "SELECT 1"),
        (" SELECT 1 ; \n", " SELECT 1"),
        ("SELECT 1;; -- the end; of it", "SELECT 1"),
        ("SELECT 1 -- the end", "SELECT 1"),
        ("-- first; this\nSELECT 1 /* ; /* inner; */ ; */", "-- first; this\nSELECT 1"),
        ("SELECT ';', 'it''s; so'", "SELECT ';', 'it''s; so'"),
        (r"SELECT E'\'; ', 'a\'; -- end", r"SELECT E'\'; ', 'a\'"),
        ('SELECT 1 AS "a;""b;"', 'SELECT 1 AS "a;""b;"'),
        ("SELECT $$a;b$$, $q$ $$ ; $q$", "SELECT $$a;b$$, $q$ $$ ; $q$"),
        ("SELECT a$b, c$b; -- $b", "SELECT a$b, c$b"),
        ("SELECT date'2026-01-01\\'; -- end", "SELECT date'2026-01-01\\'"),
    ],
)
def test_a_semicolon_ends_a_statement_only_outside_texts_names_and_comments(text: str, statement: str) -> None:
    assert one_statement(text, "query") == statement


class TestTheCommandLine:
    QUERY = "SELECT account, at, kind AS feature, quantity, id AS event_id FROM events"

    @pytest.fixture
    def configured(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", database)

    @pytest.mark.usefixtures("configured")
    def test_a_query_is_checked_alone(self, capsys) -> None:
        query = self.QUERY.replace("id AS event_id", "id AS transaction_id")
        assert main(["check", "--usage-sql", query]) == 0
        out = capsys.readouterr().out
        assert "6 rows read = 3 used + 2 rejected + 1 duplicates" in out
        assert "customer_id from account, timestamp from at, value from quantity, event_id from transaction_id" in out
        assert "SQL query, line 4, quantity '-5': the value is negative" in out

    @pytest.mark.usefixtures("configured")
    def test_queries_and_files_are_read_together(self, tmp_path: Path, capsys) -> None:
        (tmp_path / "more.csv").write_text("customer,time,feature\nacme,2026-01-01,call\n", "utf-8")
        (tmp_path / "usage.sql").write_text(f"-- everything\n{self.QUERY};\n", "utf-8")
        arguments = ["--usage", tmp_path / "more.csv", "--usage-sql", f"@{tmp_path / 'usage.sql'}", "--usage-sql", self.QUERY]
        assert main(["check", *map(str, arguments)]) == 0
        out = capsys.readouterr().out
        # The second query's rows with an event id are duplicates of the first's, but for the rejected ones.
        assert "13 rows read = 5 used + 4 rejected + 4 duplicates" in out
        assert "usage.sql, line 4, quantity '-5'" in out

    @pytest.mark.usefixtures("configured")
    def test_a_scenario_is_replayed_over_a_query(self, tmp_path: Path) -> None:
        (tmp_path / "scenario.yaml").write_text(
            """
            catalog:
              features: {call: {name: Call, unit: call}, image: {name: Image, unit: image}}
              plans: {only: {consumption_model: metered, prices: {monthly: 9}, features: {call: {unlimited: true}}}}
            window: {start: 2026-01-01, end: 2026-02-01}
            candidates: [{name: Only, plan: only}]
            """,
            "utf-8",
        )
        out = tmp_path / "out"
        assert main(["replay", str(tmp_path / "scenario.yaml"), "--usage-sql", self.QUERY, "--out", str(out)]) == 0
        customers = pa.parquet.read_table(out / "customers.parquet").to_pylist()
        assert [(row["customer_id"], row["events"], row["served_events"]) for row in customers] == [
            ("acme", 2, 1),
            ("zeta", 1, 1),
        ]
        rejects = pa.parquet.read_table(out / "rejects.parquet").to_pylist()
        assert [(row["file"], row["line"]) for row in rejects] == [("SQL query", 4), ("SQL query", 6)]

    @pytest.mark.usefixtures("configured")
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            (
                "SELECT 'a' AS customer, DATE '2026-01-01' AS day, 3 AS calls, 0 AS images",
                "2 rows read = 1 used + 0 rejected + 0 duplicates (not looked for: no event id column) + 1 empty or 0",
            ),
            (
                """SELECT 'api' AS event_name, 1767225600 AS timestamp, '{"stripe_customer_id": "c", "value": "7"}'::jsonb AS payload""",
                "SQL query: Stripe meter events: each row is an event: `payload.stripe_customer_id` is the customer",
            ),
        ],
    )
    def test_shapes_are_recognised_by_the_first_rows(self, query: str, said: str, capsys) -> None:
        assert main(["check", "--usage-sql", query]) == 0
        assert said in capsys.readouterr().out

    @pytest.mark.usefixtures("configured")
    def test_mistakes_of_all_queries_are_reported_at_once(self, tmp_path: Path, capsys) -> None:
        (tmp_path / "usage.sql").write_text("SELEC 1", "utf-8")
        assert main(["check", "--usage-sql", f"@{tmp_path / 'usage.sql'}", "--usage-sql", "SELECT acount FROM events"]) == 2
        err = capsys.readouterr().err
        assert err.startswith("usage.sql, line 1, column 1: syntax error")
        assert "SQL query 2, line 1, column 8: column" in err

    @pytest.mark.usefixtures("configured")
    def test_the_time_limit_is_an_option(self, capsys) -> None:
        query = "SELECT pg_sleep(60)::text AS customer, now() AS at, 'call' AS feature"
        assert main(["check", "--usage-sql", query, "--sql-timeout", "0.1"]) == 2
        assert "did not end within 0.1 s" in capsys.readouterr().err

    def test_a_query_needs_a_database(self, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
        monkeypatch.delenv("COMMET_USAGE_DATABASE_URL", raising=False)
        assert main(["check", "--usage-sql", "SELECT 1"]) == 2
        assert "Set the environment variable COMMET_USAGE_DATABASE_URL to postgresql://" in capsys.readouterr().err

    def test_a_query_file_has_to_be_there_and_to_be_text(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys) -> None:
        monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", "postgresql://127.0.0.1/postgres")
        (tmp_path / "binary.sql").write_bytes(b"\xff\xfe\x00")
        assert main(["check", "--usage-sql", f"@{tmp_path / 'nowhere.sql'}"]) == 2
        assert "nowhere.sql: there is no such file." in capsys.readouterr().err
        assert main(["check", "--usage-sql", f"@{tmp_path / 'binary.sql'}"]) == 2
        assert "binary.sql: the file is not UTF-8 text. Save the query as UTF-8." in capsys.readouterr().err

    def test_usage_has_to_be_named(self, capsys) -> None:
        assert main(["check"]) == 2
        assert "Give files with --usage, or a query on Postgres with --usage-sql." in capsys.readouterr().err


@pytest.mark.parametrize("user", [SUPERUSER, "loader", "climber"])
def test_a_user_who_may_read_files_of_the_server_is_refused_unless_that_is_allowed(
    database: str, user: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A superuser; a member of a role that reads files; one who may become a superuser."""
    url = database.replace(USER, user, 1)
    query = "SELECT 'a' AS customer_id, now() AS timestamp, pg_read_file('PG_VERSION') AS feature"
    for work in (lambda: usage_source(url, query), lambda: preview(url, query)):
        with pytest.raises(InputError, match="is a superuser, or may read files of the server's machine"):
            work()
    monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", url)
    assert main(["check", "--usage-sql", query]) == 2
    assert "--sql-superuser" in capsys.readouterr().err
    harmless = "SELECT 'a' AS customer_id, now() AS timestamp, 'call' AS feature"
    assert main(["check", "--usage-sql", harmless, "--sql-superuser"]) == 0
    assert from_query(url, harmless, server_files_allowed=True).usage.event_count == 1


def test_no_more_queries_run_at_once_than_are_allowed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FREE_SECONDS_MAX", 0.1)
    with ExitStack() as stack:
        for _ in range(stream.QUERIES_AT_ONCE):
            stack.enter_context(stream.reading_cursor(database, 10))
        with pytest.raises(InputError, match="4 queries of this server run already"):
            usage_source(database, "SELECT 1")
    for _ in range(2 * stream.QUERIES_AT_ONCE):
        with pytest.raises(InputError):
            usage_source(database, "no query")
    with stream.reading_cursor(database, 10):
        pass
