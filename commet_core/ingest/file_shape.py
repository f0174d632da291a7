"""What a usage file looks like, from its beginning alone: format, delimiter, columns, and what each of them holds."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import pyarrow as pa

from commet_core.errors import InputError
from commet_core.ingest.arrow_source import ArrowSource
from commet_core.ingest.columns import REQUIRED, ColumnMapping, quoted, recognise
from commet_core.ingest.csv_records import open_bytes
from commet_core.ingest.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, array_source, connect, identifier, literal_path
from commet_core.ingest.nested import NestedValue, in_objects, in_struct, in_texts, json_object, leaves
from commet_core.ingest.nested_terms import as_json
from commet_core.ingest.nested_terms import in_struct as struct_value
from commet_core.ingest.sample import NO_ROWS, Sample
from commet_core.ingest.shapes import UsageShape, recognise_shape
from commet_core.ingest.text_encoding import UTF8, encoding_of

Format = Literal["csv", "json lines", "json array", "parquet", "arrow"]

HEAD_BYTES: Final = 1 << 18
PREVIEW_ROWS: Final = 10
SNIFFED_ROWS: Final = 200
USUAL_DELIMITERS: Final = ",;\t|"
HEADER_EXAMPLE: Final = "customer_id,timestamp,feature,value"

OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Save the sheet as CSV (UTF-8), or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind", "Save the sheet as CSV (UTF-8)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it, or compress it with gzip"),
    (b"BZh", "compressed with bzip2", "Unpack it, or compress it with gzip"),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it, or compress it with gzip"),
    (b"SQLite format 3", "an SQLite database", "Export the usage as CSV"),
    (b"ORC", "an ORC file", "Save it as Parquet"),
    (b"Obj\x01", "an Avro file", "Save it as Parquet"),
)
"""How files begin that are often taken for usage, what they are, and what to do."""


@dataclass(frozen=True)
class FileShape:
    """A usage file, as its beginning shows it.

    file         its name, as messages and `rejects` give it
    columns      the names as the file writes them; of JSON those of the first lines
    types        DuckDB's type of each column; VARCHAR in text files
    preview      the first rows, texts as they stand; None where a field is absent
    recognised   what kind of usage it is, and which column is which
    nested       the values inside objects that columns hold
    sample       more of the first rows than the preview, by the names that a mapping may use
    delimiter    of a CSV file
    rows         the number of rows where the file says it (Parquet), else a guess from its size
    source       of rows that come as Arrow batches: where they come from; `path` is nothing then
    """

    path: Path
    file: str
    format: Format
    columns: tuple[str, ...]
    types: tuple[str, ...]
    preview: tuple[tuple[str | None, ...], ...]
    recognised: UsageShape
    rows: int
    delimiter: str | None = None
    encoding: str = UTF8
    compressed: bool = False
    source: ArrowSource | None = None
    nested: tuple[NestedValue, ...] = ()
    sample: Sample = NO_ROWS

    @property
    def mapping(self) -> ColumnMapping:
        """What was recognised."""
        return self.recognised.mapping

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a mapping may use: columns, and the values inside those that hold objects."""
        return self.sample.names

    def values(self, name: str, count: int = 3) -> tuple[str, ...]:
        """The first few different values under a name."""
        return tuple(dict.fromkeys(self.sample.values(name)))[:count]


@dataclass(frozen=True)
class _Head:
    """The first bytes of a text file, decoded: whole lines, unless there is only one."""

    text: str
    whole: bool
    encoding: str
    compressed: bool
    rows_guessed: float


def inspect(path: Path | str | ArrowSource) -> FileShape:
    """A file's shape, or that of rows in Arrow batches. Raises InputError where it cannot be read as usage."""
    if isinstance(path, ArrowSource):
        return _arrow_shape(path)
    path = Path(path)
    shape = _shape(path, _first_bytes(path))
    if not shape.columns:
        raise InputError.of(shape.file, "it names no columns", f"Its first line has to name them, such as {HEADER_EXAMPLE}")
    return shape


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError.of(str(path), "this is a folder", "Name the files in it that hold the usage")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        raise InputError.of(str(path), "there is no such file", "Check the path and the spelling of the name") from None
    except OSError as error:
        what = f"the file cannot be opened: {error.strerror or error}"
        raise InputError.of(str(path), what, "Check that it may be read") from None
    if not head:
        raise InputError.of(path.name, "the file is empty", "Export the usage again")
    return head


