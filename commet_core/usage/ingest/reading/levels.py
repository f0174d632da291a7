"""What is said of usage that was read: levels that are reported again and again (storage, seats), names that are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.calendar import DAY, moment
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, plain
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import quoted
from commet_core.usage.ingest.recognise.nothing_words import STAND_FOR_NOTHING
from commet_core.usage.usage import Usage

ROWS_LOOKED_AT: Final = 200_000
REPORTS_MIN: Final = 3
RISES_MIN: Final = 9
"""So many times in a row a value rises by chance once in 362,880 files."""
_EARLIEST: Final = 946_684_800 * 10**6
_CHANGE_MAX: Final = 4
"""A level changes by no more than a fourth of itself from one report to the next, mostly."""
_NAMES: Final = late_pattern(
    r"(?:^|[^a-z])(storage|stored|disk|seats?|snapshots?|gauge|level|balance|active|licen[cs]es?|members|users|instances|count)(?:[^a-z]|$)"
)
_AMOUNTS_OF_TIME: Final = late_pattern(r"hours?(?:[^a-z]|$)|minutes?(?:[^a-z]|$)|seconds?(?:[^a-z]|$)|months?(?:[^a-z]|$)")
"""GB hours are added up rightly."""


def level_notes(usage: Usage, counted: Sequence[str] = ()) -> dict[str, str]:
    """Of each feature that looks like a level a sentence, without the full stop. counted: those that a mapping counts."""
    return {
        feature: _sentence(feature, values)
        for index, feature in enumerate(usage.features)
        if feature not in counted and len(values := _levels(usage, index))
    }


def nothing_notes(usage: Usage) -> dict[str, str]:
    """What is said of customers and features whose name is how software writes that there is none."""
    said: dict[str, str] = {}
    for texts, role in ((usage.customers, "customer"), (pa.array(usage.features, pa.string()), "feature")):
        named = texts.filter(pc.is_in(pc.utf8_lower(texts), value_set=pa.array(STAND_FOR_NOTHING))).to_pylist()
        verb = f"is read as a {role}, and mostly stands" if len(named) == 1 else f"are read as {role}s, and mostly stand"
        said |= {f"{role} {' '.join(named)}": f"{quoted(named)} {verb} for none: correct those rows if so"} if named else {}
    return said


def time_notes(usage: Usage) -> list[str]:
    """What is said of times before the year 2000: numbers counted in another unit, or from another day than 1970 began."""
    firsts = usage.times[usage.offsets[:-1][np.diff(usage.offsets) > 0]]  # of each customer the earliest
    count = int((usage.times < _EARLIEST).sum()) if (firsts < _EARLIEST).any() else 0
    if not count:
        return []
    rows = "1 row lies" if count == 1 else f"{count:,} rows lie"
    return [
        f"{rows} before the year 2000, the earliest on {moment(usage.times.min()):%Y-%m-%d}: check what its times count, and from when"
    ]


def counter_notes(usage: Usage, counted: Sequence[str] = ()) -> list[str]:
    """Of each feature whose values only ever rise, as those of a counter that is read again and again, a sentence."""
    return [
        f"`{feature}` only ever rises from row to row of a customer, as a counter does that is read again and again, and its values are"
        f" added up; if it is one that begins anew each month, `count: {{{feature}: last}}` in a mapping takes its last value of a month"
        for index, feature in enumerate(usage.features)
        if feature not in counted and _only_rises(usage, index)
    ]


def _only_rises(usage: Usage, index: int) -> bool:
    """Whether each value of a customer is above the one before it at another time, over many rows; or the same, now and then."""
    rows = np.flatnonzero(usage.feature_indexes[:ROWS_LOOKED_AT] == index)
    owners = np.searchsorted(usage.offsets, rows, side="right")
    follows = owners[1:] == owners[:-1]
    if follows.sum() < RISES_MIN or usage.tokens is not None:
        return False
    times, steps = np.diff(usage.times[rows])[follows], np.diff(usage.values[rows])[follows]
    return bool((steps >= 0).all() and (times > 0).all() and 10 * int((steps > 0).sum()) >= 9 * len(steps))


def _levels(usage: Usage, index: int) -> Sequence[int]:
    """The values of a feature, in micros, of the customer with the most reports, where they look like a level; else none.

    Each customer has one row a day at most, on three days or more, and most values hardly differ from the day before.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", usage.features[index]).lower()
    if _NAMES.search(name) is None or _AMOUNTS_OF_TIME.search(name) is not None:
        return ()
    rows = np.flatnonzero(usage.feature_indexes[:ROWS_LOOKED_AT] == index)
    owners = np.searchsorted(usage.offsets, rows, side="right")
    days, values = usage.times[rows] // DAY, usage.values[rows]
    follows = owners[1:] == owners[:-1]
    if follows.sum() < REPORTS_MIN - 1 or (days[1:] == days[:-1])[follows].any():
        return ()
    changes = np.abs(values[1:] - values[:-1])[follows]
    steady = changes <= np.maximum(values[:-1], values[1:])[follows] // _CHANGE_MAX
    most = np.bincount(owners).argmax()
    reports = values[owners == most]
    regular = len(reports) >= REPORTS_MIN and len(set(np.diff(days[owners == most]).tolist())) == 1
    is_level = regular and 10 * int(steady.sum()) >= 9 * len(steady) and reports.max() > 0
    return reports.tolist() if is_level else ()


def _sentence(feature: str, values: Sequence[int]) -> str:
    shown = ", ".join(plain(decimal_of(value, MICRO_DECIMALS)) for value in values[:REPORTS_MIN])
    return (
        f"`{feature}` looks like a level that is reported again and again ({shown}, …), and its values are added up;"
        f" if it is one, `count: {{{feature}: max}}` in a mapping takes one value a month (max, last, average or unique),"
        f" and `levels: [{feature}]` reads it as seats or a quota of the catalog"
    )
