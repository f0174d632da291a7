"""Whole processes, from the start of Python to its end, each against another that does the least of the kind, in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, NamedTuple

from benchmarks.tasks import PARQUET, SCENARIO

ROOT: Final = Path(__file__).parents[1]
ROUNDS: Final = 5

CHECK: Final = ("-m", "commet_core", "check", "--usage", "sample_data/usage_small.csv")
BARE_IMPORT: Final = ("-c", "import duckdb, pyarrow")

GROUP_AND_WRITE: Final = """
import duckdb
duckdb.sql('''
    COPY (
        SELECT customer_id, feature, date_trunc('month', "timestamp"), sum(value), count(*) FROM '{usage}' GROUP BY ALL
    ) TO '{out}' (FORMAT parquet)
''')
"""

COPY_THE_RESULT: Final = """
import duckdb
from pathlib import Path
for table in Path('{results}').glob('*.parquet'):
    duckdb.sql(f"COPY (FROM '{{table}}') TO '{out}' (FORMAT parquet)")
"""


class Whole(NamedTuple):
    """How many times as long as a DuckDB process the replay command takes.

    group_by  one that groups the same file and writes the sums
    copy      one that reads the result tables of the replay and writes them again: what no writer of them can do without
    """

    group_by: float
    copy: float


def started(*arguments: str) -> float:
    """Seconds that a Python process takes, which has to end well."""
    began = perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment(), check=True, capture_output=True)  # noqa: S603
    return perf_counter() - began


def environment() -> dict[str, str]:
    """That of this process, with compiled modules kept, as they are wherever the program is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def check_to_bare_import() -> float:
    """How many times as long as a bare import of duckdb and pyarrow the check of a small file takes."""
    started(*CHECK)
    return median(started(*CHECK) / started(*BARE_IMPORT) for _ in range(ROUNDS))


def replay_to_duckdb(folder: Path, rounds: int) -> Whole:
    """The whole replay of three models against DuckDB, in turn. folder: as `tasks.write_inputs` filled it."""
    usage = str(folder / PARQUET)
    ratios = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir=folder) as out:
            grouped = started("-c", GROUP_AND_WRITE.format(usage=usage, out=f"{out}/sums.parquet"))
            replay = ("replay", str(folder / SCENARIO), "--usage", usage, "--out", f"{out}/results")
            replayed = started("-m", "commet_core", *replay)
            copied = started("-c", COPY_THE_RESULT.format(results=f"{out}/results", out=f"{out}/copy.parquet"))
            ratios.append(Whole(replayed / grouped, replayed / copied))
    return Whole(*(median(ratio) for ratio in zip(*ratios, strict=True)))