def _shape(path: Path, head: bytes) -> FileShape:
    if head.startswith(b"PAR1"):
        return _parquet_shape(path)
    if path.suffix.lower() in {".parquet", ".pq"}:
        fix = "Export it again, or name it after what it is (.csv, .jsonl)"
        raise InputError.of(path.name, "its name says Parquet, but it is not a Parquet file", fix)
    for start, what, fix in OTHER_FORMATS:
        if head.startswith(start):
            raise InputError.of(path.name, f"the file is {what}, which is not read", fix)
    text = _text_head(path, head)
    first = text.text.lstrip()[:1]
    if not first:
        raise InputError.of(path.name, "the file is empty but for blank lines", "Export the usage again")
    shape = _reader(path, first)(path, text)
    return replace(shape, encoding=text.encoding, compressed=text.compressed)


def _reader(path: Path, first: str) -> Callable[[Path, _Head], FileShape]:
    """What reads a text file that begins with this letter: the name decides where JSON lines begin with something else."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if first == "{" or suffixes[-1:] in ([".jsonl"], [".ndjson"]):
        return _json_lines_shape
    if first == "[":
        return _json_array_shape
    return _json_lines_shape if suffixes[-1:] == [".json"] else _csv_shape


def _text_head(path: Path, head: bytes) -> _Head:
    compressed = head.startswith(b"\x1f\x8b")
    if compressed:
        try:
            with open_bytes(path) as file:
                head = file.read(HEAD_BYTES)
        except (OSError, EOFError, zlib.error):
            raise damaged_gzip(path.name) from None
        if not head:
            raise InputError.of(path.name, "the compressed file is empty", "Export the usage again")
    encoding = encoding_of(head)
    if encoding is None:
        raise InputError.of(path.name, "the file is not text", "Give CSV, JSON lines or Parquet; save text as UTF-8")
    whole = len(head) < HEAD_BYTES
    names = {UTF8: "utf-8-sig", "UTF-16": "utf-16", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}
    text = head.decode(names.get(encoding, "cp1252"), "replace")
    lines = re.split(r"\r\n|\r|\n", text)
    if not whole and len(lines) == 1:
        what = f"its first line is longer than {HEAD_BYTES:,} bytes"
        raise InputError.of(path.name, what, "Write one row on each line, with column names on the first")
    kept = lines if whole else lines[:-1]
    guessed_rows = path.stat().st_size * (4 if compressed else 1) * len(lines) / len(head)
    return _Head("\n".join(kept), whole, encoding, compressed, guessed_rows)


def damaged_gzip(file: str) -> InputError:
    """The error of a gzip file that cannot be unpacked to its end."""
    return InputError.of(file, "the gzip file is damaged or cut off", "Copy or export it again")


def _csv_shape(path: Path, head: _Head) -> FileShape:
    header_line = next(line for line in head.text.split("\n") if line.strip())
    if header_line.lower().startswith("sep="):
        what = f"its first line is a hint for Excel ({quoted([header_line])}), not the names of columns"
        raise InputError.of(path.name, what, "Delete that line")
    others = [symbol for symbol in dict.fromkeys(header_line) if not symbol.isalnum() and symbol not in "\"'_-.()/\\ "]
    candidates = dict.fromkeys([*USUAL_DELIMITERS, *(symbol for symbol in others if symbol.isascii())])
    delimiter, rows = max(((symbol, _csv_rows(head.text, symbol)) for symbol in candidates), key=_plausibility)
    columns = tuple(name.strip() for name in rows[0])
    mapping = recognise(columns)
    if not mapping.pairs() and any(_is_value(name) for name in columns):
        what = f"its first line holds values ({quoted(columns[:4])}), not the names of columns"
        raise InputError.of(path.name, what, f"Add a first line such as {HEADER_EXAMPLE}")
    preview = tuple(tuple(row) for row in rows[1 : PREVIEW_ROWS + 1])
    texts: list[dict[str, str | None]] = [dict(zip(columns, row, strict=False)) for row in rows[1:]]
    nested, sample = _with_json(columns, texts)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    count = int(head.rows_guessed)
    return FileShape(
        path, path.name, "csv", columns, types, preview, recognised, count, delimiter, nested=nested, sample=sample
    )


def _csv_rows(text: str, delimiter: str) -> list[list[str]]:
    """The first records, blank lines left out; what cannot be read ends them."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True):
            rows.extend([row] if row and row != [""] else [])
            if len(rows) > SNIFFED_ROWS:
                break
    except csv.Error:
        pass
    return rows or [[""]]


