"""Checksums that tell whether a file, or a document, is still what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

END_BYTES: Final = 1 << 16
"""Arrow and Parquet files say at their ends how they are built; what is between them is columns."""


def of_ends(path: Path) -> str:
    """sha256 of a file's first and last bytes, as hex digits: read in no time, however large the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        content = hashlib.sha256(file.read(END_BYTES))
        file.seek(max(0, size - END_BYTES))
        content.update(file.read())
    return content.hexdigest()


def of_file(path: Path) -> str:
    """sha256 of all of a file, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_document(document: Mapping[str, Any]) -> str:
    """sha256 of a JSON document, as hex digits, however it is laid out."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
