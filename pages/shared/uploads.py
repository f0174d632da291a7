"""What a study remembers of a file that was uploaded."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from commet_core.foundation.documents import Document

NAME_BYTES_MAX: Final = 200


def safe_name(name: str) -> str:
    """The name without folders and what no file system takes, and short enough for all: its end, which says the format."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable())
    kept = shown.encode("utf-8", "ignore")[-NAME_BYTES_MAX:].decode("utf-8", "ignore").strip()
    return kept if kept.strip(".") else "upload"


def _file_name(name: str) -> str:
    """The name of a file in the spool. Raises ValueError for what no upload is called."""
    if safe_name(name) != name:
        raise ValueError(f"{name[:40]!r} is not the name of an upload")
    return name


class UploadedFile(Document):
    """A file in the spool: `digest` is the sha256 of its content."""

    name: Annotated[str, AfterValidator(_file_name)]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
