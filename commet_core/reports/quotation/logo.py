"""A seller's logo: whatever the file holds, what is used is a picture drawn anew from its points."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Final

from PIL import Image

from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_file

BYTES_MAX: Final = 5_000_000
SIDE_MAX: Final = 8_000
"""Points of a side that are read at all."""

SIDE_SHOWN: Final = 1_200
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
FIX: Final = "Give a PNG, JPEG, WebP or GIF of at most 5 MB and 8,000 points a side"


def load_logo(path: Path | str) -> bytes:
    """The file's picture as a PNG, at most 1,200 points a side. Raises InputError where it is none of `FORMATS`, or too large."""
    path = Path(path)
    check_file(path)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= BYTES_MAX else b""
    except OSError as error:
        raise InputError.of(str(path), f"the logo cannot be read: {error.strerror}", "Check the file's permissions") from None
    if size > BYTES_MAX:
        raise InputError.of(str(path), f"the logo has {size:,} bytes", FIX)
    return drawn_anew(content, str(path))


def drawn_anew(content: bytes, name: str) -> bytes:
    """A picture's points as a PNG without anything else that its file held. Raises InputError."""
    if len(content) > BYTES_MAX:
        raise InputError.of(name, f"the logo has {len(content):,} bytes", FIX)
    try:
        width, height, points = _points(content)
    except Exception as error:  # whatever a decoder makes of a damaged file
        raise InputError.of(name, "this is not a picture that can be read", FIX) from error
    if points is None:
        raise InputError.of(name, f"the logo has {width:,} × {height:,} points", FIX)
    points.thumbnail((SIDE_SHOWN, SIDE_SHOWN))
    sink = io.BytesIO()
    Image.frombytes("RGBA", points.size, points.tobytes()).save(sink, "PNG")
    return sink.getvalue()


def _points(content: bytes) -> tuple[int, int, Image.Image | None]:
    """A picture's width, its height, and its points; these are not read where it is too large."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            small = max(picture.size) <= SIDE_MAX
            return *picture.size, picture.convert("RGBA") if small else None
