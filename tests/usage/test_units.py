"""One feature in several units: converted exactly where a mapping or its name says into which, else asked; never added up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import ArrowSource, Ingested, describe, mapping_text, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.recognise.units import of_one_family, smallest_first, step_said, unit_named_in, unit_of

MIXED = """customer,date,feature,usage,unit
acme,2026-01-01,storage,1024,MB
acme,2026-01-02,storage,2,GB
acme,2026-01-01,compute,3600,seconds
acme,2026-01-02,compute,2,hours
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, MIXED)


def written(folder: Path, text: str, name: str = "usage.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def units_of(found: Ingested) -> dict[str, Decimal]:
    return {each.feature: each.units for each in describe(found).features}


def test_a_feature_in_two_units_is_asked_about(file: Path) -> None:
    with pytest.raises(Undecided) as error:
        read(file)
    (question,) = error.value.questions
    assert "`storage` is in GB (1 row) and MB (1 row)" in question.what
    said = [dict(choice.said) for choice in question.choices]
    assert said[:2] == [
        {"units": {"compute": "seconds", "storage": "MB"}},
        {"units": {"compute": "hours", "storage": "GB"}},
    ]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("units: {storage: GB, compute: hours}", {"storage": "3.024", "compute": "3"}),
        ("units: {storage: MB, compute: seconds}", {"storage": "3024", "compute": "10800"}),
        ("units: {storage: MiB, compute: min}", {"storage": "2883.911133", "compute": "180"}),  # 976.5625 + 1907.3486328125
        ("units: keep", {"storage": "1026", "compute": "3602"}),
        (
            "units: apart",
            {"storage_mb": "1024", "storage_gb": "2", "compute_seconds": "3600", "compute_hours": "2"},
        ),
        ("where: {unit: [GB, hours]}", {"storage": "2", "compute": "2"}),
    ],
)
def test_every_choice_decides(file: Path, mapping: str, expected: dict[str, str]) -> None:
    found = read(file, parse_mapping(mapping, "mapping.yaml"))
    assert units_of(found) == {feature: Decimal(units) for feature, units in expected.items()}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("where: {unit: [GB]}", {"storage": "3"}),
        ("where: {unit: [gb]}", {"storage": "3"}),
        ("where: {unit: [Gb]}", {"storage": "4"}),
        ("units: apart", {"storage_gb": "3", "storage_Gb": "4"}),
    ],
)
def test_units_that_only_their_case_tells_apart_are_read_as_offered(
    tmp_path: Path, mapping: str, expected: dict[str, str]
) -> None:
    rows = "".join(f"acme,2026-01-0{size},storage,{size},{unit}\n" for size, unit in ((1, "GB"), (2, "gb"), (4, "Gb")))
    path = written(tmp_path, MIXED.splitlines()[0] + "\n" + rows)
    with pytest.raises(Undecided) as error:
        read(path)
    offered = [choice.said["where"]["unit"] for choice in error.value.questions[0].choices if "where" in choice.said]
    assert sorted(offered) == [["GB"], ["Gb"]]
    found = read(path, parse_mapping(mapping, "mapping.yaml"))
    assert units_of(found) == {feature: Decimal(units) for feature, units in expected.items()}


def test_what_was_converted_is_said_and_kept_in_the_mapping(file: Path) -> None:
    found = read(file, parse_mapping("units: {storage: GB, compute: hours}", "mapping.yaml"))
    assert "usage.csv: `storage` is read in GB: GB (1 row) and MB (1 row)" in found.report.notes
    again = read(file, parse_mapping(mapping_text(found.report.files[0].mapping), "mapping.yaml"))
    assert units_of(again) == units_of(found)


def test_a_feature_named_after_a_unit_is_read_in_it(tmp_path: Path) -> None:
    found = read(written(tmp_path, MIXED.replace("storage", "storage_gb").replace("compute", "compute_hours")))
    assert units_of(found) == {"storage_gb": Decimal("3.024"), "compute_hours": Decimal(3)}
    assert "usage.csv: `storage_gb` is read in GB: GB (1 row) and MB (1 row)" in found.report.notes


def test_one_unit_in_several_spellings_is_read_as_it_stands(tmp_path: Path) -> None:
    text = MIXED.replace("MB", "gigabytes").replace("seconds", "Hrs")
    assert units_of(read(written(tmp_path, text))) == {"storage": Decimal(1026), "compute": Decimal(3602)}


def test_units_of_no_family_are_asked_about_with_filters(tmp_path: Path) -> None:
    text = MIXED.replace("MB", "requests").replace("seconds", "hours")
    with pytest.raises(Undecided) as error:
        read(written(tmp_path, text), parse_mapping("where: {customer: [acme]}", "mapping.yaml"))
    said = [dict(choice.said) for choice in error.value.questions[0].choices]
    assert {"where": {"customer": ["acme"], "unit": ["GB"]}} in said
    assert {"units": "apart"} in said


def test_a_filter_on_the_only_column_of_customers_does_not_take_it_away(file: Path) -> None:
    text = file.read_text() + "beta,2026-01-01,storage,9,GB\n"
    file.write_text(text.replace("MB", "GB").replace("seconds", "hours"))
    found = read(file, parse_mapping("where: {customer: [beta]}", "mapping.yaml"))
    assert units_of(found) == {"storage": Decimal(9)}
    said = "where: {customer: [beta]}\ncolumns: {customer_id: customer}"
    assert units_of(read(file, parse_mapping(said, "mapping.yaml"))) == {"storage": Decimal(9)}


