"""Levels from a file: CSV, Parquet or JSON lines, with the line that each row stands on."""

from __future__ import annotations

from pathlib import Path

from commet_core.scenario.levels import LEVEL_COLUMNS, REQUIRED_LEVEL_COLUMNS, LevelRow
from commet_core.scenario.subscriptions.files import read_cells


def read_level_rows(path: Path) -> tuple[LevelRow, ...]:
    """Raises InputError where the file as a whole cannot be used."""
    cells = read_cells(path, LEVEL_COLUMNS, REQUIRED_LEVEL_COLUMNS)
    return tuple(LevelRow.model_construct(None, file=path.name, line=line, **row) for line, row in cells)
