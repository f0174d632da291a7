"""The Excel file of a comparison, with so many rows in all its sheets together."""

from __future__ import annotations

from time import process_time

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.workbooks import to_excel
from commet_core.reports.compare.report import excel_sheets
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

CUSTOMERS_FIRST = 100


def excel_of(rows: int) -> tuple[int, float]:
    """How many rows there are, at least so many, and the seconds of processor that the file takes, replayed already."""
    per_customer = sum(len(table) for table in excel_sheets(_replayed(CUSTOMERS_FIRST)).values()) / CUSTOMERS_FIRST
    replayed = _replayed(int(rows / per_customer * 1.05))
    began = process_time()
    sheets = excel_sheets(replayed)
    to_excel(sheets)
    return sum(len(table) for table in sheets.values()), process_time() - began


def _replayed(customers: int) -> Replay:
    preset = catalog_presets()["sample_ai_images"]
    usage = Usage.from_table(generate(preset.usage_preset, customers, 6, 7))
    scenario = Scenario.model_validate({"catalog": preset.catalog, "candidates": list(preset.candidates)})
    return replay(scenario, usage)
