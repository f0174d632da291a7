"""The example file is one that the simulator reads whole."""

from decimal import Decimal

from commet_core.foundation.spreadsheets import to_csv
from commet_core.usage.example import example_rows
from commet_core.usage.ingest import read
from commet_core.usage.profile import profile


def test_the_example_file_is_read_without_a_reject(tmp_path):
    file = tmp_path / "usage_example.csv"
    file.write_bytes(to_csv(example_rows()))
    found = read([file])
    assert (found.report.rows_used, found.report.rows_rejected, found.report.notes) == (5, 0, ())
    totals = {total.feature: total.units for total in profile(found.usage).features}
    assert totals == {"api_calls": Decimal(122), "storage_gb": Decimal("3.25")}
