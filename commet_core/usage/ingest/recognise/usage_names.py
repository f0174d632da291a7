"""What a column of numbers is, told from its name: money, a time, a flag, a code, a share, a limit; or usage."""

from __future__ import annotations

import re
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import letters

_NOT_A_FEATURE: Final = late_pattern(
    r"|id|index|row|rownumber|unnamed\d+|total|sum|year|quarter|month|week|weekday|day|hour|minute|epoch|timestamp"
    r"|zip(code)?|postal(code)?|plz|phone|port|lat|lng|lon|latitude|longitude|(.*[^n])?version|rank|priority|level|tier|.*tier"
    r"|is[a-z].*|has[a-z].*|.*(enabled|disabled|flag|billable|active)|.*(number|code|index)"
    r"|(avg|average|mean|median|max).+|.+(avg|average|mean|median)|.*(rate|ratio|share|pct|percent|percentage|score)|age"
    r"|nps|csat|churn(ed)?|tenure.*|health|rating|.*(month|year|day|week)number"
    r"|.*(remaining|limit|quota|threshold|capacity|allowance|balance|budget|target)|.*(screen|viewport|window)?(height|width)"
)
_OF_OTHER_TIMES: Final = late_pattern(
    r"(?i)(.*[\W_])?(cumulative|cumul|running|mtd|ytd|qtd|wtd|to[\W_]date|(last|previous|prev|prior)[\W_]?(day|week|month|quarter|year|period)"
    r"|change|delta|growth|difference|variance|trend|mom|yoy|wow|forecast(ed)?|projected|included|overage|kumuliert)([\W_].*)?"
)
"""Counts that other rows hold too, what they changed by, and the parts of a count that a plan makes."""
_NUMBER_OF_A_THING: Final = late_pattern(r"(?i)(.*[\W_])?(id|no|nr|num)([\W_].*)?|.*(Id|No|Num)")
"""Ids and numbers of invoices and the like: `invoice_no`, `order_id_num`."""
_MONEY: Final = late_pattern(
    r".*(price|cost|revenue|spend|spent|charge|fee|amount|discount|tax|usd|eur|gbp|dollars?|currency)|mrr|arr|acv|ltv|arpu|gmv"
    r"|(price|cost|revenue|spend|charge|billed|gross|net|list|applied)[a-z]*(amount|cost|price|usd|eur)?.*"
)
_LATENCY: Final = late_pattern(r".*(latency|duration|elapsed|timems|responsetime|generationtime|ttft|timeto[a-z]+)[a-z]*|ms")
_IN_MILLISECONDS: Final = late_pattern(r".*[\W_](ms|msec|millis)|.*[a-z]Ms")
"""`total_ms`, and not `sms` or `items`."""


def is_no_usage(plain: str) -> bool:
    """Whether a name, in letters alone, is that of money, of a time, a flag, a code or a place."""
    return is_money(plain) or any(pattern.fullmatch(plain) for pattern in (_NOT_A_FEATURE, _LATENCY))


def is_money(plain: str) -> bool:
    """Whether a name, in letters alone, is that of money."""
    return _MONEY.fullmatch(plain) is not None and not plain.endswith(("units", "quantity", "usage", "tokens"))


def is_no_feature(name: str) -> bool:
    """Whether a column of this name is no feature of a wide table, whatever it holds: ids, milliseconds and shares too."""
    bare, plain = name.strip(), letters(name)
    if is_no_usage(plain) or "%" in bare or (plain.endswith("id") and plain not in ("paid", "bid")):
        return True
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", bare)
    if _OF_OTHER_TIMES.fullmatch(words) is not None:
        return True
    return _IN_MILLISECONDS.fullmatch(bare) is not None or _NUMBER_OF_A_THING.fullmatch(bare) is not None


def is_no_unit(name: str) -> bool:
    """Whether a number of this name inside an object is not how much was used.

    A length of time may be; what a library notes about itself or a screen (`$lib_version`, `screen_height`) is not.
    """
    plain = letters(name)
    return name.startswith("$") or is_money(plain) or _NOT_A_FEATURE.fullmatch(plain) is not None
