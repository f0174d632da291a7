"""What Excel files cost: of a comparison with so many rows in all its sheets together, and beside a library that writes cell by cell."""

from __future__ import annotations

import io
from time import process_time

import pyarrow as pa
import xlsxwriter

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.workbooks import to_excel
from commet_core.reports.compare.report import excel_sheets
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

CUSTOMERS_FIRST = 100
PART = 20
"""One in so many rows is written by the library, which takes long."""


def excel_of(rows: int) -> tuple[int, float]:
    """How many rows there are, at least so many, and the seconds of processor that the file takes, replayed already."""
    per_customer = sum(len(table) for table in excel_sheets(_replayed(CUSTOMERS_FIRST)).values()) / CUSTOMERS_FIRST
    replayed = _replayed(int(rows / per_customer * 1.05))
    began = process_time()
    sheets = excel_sheets(replayed)
    to_excel(sheets)
    return sum(len(table) for table in sheets.values()), process_time() - began


def share_of_cell_by_cell(rows: int) -> float:
    """The processor time of a table with so many rows, as a share of what a library takes for it cell by cell."""
    table = _replayed(CUSTOMERS_FIRST).table("feature_periods")
    whole = pa.concat_tables([table] * -(-rows // len(table)))
    begun = process_time()
    to_excel({"rows": whole})
    ours = process_time() - begun
    _cell_by_cell(part := whole.slice(0, len(whole) // PART))
    return ours / ((process_time() - begun - ours) * len(whole) / len(part))


def _cell_by_cell(table: pa.Table) -> None:
    book = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate(table.to_pylist()):
        for column, value in enumerate(row.values()):
            if value is not None:
                sheet.write_string(place, column, str(value))
    book.close()


def _replayed(customers: int) -> Replay:
    preset = catalog_presets()["sample_ai_images"]
    usage = Usage.from_table(generate(preset.usage_preset, customers, 6, 7))
    scenario = Scenario.model_validate({"catalog": preset.catalog, "candidates": list(preset.candidates)})
    return replay(scenario, usage)