def test_a_unit_that_cannot_be_converted_is_asked_about_though_a_mapping_says_into_which(tmp_path: Path) -> None:
    text = MIXED.replace("MB", "requests")
    with pytest.raises(Undecided, match=r"`storage` is in GB \(1 row\) and requests \(1 row\)"):
        read(written(tmp_path, text), parse_mapping("units: {storage: GB, compute: hours}", "mapping.yaml"))


def test_rows_without_a_unit_among_several_are_asked_about(tmp_path: Path) -> None:
    text = MIXED.replace("seconds", "hours") + "acme,2026-01-03,storage,7,\n"
    with pytest.raises(Undecided, match=r"no unit \(1 row\)"):
        read(written(tmp_path, text), parse_mapping("units: {storage: GB}", "mapping.yaml"))


def test_files_in_different_units_are_asked_about_together(tmp_path: Path) -> None:
    head, *rows = MIXED.splitlines(keepends=True)
    paths = [written(tmp_path, head + row, f"{place}.csv") for place, row in enumerate(rows[:2])]
    with pytest.raises(Undecided, match="the files together: `storage` is in MB"):
        read(paths)
    found = read(paths, parse_mapping("units: {storage: GB}", "mapping.yaml"))
    assert units_of(found) == {"storage": Decimal("3.024")}


def test_a_later_unit_is_seen_though_the_beginning_has_one(tmp_path: Path) -> None:
    text = MIXED.splitlines()[0] + "\n" + "acme,2026-01-01,storage,1,GB\n" * 500 + "acme,2026-01-01,storage,1000,MB\n"
    with pytest.raises(Undecided, match=r"GB \(500 rows\) and MB \(1 row\)"):
        read(written(tmp_path, text))


def test_a_stream_of_rows_is_asked_about_too() -> None:
    table = pa.table(
        {
            "customer_id": ["a", "a"],
            "timestamp": ["2026-01-01", "2026-01-02"],
            "feature": ["storage", "storage"],
            "value": [1, 2],
            "unit": ["GB", "MB"],
        }
    )
    source = ArrowSource("query", lambda: pa.RecordBatchReader.from_batches(table.schema, table.to_batches()))
    with pytest.raises(Undecided, match=r"GB \(1 row\) and MB \(1 row\)"):
        read(source)
    assert units_of(read(source, parse_mapping("units: apart", "mapping.yaml"))) == {
        "storage_gb": Decimal(1),
        "storage_mb": Decimal(2),
    }


@pytest.mark.parametrize("written_units", ["units: {storage: parsecs}", "units: 5", "units: {}", "units: mixed"])
def test_a_mapping_names_units_that_are_known(written_units: str) -> None:
    with pytest.raises(InputError, match=r"mapping.yaml, units"):
        parse_mapping(written_units, "mapping.yaml")


def test_names_of_units() -> None:
    assert of_one_family(["MB", "gigabytes", "KiB", "bytes"])
    assert of_one_family(["GigabyteHours", "GB-hours", "mb_min"])
    assert not of_one_family(["GB", "GB-hours"])
    assert unit_of("Mb") is None  # megabits, or a careless megabyte
    assert smallest_first(["hours", "ms", "Minutes"]) == ["ms", "Minutes", "hours"]
    assert unit_named_in("disk-gb-hours") == "gb hours"
    assert unit_named_in("storage") is None


def test_units_that_are_so_many_at_a_time() -> None:
    steps = {
        "10K": 10**4,
        "thousand": 1000,
        "1M tokens": 10**6,
        "10,000s": 10**4,
        "100 Hours": 100,
        "Millions": 10**6,
        "x1000": 1000,
    }
    assert {text: step_said(text) for text in steps} == steps
    assert [step_said(text) for text in ("1 Hour", "GB", "M", "kWh", "1/Month", "5m", "requests", "")] == [None] * 8


@pytest.mark.parametrize(("unit", "step"), [("10K", 10_000), ("thousand", 1000), ("1M tokens", 10**6)])
def test_a_unit_that_is_so_many_at_a_time_is_asked_about(tmp_path: Path, unit: str, step: int) -> None:
    head = MIXED.splitlines()[0] + "\n"
    path = written(tmp_path, head + f"acme,2026-01-01,storage,2,{unit}\nacme,2026-01-02,storage,1.5,{unit}\n")
    with pytest.raises(Undecided, match=f"values may count in steps of {step:,}") as error:
        read(path)
    said = [parse_mapping(json.dumps(choice.said), "m.yaml") for choice in error.value.questions[0].choices]
    totals = [list(units_of(read(path, mapping)).values()) for mapping in said]
    assert totals == [[Decimal("3.5") * step], [Decimal("3.5")], [Decimal("3.5")]]
    written(tmp_path, path.read_text() + "acme,2026-01-02,compute,1,hours\n")
    with pytest.raises(Undecided) as error:
        read(path)
    assert [dict(choice.said) for choice in error.value.questions[0].choices] == [{"units": "apart"}, {"units": "keep"}]


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.tuples(st.integers(0, 10**5), st.sampled_from(["KB", "MB", "GB", "bytes"])), min_size=1, max_size=20))
def test_what_is_converted_adds_up_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str]]) -> None:
    size = {"bytes": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
    text = "customer_id,timestamp,feature,value,unit\n" + "".join(f"a,2026-01-01,f,{value},{unit}\n" for value, unit in rows)
    found = read(written(tmp_path_factory.mktemp("units"), text), parse_mapping("units: {f: KB}", "mapping.yaml"))
    assert units_of(found)["f"] == sum(Decimal(value * size[unit]) for value, unit in rows) / 1000
