"""Numbers as people type them into a field: with thousands separators, a currency sign, spaces."""

from __future__ import annotations

import re
from typing import Final

from commet_core.foundation.currencies import SYMBOLS
from commet_core.foundation.patterns import late_pattern

_GROUPED: Final = late_pattern(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_SIGNS: Final = late_pattern("|".join(re.escape(sign) for sign in sorted(SYMBOLS.values(), key=len, reverse=True)))


def number_text(typed: str) -> str:
    """What was typed, as text that `money.parse_decimal` reads; text that is no such number comes back as it is.

    Commas are taken for thousands separators only where they can be nothing else: 10,000 and 1,250.50, not 0,001 or 3,5.
    """
    text = _SIGNS.sub("", typed, count=1).replace("\u00a0", " ").strip()
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    return text if re.fullmatch(r"[+-]?[\d.]+", text) else typed.strip()
