"""Usage as Spark reads it: frames of raw rows, each row with the place that it has in the input.

The order of the input, and the line of a rejected row, are made of these columns, wherever Spark reads the row:

_file    the hash of the file's path; 0 of a frame that somebody gives
_block   where the block begins that Spark reads at a time, of text; 0 of Parquet; of a frame that somebody gives, its partition
_row     the row's number, from 0: in its file, of Parquet; in its partition, of a frame that somebody gives; 0 of text
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from commet_core.cluster.reading import BLOCK, FILE, ROW, Reading
from commet_core.cluster.text_blocks import LINE
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.temporary import temporary_folder
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.deciding import are_totals_of_tokens, decided_unseen
from commet_core.usage.ingest.reading.gathering import WantedMapping
from commet_core.usage.ingest.recognise.cache_convention import TOTALS_OF_TOKENS
from commet_core.usage.ingest.recognise.columns import ColumnMapping, letters, mapping_problems
from commet_core.usage.ingest.recognise.file_mapping import mapped
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.inspection import inspect
from commet_core.usage.ingest.recognise.units import unit_column

PARQUET_SUFFIXES: Final = (".parquet", ".pq")
HEAD_ROWS: Final = 200
ROW_BITS: Final = 33
"""Of `monotonically_increasing_id`, the bits that number the rows of a partition."""


@dataclass(frozen=True)
class Input:
    """Raw rows, and how they are read.

    mapping  which column holds what, as the report says it
    files    for each file, in the order of the input, its name as `rejects` gives it
    """

    rows: DataFrame
    reading: Reading
    mapping: ColumnMapping
    files: tuple[str, ...]

    @property
    def with_corrections(self) -> Input:
        """Its rows below zero are usage that is given back (billing-rules 15.7)."""
        reading = replace(self.reading, mapping=self.reading.mapping.with_corrections)
        return replace(self, reading=reading, mapping=self.mapping.with_corrections)


@dataclass(frozen=True)
class Files:
    """Hash of a file's path → its number in the order of the input; and names for the files, in that order."""

    numbers: dict[int, int]
    names: tuple[str, ...]


def input_of_frame(frame: DataFrame, mapping: WantedMapping = None, name: str = "usage") -> Input:
    """A frame that somebody gives; its order is the order of the input. Raises InputError where no mapping fits."""
    number = f.monotonically_increasing_id()
    place = [
        f.lit(0).cast("long").alias(FILE),
        f.shiftright(number, ROW_BITS).alias(BLOCK),
        number.bitwiseAND(f.lit(2**ROW_BITS - 1)).alias(ROW),
    ]
    return _input_of_columns(frame, place, Files({0: 0}, (name,)), name, mapping, ROW_BITS)


def inputs_of_paths(spark: SparkSession, paths: Sequence[str | Path], mapping: WantedMapping = None) -> list[Input]:
    """One input for each path: a file, a folder or a pattern, on any file system that the cluster can read.

    The files of one path have the same columns. Raises InputError with the problems of all paths.
    """
    inputs: list[Input] = []
    problems: list[Problem] = []
    numbered = 0
    for path in (str(path) for path in paths):
        try:
            files = _files(spark, path)
            inputs.append(_input_of_files(spark, path, files, numbered, mapping))
            numbered += len(files)
        except InputError as error:
            problems.extend(error.problems)
    if not paths:
        problems.append(Problem("usage", "no file was given", "Name at least one file of CSV, Parquet or JSON lines"))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return _with_different_names(inputs)


def _with_different_names(inputs: list[Input]) -> list[Input]:
    """The inputs with their files by their names alone, unless two have the same; so is an input that is one file."""
    often = Counter(PurePosixPath(path).name for given in inputs for path in given.files)
    named = []
    for given in inputs:
        own = given.reading.shape.file if len(given.files) == 1 else None
        names = [PurePosixPath(path).name for path in given.files]
        files = tuple(name if often[name] == 1 else own or path for name, path in zip(names, given.files, strict=True))
        shape = replace(given.reading.shape, file=files[0]) if own else given.reading.shape
        named.append(replace(given, reading=replace(given.reading, shape=shape), files=files))
    return named


def _input_of_files(spark: SparkSession, path: str, files: list[str], first_number: int, wanted: WantedMapping) -> Input:
    numbers = dict(zip(_hashes(spark, files), range(first_number, first_number + len(files)), strict=True))
    listed = Files(numbers, tuple(unquote(urlsplit(file).path) for file in files))
    file = f.xxhash64("_metadata.file_path").alias(FILE)
    zero = f.lit(0).cast("long")
    reader = spark.read.option("recursiveFileLookup", "true")
    if files[0].lower().endswith(PARQUET_SUFFIXES):
        place = [file, zero.alias(BLOCK), f.col("_metadata.row_index").alias(ROW)]
        return _input_of_columns(reader.parquet(path), place, listed, path, wanted)
    shape, header = _first_lines(spark, path, files[0])
    mapping = _mapping(shape, wanted)
    block = f.col("_metadata.file_block_start").alias(BLOCK)
    rows = reader.text(path).select(f.col("value").alias(LINE), file, block, zero.alias(ROW))
    reading = Reading(shape, _ruled(shape, mapping), numbers, header)
    return Input(rows, reading, mapping, listed.names)


