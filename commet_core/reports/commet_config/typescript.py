"""Values as TypeScript: literals, keys and comments that hold whatever text a catalog has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from commet_core.foundation.patterns import late_pattern

WHOLE_MAX: Final = 2**53 - 1
"""The largest whole number below which JavaScript tells every whole number from the next."""

Value = str | int | bool | Decimal | Mapping[str, "Value"]

NO_KEYS: Final = frozenset(
    [
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    ]
)
"""What every object of JavaScript has of itself: as a property's name it sets the prototype, or is taken for something else."""

_IDENTIFIER: Final = late_pattern(r"[A-Za-z_$][A-Za-z0-9_$]*")
_NOT_IN_A_COMMENT: Final = late_pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""Ends of lines, as TypeScript has them, and what turns the order of letters on a screen."""


def value(content: Value) -> str:
    """On one line: a text in double quotes and ASCII, a number with all its digits, `true`, an object with its keys."""
    if isinstance(content, Mapping):
        return f"{{ {', '.join(f'{key(name)}: {value(part)}' for name, part in content.items())} }}" if content else "{}"
    if isinstance(content, Decimal):
        return f"{content.normalize():f}"
    return json.dumps(content)


def key(name: str) -> str:
    """A property's name, in quotes where it is no identifier."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name)


def comment(sentence: str) -> str:
    """A sentence as a comment of a single line: what would end the line is written as a code."""
    return "// " + _NOT_IN_A_COMMENT.sub(lambda found: f"\\u{ord(found[0]):04x}", sentence)


def is_exact(number: Decimal) -> bool:
    """Whether a number of JavaScript, a binary float of 64 bits, reads back as the same digits."""
    return abs(number) <= WHOLE_MAX and Decimal(repr(float(number))) == number