def _plausibility(candidate: tuple[str, list[list[str]]]) -> tuple[int, float, int]:
    """How well a delimiter explains the first rows: required columns found, rows as long as the header, columns."""
    header, *rows = candidate[1]
    mapping = recognise([name.strip() for name in header])
    found = sum(getattr(mapping, name) is not None for name in REQUIRED)
    alike = sum(len(row) == len(header) for row in rows) / len(rows) if rows and len(header) > 1 else 0.0
    return found, alike, len(header)


def _is_value(name: str) -> bool:
    return re.fullmatch(r"[-+$€£]?[\d.,]+|\d{4}-\d\d-\d\d.*|\d\d?[/.]\d\d?[/.]\d+.*", name) is not None


def _json_lines_shape(path: Path, head: _Head) -> FileShape:
    objects = [json_object(line) for line in head.text.split("\n") if line.strip()]
    if not any(objects):
        fix = 'Write one object on each line: {"customer_id": "c1", "timestamp": "2026-01-31T13:45:00Z", "feature": "calls"}'
        raise InputError.of(path.name, "none of its first lines is a JSON object", fix)
    return _json_shape(path, "json lines", [found for found in objects if found], int(head.rows_guessed))


def _json_array_shape(path: Path, head: _Head) -> FileShape:
    if head.encoding != UTF8:
        raise InputError.of(path.name, f"the JSON is written in {head.encoding}", "Save it as UTF-8")
    with connect() as connection:
        try:
            query = f"SELECT json FROM {array_source(head.compressed)} LIMIT {SNIFFED_ROWS}"  # noqa: S608  (constants)
            relation = connection.sql(query, params={"path": literal_path(path)})
            objects = [json_object(text) for (text,) in relation.fetchall()]
        except duckdb.Error:
            raise damaged_array(path.name) from None
    if not any(objects):
        raise InputError.of(
            path.name, "the JSON array holds no objects", "Write an array of objects, or one object on each line"
        )
    return _json_shape(path, "json array", [found for found in objects if found], len(objects))


def damaged_array(file: str) -> InputError:
    """The error of a JSON array that is not one to its end."""
    fix = "Write one object on each line, or an array of objects that ends with ]"
    return InputError.of(file, "the file begins like a JSON array, but is not one", fix)


def _json_shape(path: Path, form: Format, objects: Sequence[dict[str, Any]], rows: int) -> FileShape:
    columns = tuple(dict.fromkeys(name for found in objects for name in found))
    preview = tuple(
        tuple(None if row.get(name) is None else str(row[name]) for name in columns) for row in objects[:PREVIEW_ROWS]
    )
    nested = in_objects(objects)
    rows_found = [_texts(found) for found in objects]
    sample = Sample(_names(columns, nested, rows_found), rows_found)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    return FileShape(path, path.name, form, columns, types, preview, recognised, rows, nested=nested, sample=sample)


