"""Codes and names in a catalog: what things are called by files, and by people."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError


def _code(raw: object) -> str:
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not (isinstance(text, str) and text.strip() == text and 0 < len(text) <= 100 and text.isprintable()):
        what = f"{raw!r} is not a usable code"
        fix = "Use 1 to 100 printable characters, without spaces at either end"
        raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": fix})
    return text


Code = Annotated[str, BeforeValidator(_code)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
