"""Which of a collection of usage files are read: unedited, with the mapping beside them, or refused, and what they add up to.

python -m benchmarks.vendor_files FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import plain
from commet_core.usage.ingest import describe, load_mapping, read

USAGE = (".csv", ".json", ".jsonl", ".xlsx", ".xls", ".ods", ".zip", ".parquet")
OTHERS = ("subs.csv", "levels.csv")
"""What stands beside usage and is none."""
SHOWN_MAX = 220


def outcome(file: Path, mapping: Path | None) -> str:
    """Read, with the units of each feature and what is not used; or refused, with the words."""
    try:
        found = read(file, load_mapping(mapping) if mapping else None)
    except InputError as error:
        return f"refused: {str(error)[:SHOWN_MAX]}"
    units = ", ".join(f"{each.feature} {plain(each.units)}" for each in describe(found).features)
    report = found.report
    lost = [f"{report.rows_rejected} rejected"] if report.rows_rejected else []
    lost += [f"{report.rows_left_out} left out"] if report.rows_left_out else []
    lost += [f"{report.duplicates} duplicates"] if report.duplicates else []
    return f"read: {units}{' (' + ', '.join(lost) + ')' if lost else ''}"


def main(folder: Path) -> None:
    for file in sorted(path for path in folder.rglob("*") if path.suffix in USAGE and path.name not in OTHERS):
        for mapping in (None, *sorted(file.parent.glob("map*.yaml"))):
            with_ = f" + {mapping.name}" if mapping else ""
            print(f"{file.relative_to(folder)}{with_} | {outcome(file, mapping)}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
