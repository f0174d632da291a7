"""Columns that say of rows that they failed, were not charged or are no usage: they are read, unless a mapping leaves them out."""

from __future__ import annotations

import re
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.sample import Sample

_SAYS_IT: Final = ("status", "state", "outcome", "result", "kind", "requeststatus", "eventstatus", "success", "iserror")
_FAILED: Final = late_pattern(
    r".*(fail|error|abort|cancel|void|refund|reject|declin|timeout|not charged|no charge).*|test|dropped", re.IGNORECASE
)
_SAYS_WHAT: Final = (
    *("type", "rowtype", "recordtype", "linetype", "lineitemtype", "entrytype", "transactiontype", "chargecategory"),
    *("chargetype", "category", "kind", "usagekind"),
)
_NO_USAGE: Final = late_pattern(
    r"(.*[\W_])?(credits?|credit[\W_]?(note|memo)|refunds?|adjustments?|tax|taxes|vat|fees?|discounts?|payments?|invoices?"
    r"|purchases?|top[\W_]?ups?|rounding)",
    re.IGNORECASE,
)
_TRUE: Final = ("true", "1", "yes", "y", "t", "x", "ja", "wahr")
_FALSE: Final = ("false", "0", "no", "n", "f", "nein", "falsch")
_FLAGS: Final = {
    **dict.fromkeys(
        ("success", "succeeded", "livemode", "live", "billable", "isbillable", "chargeable", "ischargeable"), _FALSE
    ),
    **dict.fromkeys(("iserror", "failed", "test", "istest", "testmode", "istestmode", "sandbox", "issandbox"), _TRUE),
    **dict.fromkeys(("void", "voided", "isvoid", "isvoided", "deleted", "isdeleted", "archived", "isarchived"), _TRUE),
    **dict.fromkeys(("refunded", "isrefunded", "cancelled", "canceled", "iscancelled", "iscanceled", "reversed"), _TRUE),
    **dict.fromkeys(("internal", "isinternal", "isduplicate", "duplicate", "ignored", "excluded"), _TRUE),
    **dict.fromkeys(
        ("environment", "env", "stage"), ("test", "testing", "staging", "sandbox", "dev", "development", "qa", "local")
    ),
}
KINDS_MAX: Final = 20
_UNDONE_AT: Final = late_pattern(
    r"(deleted|voided|cancelled|canceled|refunded|reversed|archived|discarded)(at|on|date|time|timestamp)"
)
"""Columns, in letters alone, with a time where a row was taken back."""


def failed_rows(sample: Sample, mapping: ColumnMapping) -> list[tuple[str, list[str], list[str]]]:
    """(a column that is not read, its texts for rows that failed, its other texts); from the first rows of a file."""
    read = set(mapping.all_names())
    found = []
    for name in sample.names:
        plain = letters(name.rpartition(".")[2])
        if name not in read and _UNDONE_AT.fullmatch(plain) and 0 < len(sample.values(name)) < len(sample.rows):
            found.append((name, list(dict.fromkeys(sample.values(name)))[:3], [""]))
        if name in read or plain not in (*_SAYS_IT, *_SAYS_WHAT, *_FLAGS):
            continue
        texts = list(dict.fromkeys(sample.values(name)))
        failed = [text for text in texts if _is_failed(plain, text)]
        if failed and len(failed) < len(texts) <= KINDS_MAX:
            found.append((name, failed, [text for text in texts if text not in failed]))
    return found


def _is_failed(plain: str, text: str) -> bool:
    """Whether a text under a column, whose name is given in letters alone, says that a row is no usage."""
    failed = text.lower() in _FLAGS.get(plain, ()) or (plain in _SAYS_IT and _FAILED.fullmatch(text) is not None)
    return failed or (plain in _SAYS_WHAT and _NO_USAGE.fullmatch(text) is not None)
