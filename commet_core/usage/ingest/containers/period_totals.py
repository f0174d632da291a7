"""Columns of longer periods beside those of periods in them: a quarter beside its months, a month beside its days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.recognise.columns import quoted
from commet_core.usage.ingest.recognise.reading_rules import COMMA, POINT


def left_out_totals(
    file: str, table: pa.Table, lines: np.ndarray, periods: Sequence[str], parts_of: dict[str, list[str]], filled: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Which cells are filled and no totals of others in their row; and what is said of those that are.

    lines: of the rows; filled: bool, a row for each row and a column for each period; parts_of: as `parts_of_periods` finds them.
    Raises InputError where a period is not the sum of those in it, as both together would count twice.
    """
    kept, said = filled.copy(), []
    for whole, parts in parts_of.items():
        place = periods.index(whole)
        twice = _are_numbers(table, [whole]) & _are_numbers(table, parts)
        differing = min((_differing(table, whole, parts, twice, mark) for mark in (POINT, COMMA)), key=len)
        if len(differing):
            what = f"line {lines[differing[0]]}: `{whole}` is not the sum of {quoted(parts)}, which are in it: together they would count twice"
            raise InputError.of(file, what, f"Take `{whole}` out of the file, or those that are in it, or correct the row")
        if twice.any():
            kept[twice, place] = False
            rest = ", but for rows in which those are empty" if kept[:, place].any() else ""
            said.append(f"`{whole}` is the total of {quoted(parts)}, as the values show, and is left out{rest}")
    return kept, said


def _are_numbers(table: pa.Table, names: Sequence[str]) -> np.ndarray:
    """bool: the rows in which one of these columns has a number."""
    texts = (table.column(name).cast(pa.string()) for name in names)
    return np.any([np.asarray(pc.match_substring_regex(text, r"\d").fill_null(False)) for text in texts], axis=0)


def _differing(table: pa.Table, whole: str, parts: Sequence[str], rows: np.ndarray, decimal: str) -> np.ndarray:
    """Those of the rows in which a period is not the sum of those in it."""
    own, *others = (_amounts(table.column(name), decimal) for name in (whole, *parts))
    return np.flatnonzero(rows & ~np.isclose(own, np.nansum(others, axis=0), rtol=1e-9, atol=1e-9))


def _amounts(cells: pa.ChunkedArray, decimal: str) -> np.ndarray:
    """float64, NaN where a cell is no number. decimal: the mark before decimals of numbers in texts."""
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        return np.asarray(cells.cast(pa.float64()))
    bare = pc.replace_substring(pc.replace_substring_regex(cells.cast(pa.string()), rf"[^0-9{decimal}-]", ""), decimal, POINT)
    numbers = pc.if_else(pc.match_substring_regex(bare, r"^-?\d+(\.\d*)?$"), bare, None)
    return np.asarray(numbers.cast(pa.float64()))
