"""Texts as a page of a PDF can show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from commet_core.foundation.patterns import late_pattern

_UNSEEN: Final = late_pattern(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def seen(text: str) -> str:
    """The text without what shows nothing or turns the order of letters."""
    return _UNSEEN.sub(" ", text)


def with_texts(part: Any, shown: Callable[[str], str]) -> Any:
    """A content of dictionaries and lists, each text of it as `shown` makes it."""
    if isinstance(part, dict):
        return {key: with_texts(inner, shown) for key, inner in part.items()}
    if isinstance(part, list | tuple):
        return [with_texts(inner, shown) for inner in part]
    return shown(part) if isinstance(part, str) else part
