"""Files as they are given, and the files and sheets that are in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_file
from commet_core.foundation.temporary import temporary_folder
from commet_core.usage.ingest.containers.packed import is_packed, unpacked
from commet_core.usage.ingest.containers.period_columns import Unpivoted, dated_sheet, unpivoted_csv, unpivoted_sheet
from commet_core.usage.ingest.containers.tabular_json import tabular_json
from commet_core.usage.ingest.containers.workbooks import is_workbook, sheets_of
from commet_core.usage.ingest.reading.arrow_source import ArrowSource

Source = Path | ArrowSource
S = TypeVar("S", Path, ArrowSource)

_HEAD_BYTES: Final = 1 << 13


@dataclass
class Opened:
    """What is read.

    sources  files and tables, in the order in which they were given
    names    of files that lay in others: as messages and rejects give them
    notes    sentences, without the full stop, on what is not read
    books    the sheets of each workbook that has several
    encoding  of text, where somebody has said it
    """

    sources: list[Source] = field(default_factory=list)
    names: dict[Path, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    books: list[tuple[ArrowSource, ...]] = field(default_factory=list)
    encoding: str | None = None
    folders: ExitStack = field(default_factory=ExitStack)

    def by_rows(self, source: S, unpivoted: Unpivoted | None) -> S | ArrowSource:
        """A source; its rows where it has a column for each month or day, or holds them as arrays."""
        if unpivoted is None:
            return source
        self.notes.extend(unpivoted.notes)
        return unpivoted.source

    def folder(self) -> Path:
        """A new folder for what is unpacked."""
        return self.folders.enter_context(temporary_folder())


@contextmanager
def opened(sources: Sequence[Source], encoding: str | None = None) -> Iterator[Opened]:
    """Every source, those that hold others in their place opened; what was unpacked lies on disk while the context lasts.

    encoding: of text, where somebody has said it. Raises InputError with the problems of all of them.
    """
    with ExitStack() as folders:
        yield _opened(sources, Opened(encoding=encoding, folders=folders))


def _opened(sources: Sequence[Source], found: Opened) -> Opened:
    problems: list[Problem] = []
    for source in sources:
        try:
            if isinstance(source, ArrowSource):
                found.sources.append(source)
            else:
                _open(source, source.name, found)
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return found


def _open(path: Path, name: str, found: Opened, *, inside: bool = False) -> None:
    head = _head(path)
    if is_workbook(path, head):
        sheets = sheets_of(path, name, found.folder())
        sources = tuple(found.by_rows(sheet, unpivoted_sheet(sheet) or dated_sheet(sheet)) for sheet in sheets.sources)
        found.sources.extend(sources)
        found.notes.extend(sheets.notes)
        found.books.extend([sources] if len(sources) > 1 else [])
    elif not is_packed(head):
        source = found.by_rows(
            path, (unpivoted_csv(path, name, head, found.encoding) or tabular_json(path, name, head)) if head else None
        )
        found.sources.append(source)
        if source is not path:
            return
        found.names.update({path: name} if inside else {})
    elif inside:
        raise InputError.of(name, "an archive inside another is not opened", "Unpack the outer one, and give what it holds")
    else:
        for each in unpacked(path, name, head, found.folder()):
            _open(each.path, each.name, found, inside=True)


def _head(path: Path) -> bytes:
    """The first bytes; none of a file that cannot be opened, of which its reader says why."""
    try:
        check_file(path)
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (InputError, OSError):
        return b""
