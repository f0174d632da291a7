"""What the chart of a usage over time shows, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import pyarrow as pa

from commet_core.foundation.formats import day_words, month_words
from commet_core.foundation.wording import listed
from commet_core.usage.profile import Step

TOLD: Final = 3
"""So many days, weeks or months are told."""


def activity_title(table: pa.Table, names: Mapping[str, str], step: Step) -> str:
    """When most is asked for: `Images and Videos peak in Jun 2026, Upscales in May 2026`.

    table: as `profile.activity`. names: of its features, as shown. Of equal days, weeks or months the first counts.
    """
    most: dict[str, tuple[Decimal, date]] = {}
    for row in table.to_pylist():
        if row["units"] > most.get(row["feature"], (Decimal(0), row["start"]))[0]:
            most[row["feature"]] = row["units"], row["start"]
    peaks: dict[str, list[str]] = {}
    for feature, name in names.items():
        if feature in most:
            peaks.setdefault(_when(most[feature][1], step), []).append(name)
    if not peaks:
        return f"No units are asked for in any {step}"
    told = list(peaks.items())[:TOLD]
    (when, first), *others = told
    said = [f"{listed(first)} {'peak' if len(first) > 1 else 'peaks'} {when}", *(f"{listed(own)} {day}" for day, own in others)]
    return ", ".join([*said, *(["others at other times"] if len(peaks) > TOLD else [])])


def _when(start: date, step: Step) -> str:
    if step == "month":
        return f"in {month_words(start)}"
    return f"{'on' if step == 'day' else 'in the week of'} {day_words(start)}"
