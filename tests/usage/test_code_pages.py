"""Files in code pages: told from their words, or asked about; never read as another one in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided

HEADER = "customer,date,feature,quantity\n"
GOOD = "plain,2026-03-01,calls,1\n"


def written(folder: Path, content: str, encoding: str) -> Path:
    path = folder / "usage.csv"
    path.write_bytes(content.encode(encoding))
    return path


def customers(ingested: Ingested) -> set[str]:
    return set(ingested.usage.customers.to_pylist())


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1251", ("Ромашка", "Василёк и Ко")),
        ("cp1251", ("Київстар", "Їжак")),
        ("koi8-r", ("Ромашка", "Василёк")),
        ("cp866", ("Ромашка", "Союз")),
        ("iso8859-5", ("Ромашка", "Союз")),
        ("cp1253", ("Αθήνα", "Ελλάδα")),
        ("cp1250", ("Żółw", "Łódź")),
        ("cp1250", ("Dvořák", "Jiří Novák")),
        ("cp1250", ("Erdős", "Tűz")),
        ("iso8859-2", ("Gąsior", "Śląsk")),
        ("cp1252", ("Müller & Söhne", "Café Olé", "Nuñez", "Crème Brûlée", "São Paulo")[:2]),
        ("cp1252", ("Peña", "García")),
        ("cp1252", ("Genève", "Besançon")),
        ("cp1252", ("São Paulo", "Guimarães")),
        ("cp1252", ("København", "Århus")),
        ("cp1252", ("Münch", "Núñez", "Crème")),
        ("cp1252", ("O’Neill – £5 (m³)", "Zoë €")),
        ("mac-roman", ("Café", "Müller")),
        ("cp850", ("Café", "Müller")),
        ("cp1257", ("Ģirts", "Bērziņš")),
    ],
)
@pytest.mark.parametrize("before", [0, 20_000])
def test_words_decide(tmp_path: Path, encoding: str, names: tuple[str, ...], before: int) -> None:
    rows = "".join(f"{name},2026-03-01,calls,1\n" for name in names)
    found = read(written(tmp_path, HEADER + GOOD * before + rows, encoding))
    assert customers(found) - {"plain"} == set(names)
    assert "is written in" in found.report.notes[0]


@pytest.mark.parametrize(
    ("encoding", "name", "said"),
    [
        ("cp1251", "ромашка", "Windows-1251"),
        ("cp1255", "שלום", "Windows-1255"),
        ("cp1256", "شركة", "Windows-1256"),
        ("cp1254", "Işık", "Windows-1254"),
        ("cp932", "株式会社", "Shift_JIS"),
        ("gbk", "北京公司", "GB18030"),
        ("euc-kr", "한국", "EUC-KR"),
        ("tis-620", "บริษัท", "TIS-620"),
    ],
)
@pytest.mark.parametrize("before", [0, 20_000])
def test_what_words_do_not_prove_is_asked_and_said_by_encoding(
    tmp_path: Path, encoding: str, name: str, said: str, before: int
) -> None:
    path = written(tmp_path, f"{HEADER}{GOOD * before}{name},2026-03-01,calls,1\n", encoding)
    with pytest.raises(Undecided, match=f"nothing proves in which code page.*`encoding: {said}` \\({name}\\)"):
        read(path)
    mapping = parse_mapping(f"encoding: {encoding}", "m.yaml")
    assert name in customers(read(path, mapping))


@pytest.mark.parametrize("separator", ["\u00a0", "’"])
def test_a_separator_of_thousands_alone_leaves_nothing_to_ask(tmp_path: Path, separator: str) -> None:
    rows = f"plain,2026-03-01,calls,1{separator}000\nplain,2026-03-02,calls,2{separator}500{separator}000\n"
    found = read(written(tmp_path, HEADER + rows, "cp1252"))
    assert sum(found.usage.values) == 2_501_000 * 10**6


def test_the_header_is_in_the_encoding_too(tmp_path: Path) -> None:
    path = written(tmp_path, "клиент;дата;услуга;количество\nРомашка;2026-03-01;звонки;2\n", "cp1251")
    columns = "columns: {customer_id: клиент, timestamp: дата, feature: услуга, value: количество}\n"
    for encoding in ("", "encoding: windows-1251\n"):
        assert customers(read(path, parse_mapping(columns + encoding, "m.yaml"))) == {"Ромашка"}


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="'klingon' is not the name of an encoding"):
        parse_mapping("encoding: klingon", "m.yaml")


def test_utf8_with_a_few_damaged_rows_stays_utf8(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes((HEADER + "Ромашка,2026-03-01,calls,1\n" * 3).encode() + "Zoë,2026-03-01,calls,1\n".encode("cp1252"))
    found = read(path)
    assert customers(found) == {"Ромашка"}
    assert found.report.rows_rejected == 1