def _input_of_columns(
    frame: DataFrame, place: list[Column], files: Files, name: str, wanted: WantedMapping, block_bits: int = 0
) -> Input:
    frame = _text_for_bytes(frame)
    head = frame.limit(HEAD_ROWS).toArrow()
    shape = replace(inspect(ArrowSource(name, head.to_reader)), source=None)
    mapping = _mapping(shape, wanted)
    ruled = _ruled(shape, mapping)
    columns = [f"`{column.replace('`', '``')}`" for column in _columns_read(shape, ruled)]
    rows = frame.select(*columns, *place)
    return Input(rows, Reading(shape, ruled, files.numbers, block_bits=block_bits), mapping, files.names)


def _mapping(shape: FileShape, wanted: WantedMapping) -> ColumnMapping:
    mapping = mapped(shape, wanted)
    if problems := mapping_problems(shape.file, shape.names, mapping):
        raise InputError(problems)
    return mapping


def _ruled(shape: FileShape, mapping: ColumnMapping) -> ColumnMapping:
    """The mapping with the rules that hold for every part of the input: those that names and its beginning decide.

    Rows called total are left out, as of a file where there are any. Raises Undecided where only all rows could say what the
    cache columns mean.
    """
    if mapping.rules.count:
        what = "`count` takes one value of each month's reports, and Spark reads them in parts"
        fix = "Make a usage store with commet-sim prepare, which counts them, or give one row for each month"
        raise InputError.of(shape.file, what, fix)
    rules = decided_unseen(shape, mapping).rules
    token_totals = rules.token_totals or are_totals_of_tokens(shape, mapping)
    return replace(mapping, rules=replace(rules, totals=rules.totals or "leave_out", token_totals=token_totals))


def _columns_read(shape: FileShape, mapping: ColumnMapping) -> list[str]:
    """The columns that the mapping reads from, or that say how it is read; as a whole where values inside them are read."""
    units = unit_column(shape.sample, mapping)
    totals = [name for name in shape.names if mapping.has_tokens and letters(name) in TOTALS_OF_TOKENS]
    read = [*mapping.all_names(), *totals, *([units] if units is not None else [])]
    return [column for column in shape.columns if any(name == column or name.startswith(f"{column}.") for name in read)]


def _text_for_bytes(frame: DataFrame) -> DataFrame:
    """Bytes are taken for text, as in files."""
    binary = [column for column, kind in frame.dtypes if kind == "binary"]
    return frame.withColumns({column: f.col(f"`{column}`").cast("string") for column in binary})


def _files(spark: SparkSession, path: str) -> list[str]:
    """The files under a path, in the order in which they are read: by their names."""
    try:
        files = spark.read.option("recursiveFileLookup", "true").text(path).inputFiles()
    except AnalysisException:
        raise InputError.of(path, "there is no such file", "Check the path, as the cluster sees it") from None
    if not files:
        raise InputError.of(path, "there are no files in it", "Name a folder that holds usage")
    return sorted(files)


def _hashes(spark: SparkSession, files: Sequence[str]) -> list[int]:
    """The hashes of paths as `_metadata.file_path` writes them."""
    paths = spark.createDataFrame([(place, file) for place, file in enumerate(files)], "place long, path string")
    hashed = paths.select("place", f.xxhash64(f.regexp_replace("path", "^file:/+", "file:/")).alias("hash"))
    return [row.hash for row in sorted(hashed.collect())]


def _first_lines(spark: SparkSession, path: str, file: str) -> tuple[FileShape, bytes]:
    """What the first file looks like from its first lines, and the line of its header: nothing of JSON lines."""
    lines = spark.read.text(unquote(file)).where(f.col("_metadata.file_block_start") == 0).limit(HEAD_ROWS).collect()
    if any("\0" in row.value for row in lines):
        fix = "Save it as UTF-8, or make a usage store of it with commet-sim prepare"
        raise InputError.of(path, "Spark reads text as UTF-8, and this is something else, such as UTF-16", fix)
    with temporary_folder() as folder:
        head = folder / unquote(PurePosixPath(file).name).removesuffix(".gz")
        head.write_text("".join(f"{row.value}\n" for row in lines), "utf-8")
        shape = inspect(head)
    if shape.format == "json array":
        fix = "Save it as JSON lines, with one object on each line, or as Parquet"
        raise InputError.of(path, "one array of JSON cannot be read by several machines", fix)
    return replace(shape, file=path), f"{lines[0].value}\n".encode() if shape.format == "csv" else b""
