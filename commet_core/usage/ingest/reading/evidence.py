"""What all values of a file say of how it is written, asked of DuckDB: each question one pass over the columns concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import duckdb

from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.number_terms import kind_of_number, without_signs
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.row_terms import column_term, left_out
from commet_core.usage.ingest.reading.usage_query import SPACES, Term
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.number_forms import CURRENCY, NumbersSeen, Seen
from commet_core.usage.ingest.recognise.time_forms import WEEK, ZONE, TimesSeen

MASKS_MAX: Final = 200


@dataclass(frozen=True)
class NumbersFound:
    """The numbers of a file by kind; how many carry a percent sign, and which currency signs there are."""

    seen: NumbersSeen
    count: int
    percent_count: int
    currencies: tuple[str, ...]


def numbers_found(connection: duckdb.DuckDBPyConnection, rows: Rows, terms: Sequence[Term]) -> NumbersFound:
    """terms: of the columns that hold numbers as text."""
    texts = ", ".join(f"trim({term.text}, {SPACES})" for term in terms)
    bare = without_signs("text")
    found = _asked(
        connection,
        rows,
        f"""SELECT kind, count(*), any_value(text), count(*) FILTER (WHERE contains(text, '%')),
            list_distinct(list(upper(regexp_extract(text, {text_literal(CURRENCY)}))))
        FROM (SELECT text, {kind_of_number(bare)} AS kind FROM (SELECT unnest([{texts}]) AS text FROM {rows.sql}))
        WHERE text <> '' GROUP BY kind""",  # noqa: S608
    )
    seen = {kind: Seen(count, example) for kind, count, example, _, _ in found}
    numbers = [row for row in found if row[0] != "other"]
    signs = {sign for row in numbers for sign in row[4] if sign}
    return NumbersFound(seen, sum(row[1] for row in numbers), sum(row[3] for row in numbers), tuple(sorted(signs)))


def times_found(connection: duckdb.DuckDBPyConnection, rows: Rows, time: Term) -> list[tuple[TimesSeen, tuple[str, ...]]]:
    """The times of a file by what they look like, the most frequent first, with some of each."""
    numbers = r"'^\D*(\d{1,2})[/. -](\d{1,2})[/. -](\d*)'"
    part = "coalesce({most}(try_cast(regexp_extract(text, {numbers}, {place}) AS INTEGER)), 0)"
    first, second, third = (part.format(most="max", numbers=numbers, place=place) for place in (1, 2, 3))
    least, lowest = (part.format(most="min", numbers=numbers, place=place) for place in (1, 3))
    found = _asked(
        connection,
        rows,
        rf"""SELECT mask, count(*) AS often, [min(text), max(text), any_value(text)],
            {first}, {second}, {first} - {least}, {third}, {third} - {lowest}
        FROM (SELECT text, regexp_replace(regexp_replace(text, '\d', '9', 'g'), '[A-Za-z]+', 'a', 'g') AS mask
            FROM (SELECT trim({time.text}, {SPACES}) AS text FROM {rows.sql}) WHERE text <> '')
        GROUP BY mask ORDER BY often DESC LIMIT {MASKS_MAX}""",  # noqa: S608
    )
    return [
        (TimesSeen(mask, count, examples[2], *parts), tuple(dict.fromkeys(examples))) for mask, count, examples, *parts in found
    ]


def formats_reading(connection: duckdb.DuckDBPyConnection, texts: Sequence[str], formats: Sequence[str]) -> list[str]:
    """Those of the formats that read one of these times as one of the years 1971 to 2199."""
    if not formats:
        return []
    body = rf"regexp_replace(text, {text_literal(ZONE)}, '\1')"
    tried = ", ".join(f"count(*) FILTER (WHERE year({_parsed(form)}) BETWEEN 1971 AND 2199) > 0" for form in formats)
    query = f"SELECT {tried} FROM (SELECT {body} AS body FROM (SELECT unnest($texts) AS text))"  # noqa: S608
    ((*found,),) = connection.execute(query, {"texts": list(texts)}).fetchall()
    return [form for form, reads in zip(formats, found, strict=True) if reads]


def _parsed(form: str) -> str:
    text, whole = ("body || '-1'", f"{form}-%u") if form == WEEK else ("body", form)
    return f"try_strptime({text}, {text_literal(whole)})"


def changes_of_clock(connection: duckdb.DuckDBPyConnection, rows: Rows, place: str, where: str) -> tuple[int, int]:
    """Of rows whose times were read in a zone: how many are not there on its clocks, and how many are there twice.

    place: the zone of a row, and where: which rows are read in one, in SQL.
    """
    hour = "INTERVAL 1 HOUR"
    instant = f"timezone({place}, time_naive)"
    gap = f"timezone({place}, {instant}) <> time_naive"
    twice = f"timezone({place}, {instant} + {hour}) = time_naive OR timezone({place}, {instant} - {hour}) = time_naive"
    query = f"SELECT count(*) FILTER (WHERE {gap}), count(*) FILTER (WHERE {twice}) FROM {rows.sql} WHERE {where} AND time_naive IS NOT NULL"  # noqa: S608
    ((gaps, overlaps),) = _asked(connection, rows, query)
    return int(gaps), int(overlaps)


def cache_found(
    connection: duckdb.DuckDBPyConnection, rows: Rows, tokens: Sequence[Term], total: Term | None
) -> tuple[int, int, int, int]:
    """Rows with tokens of the cache; with more of them than of input; whose total has them in the input; on top of it."""
    names = ("input_count", "output_count", "read_count", "written_count", "total_count")
    terms = [*tokens, total or Term("NULL")]
    counts = ", ".join(f"try_cast({term.text} AS DECIMAL(38, 6)) AS {name}" for name, term in zip(names, terms, strict=True))
    cached = "coalesce(read_count, 0) + coalesce(written_count, 0)"
    ((rows_cached, more, included, additional),) = _asked(
        connection,
        rows,
        f"""SELECT count(*), count(*) FILTER (WHERE cached > input_count),
            count(*) FILTER (WHERE total_count = input_count + output_count),
            count(*) FILTER (WHERE total_count = input_count + output_count + cached)
        FROM (SELECT *, {cached} AS cached FROM (SELECT {counts} FROM {rows.sql})) WHERE cached > 0""",  # noqa: S608
    )
    return int(rows_cached), int(more), int(included), int(additional)


def reasoning_found(
    connection: duckdb.DuckDBPyConnection, rows: Rows, tokens: Sequence[Term], reasoning: Term, total: Term | None
) -> tuple[int, int, int, int]:
    """Rows with reasoning tokens; with more of them than of output; whose total has them in the output; on top of it.

    tokens: terms of input, output, and tokens of the cache, which a total may have too.
    """
    names = ("input_count", "output_count", "read_count", "written_count", "reasoning_count", "total_count")
    terms = [*tokens, reasoning, total or Term("NULL")]
    counts = ", ".join(f"try_cast({term.text} AS DECIMAL(38, 6)) AS {name}" for name, term in zip(names, terms, strict=True))
    without = "input_count + output_count"
    cached = "coalesce(read_count, 0) + coalesce(written_count, 0)"
    ((thought, more, included, additional),) = _asked(
        connection,
        rows,
        f"""SELECT count(*), count(*) FILTER (WHERE reasoning_count > output_count),
            count(*) FILTER (WHERE total_count IN ({without}, {without} + {cached})),
            count(*) FILTER (WHERE total_count IN ({without} + reasoning_count, {without} + {cached} + reasoning_count))
        FROM (SELECT {counts} FROM {rows.sql}) WHERE reasoning_count > 0""",  # noqa: S608
    )
    return int(thought), int(more), int(included), int(additional)


def vanished_units(connection: duckdb.DuckDBPyConnection, rows: Rows, terms: Sequence[Term]) -> Decimal:
    """What the values add up to that are above 0, and 0 with 6 decimals."""
    numbers = ", ".join(f"try_cast(trim({term.text}) AS DECIMAL(38, 24))" for term in terms)
    values = f"SELECT unnest([{numbers}]) AS number FROM {rows.sql}"  # noqa: S608
    ((found,),) = _asked(
        connection,
        rows,
        f"SELECT sum(number) FROM ({values}) WHERE number > 0 AND CAST(number AS DECIMAL(38, 6)) = 0",  # noqa: S608
    )
    return found or Decimal(0)


def tokens_without_model(connection: duckdb.DuckDBPyConnection, rows: Rows, model: Term, tokens: Sequence[Term]) -> int:
    """How many rows have tokens and no model."""
    any_tokens = " OR ".join(f"try_cast({term.text} AS DECIMAL(38, 6)) > 0" for term in tokens)
    return count_of(connection, rows, f"coalesce(trim({model.text}), '') = '' AND ({any_tokens})")


def cost_found(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: ColumnMapping, cost: Term) -> Decimal:
    """What a column of dollars adds up to in the rows that are read and have tokens; what is no amount counts as nothing."""
    customer, feature = (column_term(rows, mapping, ours) or Term("''") for ours in ("customer_id", "feature"))
    model, tokens = column_term(rows, mapping, "model"), column_term(rows, mapping, "input_tokens")
    skipped = left_out(rows, mapping, customer, feature) or "0"
    has_tokens = f"coalesce(trim({model.text}), '') <> '' AND {tokens.sql} IS NOT NULL" if model and tokens else "true"
    amount = f"try_cast(regexp_replace({cost.text}, '[$, ]', '', 'g') AS DECIMAL(38, 12))"
    ((found,),) = _asked(connection, rows, f"SELECT sum({amount}) FROM {rows.sql} WHERE {skipped} = 0 AND {has_tokens}")  # noqa: S608
    return found or Decimal(0)


def texts_of(connection: duckdb.DuckDBPyConnection, rows: Rows, term: Term, most: int = 20) -> list[str]:
    """The different texts of a column, the most frequent first."""
    query = f"SELECT text FROM (SELECT trim({term.text}) AS text FROM {rows.sql}) WHERE text <> '' GROUP BY text ORDER BY count(*) DESC, text LIMIT {most}"  # noqa: S608
    return [text for (text,) in _asked(connection, rows, query)]


def count_of(connection: duckdb.DuckDBPyConnection, rows: Rows, condition: str) -> int:
    ((count,),) = _asked(connection, rows, f"SELECT count(*) FILTER (WHERE {condition}) FROM {rows.sql}")  # noqa: S608
    return int(count)


def filled_counts(connection: duckdb.DuckDBPyConnection, rows: Rows, terms: Sequence[Term]) -> list[int]:
    """In how many rows each of these holds something."""
    counts = ", ".join(f"count(nullif(trim({term.text}), ''))" for term in terms)
    (found,) = _asked(connection, rows, f"SELECT {counts} FROM {rows.sql}")  # noqa: S608
    return [int(count) for count in found]


def _asked(connection: duckdb.DuckDBPyConnection, rows: Rows, query: str) -> list[Any]:
    return connection.execute(query, dict(rows.parameters)).fetchall()
