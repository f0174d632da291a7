"""A study as one file, a zip that is written here and read by whoever gets it: the page, the command line, another workspace.

study.yaml      its name, notes, figures, engine, and the study as the dashboard holds it
scenario.yaml   the same for `commet-sim replay`, where its plans are complete and its files of rows are there
mapping.yaml    what was said about the columns of its usage, if anything was
usage/          the usage as a store, only where it was asked for
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import DOCUMENT_BYTES_MAX, parse_document, write_document
from commet_core.foundation.errors import InputError
from commet_core.foundation.temporary import temporary_folder
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import Ingested
from commet_core.usage.store import open_store
from commet_core.version import VERSION
from commet_core.workspace.copies import part_of_zip
from commet_core.workspace.studies import Content, Study

FORMAT: Final = "commet-study"
FORMAT_VERSION: Final = 1
STUDY, SCENARIO, MAPPING, USAGE = "study.yaml", "scenario.yaml", "mapping.yaml", "usage/"
STORE_FILES: Final = ("store.json", "events.arrow", "customers.arrow", "rejects.parquet")
USAGE_BYTES_MAX: Final = 16 << 30
"""Of the usage in it, when it is unpacked."""

TIMES_PACKED_MAX: Final = 100
BYTES_UNSUSPECTED: Final = 256 << 20
"""What would grow more than so many times when it is unpacked, and beyond so many bytes, is not unpacked."""

BLOCK_BYTES: Final = 1 << 20
NOTES_MAX: Final = 20_000
FILES_OF_ROWS: Final = ("subscriptions", "levels")
NO_ROWS: Final[Mapping[str, Any]] = {}
_OF_SCENARIO: Final = ("catalog", "candidates", "window", "rows", "start", "seed", "baseline", "assumptions", "reporting")


@dataclass(frozen=True)
class StudyFile:
    """What a study's file held. usage: where the store of its usage lies until the file is closed; None where it has none."""

    name: str
    content: Content
    engine_version: str
    usage: Path | None

    def ingested(self) -> Ingested | None:
        """The usage that came along, looked at in full. Raises InputError where it is not what the study says it is."""
        if self.usage is None:
            return None
        try:
            found = open_store(self.usage, check_content=True)
        except InputError as error:
            raise InputError.of(USAGE, "the usage in the file is not whole", "Ask for the file again") from error
        if found.usage.digest != self.content.usage_digest:
            raise InputError.of(USAGE, "the usage in the file is not that of the study", "Ask for the file again")
        return found


Rows = Sequence[Mapping[str, Any]]
"""Of a file of subscriptions or levels, as a scenario holds them."""


def write_study_file(study: Study, into: IO[bytes], store: Path | None = None, rows: Mapping[str, Rows] = NO_ROWS) -> None:
    """Writes a study's file. The same study gives the same bytes.

    store: its usage, to go along. rows: those of the files that it names, by `subscriptions` and `levels`.
    """
    content = study.content
    head = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": study.name,
        "revision": study.revision,
        "author": study.author,
        "saved_at": study.saved_at,
        "engine_version": study.engine_version,
        "usage_digest": content.usage_digest,
        "notes": content.notes,
        "figures": content.headline,
        "study": content.document,
    }
    parts = {STUDY: head, SCENARIO: scenario_of(content.document, rows), MAPPING: _mapping_of(content.document)}
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            if part is not None:
                archive.writestr(part_of_zip(name), write_document(part))
        for name in STORE_FILES if store is not None else ():
            _write_part(archive, f"{USAGE}{name}", Path(store or "") / name)


def _write_part(archive: zipfile.ZipFile, name: str, source: Path) -> None:
    with source.open("rb") as content, archive.open(part_of_zip(name), "w", force_zip64=True) as part:
        while block := content.read(BLOCK_BYTES):
            part.write(block)


def files_of_rows(document: Mapping[str, Any]) -> dict[str, Any]:
    """The files of subscriptions and levels that a study names, as it names them."""
    return {kind: document[kind] for kind in FILES_OF_ROWS if document.get(kind)}


def scenario_of(document: dict[str, Any], rows: Mapping[str, Rows] = NO_ROWS) -> dict[str, Any] | None:
    """A study's scenario as `commet-sim replay` takes it, with the rows of its files.

    None where its plans are not complete, or the rows of a file that it names are not given: a replay would be another.
    Without what a study keeps for a candidate that is compared no more: actions of it, and that it was the baseline.
    """
    if files_of_rows(document).keys() - rows.keys():
        return None
    found = {key: document[key] for key in _OF_SCENARIO if document.get(key) not in (None, "", {})}
    names = {candidate.get("name") for candidate in document.get("candidates") or []}
    actions = document.get("actions") or []
    found["subscriptions"] = [
        *rows.get("subscriptions", ()),
        *(action for action in actions if action.get("candidate") in {None, "", *names}),
    ]
    found["levels"] = [*rows.get("levels", ())]
    if found.get("baseline") not in names:
        found.pop("baseline", None)
    try:
        scenario = Scenario.model_validate(found | {"catalog": Catalog.model_validate(found.get("catalog", {}))})
    except (InputError, ValueError):
        return None
    return scenario.model_dump(mode="json", exclude_defaults=True) | {"catalog": scenario.catalog.document()}


