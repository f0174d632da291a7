"""Whether a file, once read, shows that it is written otherwise than its beginning."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.usage.ingest.reading.names import Names
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.nested import WrittenNumber
from commet_core.usage.ingest.recognise.total_rows import TOTAL_WORDS
from commet_core.usage.ingest.rejects.reasons import TOKEN_REASONS, Reason

_OF_NUMBERS: Final = (Reason.VALUE_COMMA, Reason.VALUE_SEPARATED, Reason.VALUE_CURRENCY, *TOKEN_REASONS)
_OF_TIMES: Final = (Reason.TIME_DAY_OR_MONTH, Reason.TIME_DIGITS, Reason.TIME_UNKNOWN, Reason.TIME_SMALL, Reason.TIME_OUTSIDE)


def is_doubtful(rows: FileRows, spool: Spool) -> bool:
    """Whether rows were rejected, or used, that other rules might read otherwise."""
    rules, counts = rows.mapping.rules, rows.collector.counts
    numbers = rules.numbers is None and (any(counts[reason] for reason in _OF_NUMBERS) or may_be_thousands(rows))
    times = not rules.time_formats and any(counts[reason] for reason in _OF_TIMES)
    return numbers or times or (rules.totals is None and _has_totals(rows, spool))


def may_be_thousands(rows: FileRows) -> bool:
    """Whether values are such as 1.234, and no other proves a decimal point."""
    if not rows.in_thousands_count or rows.has_decimals:
        return False
    names = (*rows.mapping.names("value"), *(name for _, name in rows.mapping.features))
    values = [value for name in names for value in rows.shape.sample.values(name)]
    return not (values and all(isinstance(value, WrittenNumber) for value in values))


def _has_totals(rows: FileRows, spool: Spool) -> bool:
    """Whether a row is used that is called a total."""
    customers, features = _total_codes(spool.customers), _total_codes(spool.features)
    if not (len(customers) or len(features)):
        return False
    chunks = spool.rows_of(rows.file)
    return any(np.isin(own.customers, customers).any() or np.isin(own.features, features).any() for own in chunks)


def _total_codes(names: Names) -> np.ndarray:
    words = pc.utf8_lower(pc.utf8_trim(names.texts(), " :*="))
    return np.flatnonzero(np.asarray(pc.is_in(words, value_set=pa.array(TOTAL_WORDS))))