def _texts(found: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of an object as texts, those inside other objects under their paths."""
    return {".".join(keys): None if value is None else str(value) for keys, value in leaves(found)}


def _names(
    columns: Sequence[str], nested: Sequence[NestedValue], rows: Sequence[Mapping[str, str | None]] = ()
) -> tuple[str, ...]:
    """What a mapping may name: columns, but for those that hold nothing but objects, and the values inside these.

    rows: of JSON, where a column may hold an object in one row and a text in another.
    """
    plain = {name for row in rows for name, text in row.items() if text is not None}
    objects = {value.keys[0] for value in nested} - plain
    return (*(name for name in columns if name not in objects), *(value.name for value in nested))


def _with_json(columns: Sequence[str], rows: Sequence[dict[str, str | None]]) -> tuple[tuple[NestedValue, ...], Sample]:
    """The values inside columns that hold JSON objects as text, and the rows with them."""
    inside = {column: objects for column in columns if (objects := in_texts(rows, column))}
    nested = tuple(value for column, objects in inside.items() for value in in_objects({column: found} for found in objects))
    found = [{column: objects[place] for column, objects in inside.items()} for place in range(len(rows))]
    return nested, Sample(_names(columns, nested), [row | _texts(more) for row, more in zip(rows, found, strict=True)])


def _parquet_shape(path: Path) -> FileShape:
    parameters = {"path": literal_path(path)}
    with connect() as connection:
        try:
            shape = _typed_shape(path.name, "parquet", connection.sql(f"FROM {PARQUET_SOURCE}", params=parameters))
            count = f"SELECT count(*) FROM {PARQUET_SOURCE}"  # noqa: S608  (constants)
            ((rows,),) = connection.sql(count, params=parameters).fetchall()
        except duckdb.Error:
            raise damaged_parquet(path.name) from None
    return replace(shape, path=path, rows=int(rows))


def _arrow_shape(source: ArrowSource) -> FileShape:
    if source.schema is None:
        return _table_shape(source, _first_rows(source.open))
    shape = _table_shape(source, source.schema.empty_table())
    by_names = shape.recognised.code in ("own", "other") and all(shape.mapping.has(ours) for ours in REQUIRED)
    return shape if by_names or source.first is None else _table_shape(source, _first_rows(source.first))


def _table_shape(source: ArrowSource, table: pa.Table) -> FileShape:
    with connect() as connection:
        connection.register(ARROW_SOURCE, table)
        shape = _typed_shape(source.name, "arrow", connection.sql(f"FROM {ARROW_SOURCE}"))
    return replace(shape, columns=tuple(table.schema.names), rows=source.rows or 0, source=source)


def _first_rows(open_rows: Callable[[], AbstractContextManager[pa.RecordBatchReader]]) -> pa.Table:
    with open_rows() as reader:
        first = next(iter(reader), None)
        return pa.Table.from_batches([] if first is None else [first.slice(0, SNIFFED_ROWS)], reader.schema)


def _typed_shape(file: str, form: Format, relation: duckdb.DuckDBPyRelation) -> FileShape:
    """The shape of rows whose columns have types."""
    columns, types = tuple(relation.columns), tuple(str(kind) for kind in relation.types)
    structs = [value for name, kind in zip(columns, relation.types, strict=True) for value in in_struct(name, kind)]
    terms = [as_json(identifier(name), kind) for name, kind in zip(columns, types, strict=True)]
    terms += [f"CAST({struct_value(identifier(value.keys[0]), value.keys[1:])} AS VARCHAR)" for value in structs]
    named = [*columns, *(value.name for value in structs)]
    rows = relation.project(", ".join(terms)).limit(SNIFFED_ROWS).fetchall()
    preview = tuple(row[: len(columns)] for row in rows[:PREVIEW_ROWS])
    nested, sample = _with_json(columns, [dict(zip(named, row, strict=True)) for row in rows])
    nested = (*structs, *nested)
    sample = Sample(_names(columns, nested), sample.rows)
    recognised = recognise_shape(sample)
    return FileShape(Path(), file, form, columns, types, preview, recognised, 0, nested=nested, sample=sample)


def damaged_parquet(file: str) -> InputError:
    """The error of a file that begins like Parquet and cannot be read as such."""
    return InputError.of(file, "the Parquet file is damaged or cut off", "Copy or export it again")
