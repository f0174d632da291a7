"""Shapes as data: what a file says, one's own beside those that are known, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from commet_core.cli import main
from commet_core.foundation.documents import parse_tested, read_document
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import SavedMapping, inspect, load_mapping, parse_mapping, read, shapes_in
from commet_core.usage.ingest.recognise import shape_documents
from commet_core.usage.ingest.recognise.shape_documents import (
    FOLDER,
    SUFFIX,
    ShapeDocument,
    known_shapes,
    load_shape,
    names_like,
)

GATEWAY = """
name: Gateway log
rows: aggregate
has: [Tenant, [Route, Path], Bytes Out]
columns:
  customer_id: tenant
  timestamp: {first: [seen, logged]}
  feature: {constant: traffic}
  value: bytes_out
"""
ROWS = "Tenant,Path,Bytes Out,logged,seen\nacme,/a,5,2026-01-02,\nacme,/b,7,2026-01-03,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "gateway.yaml").write_text(GATEWAY, "utf-8")
    (tmp_path / "log.csv").write_text(ROWS, "utf-8")
    return tmp_path


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    return str(caught.value)


class TestOnesOwn:
    def test_a_folder_of_shapes_is_read_from_python(self, folder: Path) -> None:
        assert inspect(folder / "log.csv").mapping.timestamp is None
        ingested = read(folder / "log.csv", mapping=SavedMapping().with_shapes(shapes_in(folder / "shapes")))
        (shape,) = [file.shape for file in ingested.report.files]
        assert shape is not None
        assert (shape.code, shape.name, shape.rows) == ("gateway", "Gateway log", "aggregate")
        assert shape.mapping.timestamp == "logged"
        assert int(ingested.usage.values.sum()) == 12_000_000

    def test_a_mapping_may_hold_and_name_one(self, folder: Path) -> None:
        inline = "shapes:\n- code: gateway\n" + "".join(f"  {line}\n" for line in GATEWAY.strip().splitlines())
        for text in (inline, inline + "shape: gateway\n", inline + "shape: gateway\ncolumns: {feature: {constant: out}}\n"):
            ingested = read(folder / "log.csv", mapping=parse_mapping(text, "m.yaml"))
            assert ingested.usage.features == (("out",) if "out}" in text else ("traffic",))
            assert int(ingested.usage.values.sum()) == 12_000_000
        assert "there is no shape `gateway`" in refusal(lambda: parse_mapping("shape: gateway", "m.yaml"))

    def test_the_command_line_takes_a_folder(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        check = ["check", "--usage", str(folder / "log.csv")]
        assert main(check) == 2
        assert main([*check, "--shapes", str(folder / "shapes")]) == 0
        assert "Gateway log: each row is a total" in capsys.readouterr().out
        (folder / "m.yaml").write_text("shape: gateway", "utf-8")
        assert main([*check, "--shapes", str(folder / "shapes"), "--mapping", str(folder / "m.yaml")]) == 0
        assert main([*check, "--shapes", str(folder / "none")]) == 2
        assert "there is no folder with shapes" in capsys.readouterr().err
        assert load_mapping(folder / "m.yaml", shapes_in(folder / "shapes")).shape == "gateway"

    def test_it_goes_before_one_that_is_known(self, folder: Path) -> None:
        path = folder / "stripe.csv"
        path.write_text("event_name,timestamp,payload_customer,payload_value\na,2026-01-01,c,2\n", "utf-8")
        assert inspect(path).recognised.code == "stripe"
        own = GATEWAY.replace("[Tenant, [Route, Path], Bytes Out]", "[event_name]").replace("tenant", "payload.customer")
        (folder / "shapes" / "gateway.yaml").write_text(
            own.replace("seen,", "timestamp,").replace("bytes_out", "payload.value"), "utf-8"
        )
        ingested = read(path, mapping=SavedMapping().with_shapes(shapes_in(folder / "shapes")))
        assert ingested.report.files[0].shape is not None
        assert ingested.report.files[0].shape.code == "gateway"
        assert ingested.usage.features == ("traffic",)


class TestWhatIsWrongWithOne:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (("name: Gateway log", "name: ''"), "gateway.yaml, name"),
            (("has: [Tenant, [Route, Path], Bytes Out]", "has: 5"), "gateway.yaml, has: 5 does not list names"),
            (("has: [Tenant, [Route, Path], Bytes Out]", "has: []"), "gateway.yaml, has"),
            (("rows: aggregate", "rows: total"), "gateway.yaml, rows"),
            (("customer_id: tenant", "custmer_id: tenant"), "gateway.yaml, columns.custmer_id: is not a known key"),
            (("value: bytes_out", "value: {inside: 3}"), "gateway.yaml, columns.value"),
            (("rows: aggregate", "rowz: aggregate"), "gateway.yaml, rowz: is not a known key"),
        ],
    )
    def test_is_told_with_its_path(self, folder: Path, change: tuple[str, str], said: str) -> None:
        (folder / "shapes" / "gateway.yaml").write_text(GATEWAY.replace(*change), "utf-8")
        assert said in refusal(lambda: shapes_in(folder / "shapes"))

    def test_a_file_name_is_a_code(self, folder: Path) -> None:
        (folder / "shapes" / "My Shape.yaml").write_text(GATEWAY, "utf-8")
        assert "`My Shape` cannot be the code of a shape" in refusal(lambda: shapes_in(folder / "shapes"))


def test_those_that_are_known_are_in_order_and_sound() -> None:
    codes = [shape.code for shape in known_shapes()]
    assert {"commet", "stripe", "lago", "cloudevents"} <= set(codes)
    counts = [len(shape.has) for shape in known_shapes()]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("shape", known_shapes(), ids=lambda shape: shape.code)
def test_a_known_shape_is_what_the_parser_with_every_test_makes_of_its_file(shape: ShapeDocument) -> None:
    path = Path(shape_documents.__file__).parent / FOLDER / f"{shape.code}{SUFFIX}"
    assert load_shape(path) == shape
    assert repr(read_document(path)) == repr(parse_tested(path.read_text("utf-8")))


def test_names_are_compared_without_case_and_separators() -> None:
    names = ["payload_Stripe_Customer-ID", "payload_value", "customerId"]
    assert names_like("payload.*customer*", names) == names[:1]
    assert names_like("customer_id", names) == []
    assert names_like("CUSTOMERID", names) == ["customerId"]
