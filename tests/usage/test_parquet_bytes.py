"""Columns of bytes in Parquet: unread they do not matter; read they are text where they are UTF-8, else hexadecimal digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.usage.ingest import Ingested, inspect, read

IDS = [UUID(int=number << 70 | 0xFFFE) for number in (1, 2, 1)]
TEXTS = [b"J\xc3\xb6rg", b"a\\x", "€ 😀".encode()]


def usage(folder: Path, values: tuple[int, ...] = (1, 2, 3), **columns: Any) -> Path:
    path = folder / "usage.parquet"
    rows = {"customer_id": ["a"] * 3, "timestamp": ["2026-03-01"] * 3, "feature": ["calls"] * 3, "value": list(values)}
    pq.write_table(pa.table({**rows, **columns}), path)
    return path


def customers(found: Ingested) -> list[str]:
    return sorted(found.usage.customers.to_pylist())


@pytest.mark.parametrize(
    "payload",
    [pa.array([b"\xff\xfe", b"\x00\x80", None]), [{"raw": b"\xff"}] * 3, [[b"\xff"]] * 3],
    ids=["flat", "inside", "list"],
)
def test_bytes_that_are_not_read_do_not_matter(tmp_path: Path, payload: Any) -> None:
    found = read(usage(tmp_path, (1, 2, -3), payload=payload))
    assert (found.report.rows_used, found.report.rejects.column("line").to_pylist()) == (2, [3])


@pytest.mark.parametrize("kind", [pa.binary(), pa.binary(16)], ids=["bytes", "16 bytes"])
def test_ids_of_16_bytes_are_read(tmp_path: Path, kind: pa.DataType) -> None:
    path = usage(tmp_path, (1, 2, 1), event_id=pa.array([at.bytes for at in IDS], kind))
    report = read(path).report
    assert (report.rows_used, report.duplicates) == (2, 1)
    assert inspect(path).values("event_id") == (IDS[0].hex, IDS[1].hex)


def test_bytes_that_are_text_are_read_as_it(tmp_path: Path) -> None:
    assert customers(read(usage(tmp_path, customer_id=pa.array(TEXTS)))) == ["Jörg", "a\\x", "€ 😀"]
    names = pa.array([{"name": text} for text in TEXTS])
    found = read(usage(tmp_path, customer_id=names), {"customer_id": "customer_id.name"})
    assert customers(found) == ["Jörg", "a\\x", "€ 😀"]


@pytest.mark.parametrize("text", [b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ab\x00"])
def test_what_is_no_text_is_hexadecimal(tmp_path: Path, text: bytes) -> None:
    assert customers(read(usage(tmp_path, customer_id=pa.array([text, b"ok", None])))) == [text.hex(), "ok"]
