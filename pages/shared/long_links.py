"""Parts of a link that are too long for an address bar: on this server's disk, named in the link by their digest."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from commet_core.foundation.errors import InputError
from pages.shared import spool

LETTERS_MAX: Final = 6000
"""Of a parameter; what is between a browser and a server often takes addresses of 8 KB."""

_STORED: Final = re.compile(r"~[0-9a-f]{64}")


def shortened(text: str) -> str:
    """The text, or the name of where it is kept; a link that holds such a name works on this server alone."""
    if len(text) <= LETTERS_MAX:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    try:
        path = spool.place(f"link-{digest}.txt")
        if not path.exists():
            with spool.whole(path) as unfinished:
                unfinished.write_text(text, "ascii")
    except (InputError, OSError):  # no place to keep it: a long link is better than none
        return text
    return f"~{digest}"


def whole(text: str) -> str:
    """What `shortened` was given. Raises ValueError where this server does not have it (any more)."""
    if not text.startswith("~"):
        return text
    if not _STORED.fullmatch(text):
        raise ValueError("no such name")
    path = spool.place(f"link-{text[1:]}.txt")
    if not path.is_file():
        raise ValueError("this server does not have this part of the link")
    path.touch()
    return path.read_text("ascii")
