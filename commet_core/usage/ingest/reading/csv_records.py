"""Records of a CSV file (or lines of a JSON one): on which physical line each begins, and which of them are broken.

A file that DuckDB reads without complaint is never scanned, unless the lines of rejected rows have to be named. A file
that it cannot read is mended: copied without its broken records, which are reported, and with one kind of line ending.

The grammar is the one DuckDB reads in strict mode: a field is quoted where its first character, a space aside, is the
quote; a quote inside is written twice; after the closing quote comes the delimiter or the line's end. A line of nothing
but spaces is no record. What cannot be read that way is broken as far as its first line; the next line is a new record.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.usage.ingest.rejects.reasons import Reason

RECORD_BYTES_MAX: Final = 2_000_000
BLOCK_BYTES: Final = 32 << 20
NO_QUOTE: Final = -1

_SPACE, _LF, _CR = 32, 10, 13
_GOOD, _TOO_FEW, _TOO_MANY, _QUOTE, _TOO_LONG = 0, 1, 2, 3, 4
_ENDED_BY_DELIMITER, _ENDED_BY_LINE, _BROKEN, _UNCLOSED = 0, 1, 2, 3
_REASONS: Final = {
    _TOO_FEW: Reason.TOO_FEW_FIELDS,
    _TOO_MANY: Reason.TOO_MANY_FIELDS,
    _QUOTE: Reason.BROKEN_QUOTE,
    _TOO_LONG: Reason.TOO_LONG,
}


@dataclass(frozen=True)
class Layout:
    """How records are written. header_records: the header, and what stands above it. JSON lines: one field, no quote, none."""

    field_count: int
    delimiter: str = "\x1f"
    quote: str = ""
    header_records: int = 0


@dataclass(frozen=True)
class Record:
    """A record as it stands in the file: its 1-based physical line, its text, and why it is broken, if it is."""

    line: int
    text: str
    reason: Reason | None = None


@dataclass(frozen=True)
class _Block:
    """Complete records: where each starts and ends in `content`, its line, and its state (_GOOD …)."""

    content: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray
    states: np.ndarray

    def record(self, index: int) -> Record:
        text = self.content[self.starts[index] : self.ends[index]].tobytes().decode("utf-8", "replace")
        return Record(int(self.lines[index]), text, _REASONS.get(int(self.states[index])))


def locate(path: Path, layout: Layout, ordinals: Sequence[int]) -> tuple[list[Record], int]:
    """The records with these ordinals (0-based, ascending, the header left out, blank lines too) and the count of all."""
    found: list[Record] = []
    wanted = np.asarray(ordinals, np.int64) + layout.header_records
    seen = 0
    for block in _blocks(path, layout):
        here = wanted[(wanted >= seen) & (wanted < seen + len(block.starts))] - seen
        found.extend(block.record(int(index)) for index in here)
        seen += len(block.starts)
    return found, max(0, seen - layout.header_records)


def lines_of(path: Path, layout: Layout, ordinals: np.ndarray) -> np.ndarray:
    """int64: the physical lines of the records with these ordinals, which are as `locate` takes them."""
    wanted = ordinals + layout.header_records
    found, seen = [np.empty(0, np.int64)], 0
    for block in _blocks(path, layout):
        first, last = np.searchsorted(wanted, [seen, seen + len(block.starts)])
        found.append(block.lines[wanted[first:last] - seen])
        seen += len(block.starts)
    return np.concatenate(found)


def marked_records(path: Path, layout: Layout, marks: Sequence[str]) -> tuple[list[Record], int]:
    """The records that begin with one of the marks, without a quote, and the count of all; the header left out of both."""
    found: list[Record] = []
    seen = 0
    for block in _blocks(path, layout):
        starts = block.content[block.starts]
        likely = np.flatnonzero(np.isin(starts, [ord(mark[0]) for mark in marks]))
        records = (block.record(index) for index in likely[likely + seen >= layout.header_records].tolist())
        found.extend(record for record in records if record.text.startswith(tuple(marks)))
        seen += len(block.starts)
    return found, max(0, seen - layout.header_records)


def header_record(path: Path, layout: Layout) -> str:
    """The text of a file's header."""
    return next(_blocks(path, layout)).record(layout.header_records - 1).text


def mend(
    path: Path, copy: Path, layout: Layout, without: frozenset[int] = frozenset()
) -> Iterator[tuple[list[Record], np.ndarray]]:
    """Copies the records that can be read, a line feed after each; yields, block by block, the broken ones and the
    lines of those that were copied (int64), the header's left out of both. without: lines of records that are left out.
    """
    header_records = layout.header_records
    with copy.open("wb") as target:
        for block in _blocks(path, layout):
            good = (block.states == _GOOD) & _is_text(block)
            wanted = ~np.isin(block.lines, list(without))
            good = good & wanted
            good[:header_records] = wanted[:header_records] = True
            target.write(_joined(block.content, block.starts, block.ends, good).tobytes())
            broken = [block.record(int(index)) for index in np.flatnonzero(~good & wanted)]
            good[:header_records] = False
            yield (
                [record if record.reason else Record(record.line, record.text, Reason.NOT_UTF8) for record in broken],
                block.lines[good],
            )
            header_records = 0


