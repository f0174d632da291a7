"""The usage store: usage made ready once, as a folder that opens in no time and replays without copying.

    prepare(["january.csv", "february.parquet"], "usage.store")
    opened = open_store("usage.store")           `Ingested`, as `ingest.read` returns it

The folder holds uncompressed Arrow files, so that a memory-mapped column is a column of `Usage` as it stands, and only what
is looked at comes into memory. Other software can read them:

    events.arrow      time, feature, value in micros: grouped by customer, each customer's events in time order; model and
                      tokens where an event used an AI model
    customers.arrow   customer_id in ascending order, and the row of its first event
    rejects.parquet   every row that could not be used
    store.json        format version, content digest, sizes and checksums of the files, and the report on reading

It is written whole or not at all. What is opened is what was written: all of it is compared with its checksums, and no event
reaches a kernel whose feature, time and place among its customer's events were not looked at.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from commet_core.foundation import checksums
from commet_core.foundation.errors import InputError
from commet_core.foundation.memory import usual_memory_limit
from commet_core.foundation.paths import check_file
from commet_core.foundation.progress import Progress, unheard
from commet_core.foundation.whole_files import written_whole
from commet_core.usage.bounds import check_bounds, check_whole
from commet_core.usage.ingest import ArrowSource, FileReport, Ingested, IngestReport, ReasonCount, read_as_asked
from commet_core.usage.ingest.reading.asked import NOTHING, Asked, Asking, Known
from commet_core.usage.ingest.reading.gathering import READING_SHARE, Sources, WantedMapping, gathered
from commet_core.usage.ingest.reading.spool import on_disk
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA, REJECTS_KEPT
from commet_core.usage.tokens import NO_MODEL, TOKEN_COUNTS, Tokens
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from pydantic import TypeAdapter


FORMAT: Final = "commet-usage-store"
FORMAT_VERSION: Final = 3
DESCRIPTION: Final = "store.json"
EVENTS: Final = "events.arrow"
CUSTOMERS: Final = "customers.arrow"
REJECTS: Final = "rejects.parquet"
FILES: Final = (EVENTS, CUSTOMERS, REJECTS)
CHECKSUM: Final = "checksum"
"""In store.json: that of the rest of it."""

EVENTS_SCHEMA: Final = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("feature", pa.dictionary(pa.int16(), pa.string())),
        ("value_micros", pa.int64()),
    ]
)
TOKENS_SCHEMA: Final = pa.schema(
    [("model", pa.dictionary(pa.int16(), pa.string())), *((name, pa.int64()) for name in TOKEN_COUNTS)]
)
"""Columns of events.arrow after those above, where an event has tokens."""

CUSTOMERS_SCHEMA: Final = pa.schema([("customer_id", pa.string()), ("first_event", pa.int64())])


def prepare(
    paths: Sources,
    folder: Path | str,
    mapping: WantedMapping = None,
    progress: Progress | None = None,
    memory_limit: int | None = None,
    *,
    corrections: bool = False,
) -> Ingested:
    """Reads usage as `ingest.read` does, into a store, and opens it. An earlier store in its place is replaced.

    memory_limit, corrections: as `read` takes them. Every rejected row is in the store. Raises what `read` raises, and InputError where the
    folder holds something else, or the usage is a store already.
    """
    if stores := _named(paths)[1]:
        raise InputError.of(str(stores[0]), "this is a usage store already", "Give it to --usage as it is, or name its files")
    folder, tell, limit = Path(folder), progress or unheard, memory_limit or usual_memory_limit()
    with written_whole(folder, DESCRIPTION, "an earlier usage store") as unfinished:
        with gathered(paths, mapping, tell, limit // 2, unfinished / REJECTS, Known(Asked(corrections=corrections))) as found:
            tell(READING_SHARE, "Grouping by customer")
            placement = on_disk(unfinished, limit // 2) if found.usage_bytes > limit // 2 else {}
            usage, report = found.group(**placement)
        tell(READING_SHARE, "Writing the store")
        _write(usage, report, unfinished)
    tell(1.0, "Done")
    return open_store(folder)


def write_store(ingested: Ingested, folder: Path | str) -> None:
    """Writes usage that was read into memory as a store; an earlier store in its place is replaced."""
    from pyarrow.parquet import write_table  # noqa: PLC0415  # dear to who reads none

    with written_whole(Path(folder), DESCRIPTION, "an earlier usage store") as unfinished:
        write_table(ingested.report.rejects, unfinished / REJECTS)
        _write(ingested.usage, ingested.report, unfinished)


def load(
    paths: Sources,
    mapping: WantedMapping = None,
    progress: Progress | None = None,
    memory_limit: int | None = None,
    rejects_to: Path | None = None,
    asked: Asking = NOTHING,
    *,
    check_content: bool = False,
) -> Ingested:
    """Usage from wherever it lives: a store, which is opened as `open_store` does; or whatever `ingest.read_as_asked` reads.

    Raises what they raise, and InputError where a store is named beside something else, or with a mapping.
    """
    store = store_named(paths, mapping)
    if store is None:
        return read_as_asked(_named(paths)[0], mapping, progress, memory_limit, rejects_to, asked)
    asked.result()  # who is asked nothing waits all the same: for a scenario that may be wrong
    opened = open_store(store, check_content=check_content)
    if rejects_to is not None:
        shutil.copyfile(rejects_file(store), rejects_to)
    return opened


def store_named(paths: Sources, mapping: WantedMapping = None) -> Path | None:
    """The store that is named; None where none is. Raises InputError for one beside something else, or with a mapping."""
    named, stores = _named(paths)
    if stores and len(named) > 1:
        what = "a usage store is read alone, and other usage is named beside it"
        raise InputError.of(str(stores[0]), what, "Prepare one store of all files")
    if stores and mapping:
        what = "a usage store was read through a mapping already, and another one is given"
        raise InputError.of(str(stores[0]), what, "Leave it out, or prepare the store again through it")
    return Path(stores[0]) if stores else None


def rejects_file(folder: Path | str) -> Path:
    """The Parquet file with every rejected row."""
    return Path(folder) / REJECTS


def _named(paths: Sources) -> tuple[list[Path | str | ArrowSource], list[Path | str]]:
    """Everything that is named, and those of them that are stores."""
    named = [paths] if isinstance(paths, Path | str | ArrowSource) else list(paths)
    return named, [path for path in named if not isinstance(path, ArrowSource) and is_store(path)]


def is_store(folder: Path | str) -> bool:
    """Whether a folder says of itself that it is a usage store."""
    return (Path(folder) / DESCRIPTION).is_file()


def open_store(folder: Path | str, *, check_content: bool = False) -> Ingested:
    """Opens a store, memory-mapped, once its files and every event in them were looked at. check_content: compute the digest, too.

    Raises InputError where the folder is not a store, is of another version, or was cut off or changed.
    """
    folder = Path(folder)
    description = _description(folder)
    with _understood(folder):
        _check_files(folder, description)
        usage = _mapped_usage(folder, description)
        check_bounds(usage)
        report = _report(description, _first_rejects(folder / REJECTS))
        if check_content and usage.digest != description["digest"]:
            raise _damaged(folder, "its content is not what its digest says")
        usage.__dict__["digest"] = description["digest"]
    return Ingested(usage, report)


def customers_of(folder: Path | str, part_of: Callable[[Usage], Usage]) -> Usage:
    """Some customers of a store that was opened before: only their events are looked at. Raises InputError as `open_store` does."""
    folder = Path(folder)
    description = _description(folder)
    with _understood(folder):
        usage = part_of(_mapped_usage(folder, description))
        check_bounds(usage)
    return usage


def _write(usage: Usage, report: IngestReport, folder: Path) -> None:
    features = pa.DictionaryArray.from_arrays(_array(usage.feature_indexes, pa.int16()), pa.array(usage.features, pa.string()))
    times = _array(usage.times, pa.timestamp("us", tz="UTC"))
    tokens = _token_columns(usage)
    schema = pa.schema([*EVENTS_SCHEMA, *TOKENS_SCHEMA]) if tokens else EVENTS_SCHEMA
    _write_arrow(folder / EVENTS, [times, features, _array(usage.values, pa.int64()), *tokens], schema)
    firsts = _array(usage.offsets[:-1], pa.int64())
    _write_arrow(folder / CUSTOMERS, [usage.customers, firsts], CUSTOMERS_SCHEMA)
    described = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "digest": usage.digest,
        "events": usage.event_count,
        "customers": usage.customer_count,
        "sizes": {name: (folder / name).stat().st_size for name in FILES},
        "contents": {name: checksums.of_content(folder / name) for name in FILES},
        "report": _report_document(report),
    }
    described[CHECKSUM] = checksums.of_document(described)
    (folder / DESCRIPTION).write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", "utf-8")
    for unfinished in folder.glob("*.unfinished"):
        unfinished.unlink()


def _token_columns(usage: Usage) -> list[pa.Array]:
    """Of an event without tokens the model is null."""
    if usage.tokens is None:
        return []
    models, indexes, *counts = usage.tokens
    present = pa.py_buffer(np.packbits(indexes != NO_MODEL, bitorder="little"))
    places = pa.Array.from_buffers(pa.int16(), len(indexes), [present, pa.py_buffer(np.ascontiguousarray(indexes))])
    return [pa.DictionaryArray.from_arrays(places, models), *(_array(column, pa.int64()) for column in counts)]


def _array(column: np.ndarray, kind: pa.DataType) -> pa.Array:
    """A column as Arrow sees it, without a copy."""
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def _write_arrow(path: Path, columns: Sequence[pa.Array], schema: pa.Schema) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))


def _description(folder: Path) -> dict[str, Any]:
    from commet_core.foundation.documents import parse_json  # noqa: PLC0415  # documents are dear

    if not folder.is_dir():
        raise InputError.of(str(folder), "there is no such folder", "Check the path, or make it with commet-sim prepare")
    try:
        check_file(folder / DESCRIPTION)
        found = parse_json((folder / DESCRIPTION).read_text("utf-8"))
        form, version = found["format"], found["format_version"]
    except PermissionError as error:
        raise _closed(folder, error) from None
    except (InputError, OSError, ValueError, KeyError, TypeError, RecursionError):
        form, version = None, None
    if form != FORMAT:
        raise InputError.of(str(folder), "this folder is not a usage store", "Make one with commet-sim prepare")
    if version != FORMAT_VERSION:
        what = f"the store has format version {version}, and this program reads version {FORMAT_VERSION}"
        raise InputError.of(str(folder), what, "Make it again with commet-sim prepare")
    if found.get(CHECKSUM) != checksums.of_document({name: found[name] for name in found if name != CHECKSUM}):
        raise _damaged(folder, f"{DESCRIPTION} is not as it was written")
    return dict(found)


def _check_files(folder: Path, description: dict[str, Any]) -> None:
    """Raises InputError for a file that is not as it was written."""
    for name in FILES:
        path, size = folder / name, description["sizes"][name]
        if not path.is_file():
            raise _damaged(folder, f"{name} is missing")
        if path.stat().st_size != size:
            raise _damaged(folder, f"{name} has {path.stat().st_size:,} bytes, and was written with {size:,}")
        if checksums.of_content(path) != description["contents"][name]:
            raise _damaged(folder, f"{name} is not as it was written")


def _closed(folder: Path, error: PermissionError) -> InputError:
    name = error.filename or folder
    return InputError.of(
        str(name), f"it cannot be read: {error.strerror}", "Ask for the right to read it, and all that is in it"
    )


def _damaged(folder: Path, what: str) -> InputError:
    return InputError.of(
        str(folder), f"the usage store is damaged: {what}", "Copy it again, or make it with commet-sim prepare"
    )


@contextmanager
def _understood(folder: Path) -> Iterator[None]:
    """What cannot be read of a store, as an error that a person can act on."""
    try:
        yield
    except PermissionError as error:
        raise _closed(folder, error) from None
    except (OSError, pa.ArrowException, KeyError, TypeError, AttributeError, UnicodeError) as error:
        raise _damaged(folder, f"it cannot be read ({error})") from None
    except ValueError as error:
        raise _damaged(folder, str(error)) from None


def _mapped_usage(folder: Path, description: dict[str, Any]) -> Usage:
    events = _batch(folder / EVENTS, EVENTS_SCHEMA, pa.schema([*EVENTS_SCHEMA, *TOKENS_SCHEMA]))
    customers = _batch(folder / CUSTOMERS, CUSTOMERS_SCHEMA)
    if (events.num_rows, customers.num_rows) != (description["events"], description["customers"]):
        raise _damaged(folder, "the number of its rows is not what it says")
    _check_columns(events, customers)
    features, first_events = events["feature"], np.asarray(customers["first_event"])
    for texts in (customers["customer_id"], features.dictionary):
        texts.validate(full=True)
    offsets = np.append(first_events, events.num_rows)
    return Usage(
        customers=customers["customer_id"],
        features=tuple(features.dictionary.to_pylist()),
        offsets=offsets,
        times=np.asarray(events["time"].view(pa.int64())),
        feature_indexes=np.asarray(features.indices),
        values=np.asarray(events["value_micros"]),
        tokens=_mapped_tokens(events) if "model" in events.schema.names else None,
    )


def _check_columns(events: pa.RecordBatch, customers: pa.RecordBatch) -> None:
    """Raises ValueError where a column has not an entry for every row."""
    numbers = [name for name in events.schema.names if pa.types.is_int64(events.schema.field(name).type)]
    for column in (customers["first_event"], events["time"].view(pa.int64()), *(events[name] for name in numbers)):
        check_whole(column, np.dtype(np.int64))
    check_whole(events["feature"].indices, np.dtype(np.int16))
    if "model" in events.schema.names:
        events["model"].indices.validate()


def _mapped_tokens(events: pa.RecordBatch) -> Tokens:
    model = events["model"]
    model.dictionary.validate(full=True)
    indexes = np.frombuffer(model.indices.buffers()[1], np.int16)[: len(model)]
    return Tokens(model.dictionary, indexes, *(np.asarray(events[name]) for name in TOKEN_COUNTS))


def _first_rejects(path: Path) -> pa.Table:
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # dear to who reads none

    first = next(ParquetFile(path).iter_batches(REJECTS_KEPT), None)
    return pa.Table.from_batches([] if first is None else [first], REJECT_SCHEMA)


def _batch(path: Path, *schemas: pa.Schema) -> pa.RecordBatch:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    if reader.schema not in schemas or reader.num_record_batches != 1:
        raise ValueError(f"{path.name} has other columns")
    return reader.get_batch(0)


def _report_document(report: IngestReport) -> dict[str, Any]:
    return {
        "files": _file_reports().dump_python(report.files, mode="json"),
        "notes": list(report.notes),
        "reasons": [asdict(reason) for reason in report.reasons],
        "looks_aggregated": report.looks_aggregated,
    }


def _report(description: dict[str, Any], rejects: pa.Table) -> IngestReport:
    document = description["report"]
    try:
        files = _file_reports().validate_python(document["files"])
    except ValueError:  # of pydantic
        raise ValueError("its report on reading is not one of this version") from None
    return IngestReport(
        files=files,
        notes=tuple(document["notes"]),
        reasons=tuple(ReasonCount(**reason) for reason in document["reasons"]),
        rejects=rejects,
        looks_aggregated=bool(document.get("looks_aggregated")),
    )


@cache
def _file_reports() -> TypeAdapter[tuple[FileReport, ...]]:
    """Reports on files as JSON, and back, with everything in them."""
    from pydantic import TypeAdapter  # noqa: PLC0415  # it is dear

    from commet_core.usage.ingest.recognise.shape_documents import ShapeDocument  # noqa: F401, PLC0415  # found by its name

    return TypeAdapter(tuple[FileReport, ...])