def _mapping_of(document: dict[str, Any]) -> dict[str, Any] | None:
    source = document.get("source")
    mapping = source.get("mapping") if isinstance(source, dict) else None
    return mapping if isinstance(mapping, dict) else None


@contextmanager
def study_file(source: Path | bytes, name: str) -> Iterator[StudyFile]:
    """A study's file, opened: nothing of it is written but into a folder that is gone on leaving.

    Raises InputError for what is no such file, is too large, or holds what does not belong into it.
    """
    with temporary_folder() as folder:
        try:
            with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
                parts = _checked(archive, name)
                texts = {part: _text(archive, parts[part], name) for part in (STUDY, SCENARIO, MAPPING) if part in parts}
                head = parse_document(texts[STUDY].decode("utf-8"), f"{name}, {STUDY}")
                usage = _unpacked(archive, parts, folder / "usage", name)
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
            raise InputError.of(
                name, "this is no file of a study, or it is damaged", "Give a file that was exported"
            ) from error
        yield _study_file(head, usage, name)


def _checked(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """The parts by their names, which are those that are known, each once, and not larger than they may be."""
    known = {STUDY, SCENARIO, MAPPING, *(f"{USAGE}{file}" for file in STORE_FILES)}
    parts = {part.filename: part for part in archive.infolist()}
    strange = sorted(parts.keys() - known)
    if strange or len(parts) != len(archive.infolist()):
        what = f"it holds {strange[0][:80]!r}, which is no part of a study" if strange else "it holds a part twice"
        raise InputError.of(name, what, "Give a file that was exported")
    if STUDY not in parts:
        raise InputError.of(name, f"it holds no {STUDY}", "Give a file that was exported")
    for part in parts.values():
        most = USAGE_BYTES_MAX if part.filename.startswith(USAGE) else DOCUMENT_BYTES_MAX
        if part.file_size > most:
            raise _too_large(name, part.filename, most)
    grown = sum(part.file_size for part in parts.values())
    packed = sum(part.compress_size for part in parts.values())
    if grown > max(BYTES_UNSUSPECTED, TIMES_PACKED_MAX * packed):
        what = f"its {packed:,} bytes would become {grown:,}, which no study's do"
        raise InputError.of(name, what, "Give a file that was exported")
    return parts


def _too_large(name: str, part: str, most: int) -> InputError:
    return InputError.of(name, f"{part} in it would have more than {most:,} bytes", "Give a file that was exported")


def _text(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> bytes:
    """A document, read to its end, where what was changed on the way shows."""
    with archive.open(part) as content:
        text = content.read(DOCUMENT_BYTES_MAX + 1)
    if len(text) > DOCUMENT_BYTES_MAX:
        raise _too_large(name, part.filename, DOCUMENT_BYTES_MAX)
    return text


def _unpacked(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], folder: Path, name: str) -> Path | None:
    """The store, under names that are ours; what says that it is small and is not ends where it grows too large."""
    stored = [file for file in STORE_FILES if f"{USAGE}{file}" in parts]
    if not stored:
        return None
    folder.mkdir()
    left = USAGE_BYTES_MAX
    for file in stored:
        part = parts[f"{USAGE}{file}"]
        with archive.open(part) as content, (folder / file).open("wb") as unpacked:
            while block := content.read(BLOCK_BYTES):
                left -= len(block)
                if left < 0:
                    raise _too_large(name, part.filename, USAGE_BYTES_MAX)
                unpacked.write(block)
    return folder


def _plain(part: Any) -> Any:
    """Values as JSON has them; what YAML reads as a decimal or a day is text, as it is in a study."""
    if isinstance(part, dict):
        return {str(key): _plain(inner) for key, inner in part.items()}
    if isinstance(part, list):
        return [_plain(inner) for inner in part]
    return part if part is None or isinstance(part, bool | int | str) else str(part)


def _is_study(document: Any) -> bool:
    """Whether it has plans and candidates where a study has them; what is in them may be unfinished."""
    candidates = document.get("candidates")
    rows = isinstance(candidates, list) and all(isinstance(candidate, dict) for candidate in candidates)
    return rows and isinstance(document.get("catalog"), dict)


def _study_file(head: dict[str, Any], usage: Path | None, name: str) -> StudyFile:
    if head.get("format") != FORMAT:
        raise InputError.of(name, "this is no file of a study", "Give a file that was exported")
    if head.get("format_version") != FORMAT_VERSION:
        what = f"it is of version {head.get('format_version')!r} of the format; this version of commet-sim ({VERSION}) reads {FORMAT_VERSION}"
        raise InputError.of(name, what, "Update commet-sim, or export it again")
    figures, document = head.get("figures"), head.get("study")
    texts = [head.get("name"), head.get("notes"), head.get("engine_version")]
    digest = head.get("usage_digest")
    whole = isinstance(figures, dict) and isinstance(document, dict) and all(isinstance(text, str) for text in texts)
    if not whole or not _is_study(document) or not (digest is None or isinstance(digest, str)):
        raise InputError.of(name, f"{STUDY} in it is not whole", "Export it again")
    content = Content(
        _plain(document or {}),
        digest,
        str(texts[1]).replace("\0", "")[:NOTES_MAX],
        {str(key): str(value) for key, value in (figures or {}).items()},
    )
    return StudyFile(str(texts[0]), content, str(texts[2]), usage)