def open_bytes(path: Path) -> BinaryIO:
    """A file's bytes, unpacked where they are gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb")


def _blocks(path: Path, layout: Layout) -> Iterator[_Block]:
    delimiter, quote = ord(layout.delimiter), ord(layout.quote) if layout.quote else NO_QUOTE
    line, unfinished, first = 1, b"", True
    with open_bytes(path) as file:
        while True:
            read = file.read(BLOCK_BYTES)
            content = unfinished + (read.removeprefix(b"\xef\xbb\xbf") if first else read)
            first = False
            final = not read
            symbols = np.frombuffer(content, np.uint8)
            room = int(np.count_nonzero((symbols == _LF) | (symbols == _CR))) + 1
            columns = np.empty((3, room), np.int64), np.empty(room, np.uint8)
            count, done, line = _scan(symbols, final, delimiter, quote, layout.field_count, line, *columns)
            starts, ends, lines = columns[0][:, :count]
            if count:
                yield _Block(symbols, starts, ends, lines, columns[1][:count])
            if final:
                return
            unfinished = content[done:]


def _is_text(block: _Block) -> np.ndarray:
    try:
        block.content[block.starts[0] : block.ends[-1]].tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return np.array([_decodes(block.content[start:end]) for start, end in zip(block.starts, block.ends, strict=True)])
    return np.ones(len(block.starts), bool)


def _decodes(symbols: np.ndarray) -> bool:
    try:
        symbols.tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@compiled
def _scan(symbols, final, delimiter, quote, field_count, line, places, states):  # type: ignore[no-untyped-def]
    """Finds the complete records of a block. places: starts, ends and lines, a row each, to fill; states likewise.

    Returns how many there are, where the first incomplete one starts, and its line.
    """
    size = len(symbols)
    count = 0
    start = 0
    while start < size:
        fields, breaks, beyond = 0, 0, False
        end, result = start - 1, _ENDED_BY_DELIMITER
        while result == _ENDED_BY_DELIMITER:
            end, result, breaks_inside, filled = _field(symbols, end + 1, delimiter, quote, start + RECORD_BYTES_MAX)
            fields += 1
            breaks += breaks_inside
            beyond = beyond or (filled and fields > field_count)
        if result == _BROKEN or (result == _UNCLOSED and final):
            state, breaks = _QUOTE, 0
            end = _line_end(symbols, start)
        elif result == _UNCLOSED:
            break
        elif end - start > RECORD_BYTES_MAX:
            state = _TOO_LONG
        elif fields < field_count:
            state = _TOO_FEW
        else:
            state = _TOO_MANY if beyond else _GOOD

        if not final and (end == size or end + 1 == size):
            break
        if fields > 1 or not _only_spaces(symbols, start, end):
            places[0, count] = start
            places[1, count] = end
            places[2, count] = line
            states[count] = state
            count += 1
        line += breaks + (end < size)
        start = end + (2 if end + 1 < size and symbols[end] == _CR and symbols[end + 1] == _LF else 1)
    return count, min(start, size), line


@compiled
def _field(symbols, start, delimiter, quote, limit):  # type: ignore[no-untyped-def]
    """Where a field ends, what ends it, how many line breaks it has inside, and whether anything stands in it."""
    size = len(symbols)
    i = start
    if i + 1 < size and symbols[i] == _SPACE and symbols[i + 1] == quote:
        i += 1
    if i >= size or symbols[i] != quote:
        while i < size and symbols[i] != delimiter and symbols[i] != _LF and symbols[i] != _CR:
            i += 1
        ended = _ENDED_BY_DELIMITER if i < size and symbols[i] == delimiter else _ENDED_BY_LINE
        return i, ended, 0, i > start

    opening = i
    breaks = 0
    i += 1
    while i < size:
        if symbols[i] == quote:
            if i + 1 == size or symbols[i + 1] != quote:
                break
            i += 1
        elif symbols[i] == _LF or (symbols[i] == _CR and (i + 1 == size or symbols[i + 1] != _LF)):
            breaks += 1
            if i > limit:
                return i, _BROKEN, 0, True
        i += 1
    if i >= size:
        return i, _UNCLOSED, 0, True
    filled = i > opening + 1
    i += 1
    while i < size and symbols[i] == _SPACE and symbols[i] != delimiter:
        i += 1
    if i == size or symbols[i] == _LF or symbols[i] == _CR:
        return i, _ENDED_BY_LINE, breaks, filled
    return i, _ENDED_BY_DELIMITER if symbols[i] == delimiter else _BROKEN, breaks, filled


@compiled
def _line_end(symbols, start):  # type: ignore[no-untyped-def]
    end = start
    while end < len(symbols) and symbols[end] != _LF and symbols[end] != _CR:
        end += 1
    return end


@compiled
def _only_spaces(symbols, start, end):  # type: ignore[no-untyped-def]
    for i in range(start, end):  # noqa: SIM110  (compiled: no generators)
        if symbols[i] != _SPACE:
            return False
    return True


@compiled
def _joined(symbols, starts, ends, wanted):  # type: ignore[no-untyped-def]
    """The wanted records, a line feed after each."""
    size = 0
    for record in range(len(starts)):
        if wanted[record]:
            size += ends[record] - starts[record] + 1
    joined = np.empty(size, np.uint8)
    position = 0
    for record in range(len(starts)):
        if wanted[record]:
            for i in range(starts[record], ends[record]):
                joined[position] = symbols[i]
                position += 1
            joined[position] = _LF
            position += 1
    return joined
