"""A spreadsheet engine: LibreOffice without a window, which computes every formula of a workbook anew."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl

RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
"""LibreOffice takes the figures that a file of Excel holds for granted, unless it is told to compute them."""

FORMAT = "xlsx:Calc MS Excel 2007 XML"
SECONDS_MAX = 180


def program() -> str | None:
    return shutil.which("soffice")


def recalculated(workbooks: dict[str, bytes], folder: Path) -> dict[str, Any]:
    """Each workbook with its formulas computed, as openpyxl reads values. All go through one start of the program."""
    office = program()
    assert office is not None
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(RECALCULATE, "utf-8")
    given, made = folder / "given", folder / "made"
    given.mkdir()
    for name, content in workbooks.items():
        (given / f"{name}.xlsx").write_bytes(content)
    options = [f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nologo"]
    command = [office, *options, "--convert-to", FORMAT, "--outdir", made, *sorted(given.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stderr
    return {name: openpyxl.load_workbook(made / f"{name}.xlsx", data_only=True) for name in workbooks}


def with_numbers(workbook: bytes, numbers: dict[tuple[str, str], float]) -> bytes:
    """The workbook with other numbers in some cells, given by sheet and cell; formulas stay formulas."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    for (sheet, cell), number in numbers.items():
        book[sheet][cell] = number
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()
