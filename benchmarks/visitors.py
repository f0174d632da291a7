"""What visitors cost the dashboard: the first figure, memory that is given back, stopping, an Excel file.

    python -m benchmarks.visitors [WHAT ...]

WHAT: any of first, memory, stopping, excel; without, all of them, in about ten minutes. What a page costs: `page_times`. Each starts a server of its own on 127.0.0.1
and ends it; visitors are sessions as a browser has them, without a browser. Printed are the goals, and by how much they are met or
missed. Seconds of processor are the server's own, and suffer least where the machine is busy.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from benchmarks.excel_rows import excel_of, share_of_cell_by_cell
from benchmarks.sessions import Server, Session, served
from benchmarks.speed import at_most

AT_ONCE: Final = 50
VISITS: Final = 200
PAGES: Final = ("", "plans", "usage", "replay", "compare")
LEDGER_ROWS: Final = 200_000
KEPT_SECONDS: Final = 125
"""For how long Streamlit keeps a session whose browser has gone, in case that it comes back, and a little more."""

GIVEN_BACK_SECONDS: Final = 15
OWN_CUSTOMERS: Final = 500
MEGABYTE: Final = 1 << 20
KEPT_MEGABYTES: Final = 400
"""What a server keeps for its next visitors of what others have used (`pages.shared.kept`), and what Python takes beside it."""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.visitors")
    parser.add_argument(
        "what", nargs="*", choices=[*MEASURED, []], metavar="WHAT", help=f"of {', '.join(MEASURED)}; default: all"
    )
    chosen = parser.parse_args(arguments).what or list(MEASURED)
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    print(f"{'goals':58}{'goal':>12}{'measured':>12}")
    for name in chosen:
        for line in MEASURED[name]():
            print(line, flush=True)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def first_figures() -> Iterator[str]:
    """Fifty visitors at once on a server that one has visited before; then one after the other, for what each costs."""

    async def visits(server: Server) -> tuple[float, float, float]:
        await _visit(server)
        before, began = server.cpu_seconds(), time.monotonic()
        moments = await asyncio.gather(*(_visit(server) for _ in range(AT_ONCE)))
        together = (server.cpu_seconds() - before) / AT_ONCE
        last = max(moments) - began
        before = server.cpu_seconds()
        for _ in range(AT_ONCE):
            await _visit(server)
        return last, together, (server.cpu_seconds() - before) / AT_ONCE

    with served() as server:
        last, together, alone = asyncio.run(visits(server))
    yield at_most(f"first figure for the last of {AT_ONCE} at once, seconds", 6, last)
    yield at_most(f"a new session, {AT_ONCE} at once, seconds of processor", 0.12, together)
    yield at_most("a new session, one after the other, seconds of processor", 0.12, alone)


async def _visit(server: Server, page: str = "", query: str = "") -> float:
    """Opens a page in a session of its own, which then leaves; when its first figure came."""
    async with Session(server.host) as session:
        await session.open(page, query)
        return session.first_figure or time.monotonic()


def memory() -> Iterator[str]:
    """Visitors come and go, each tenth with usage of its own: what stays is bounded, and as many again add nothing to it."""

    async def visits(server: Server, numbers: range) -> None:
        for number in numbers:
            query = f"usage=ai_images-{OWN_CUSTOMERS}-6-{number}" if number % 10 == 0 else ""
            await _visit(server, PAGES[number % len(PAGES)], query)

    with served() as server:
        for page in PAGES:
            asyncio.run(_visit(server, page))
        held = [server.memory_bytes()]
        for numbers in (range(VISITS), range(VISITS, 2 * VISITS)):
            asyncio.run(visits(server, numbers))
            time.sleep(KEPT_SECONDS)
            asyncio.run(_visit(server))  # Streamlit looks for sessions to forget when somebody comes
            time.sleep(GIVEN_BACK_SECONDS)
            held.append(server.memory_bytes())
    before, after, again = (size / MEGABYTE for size in held)
    yield at_most(f"megabytes after {VISITS} sessions, beyond the {before:,.0f} before", KEPT_MEGABYTES, after - before)
    yield at_most(f"memory after {VISITS} more, times that before them", 1.1, again / after)


def stopping() -> Iterator[str]:
    """A server that is told to stop while it works for a visitor, and how it ends."""
    for number in (signal.SIGTERM, signal.SIGINT):
        for work in ("", "usage=ai_images-20000-12-1"):
            with served() as server:
                asyncio.run(_begin(server, work))
                began = time.monotonic()
                server.process.send_signal(number)
                status = server.process.wait(30)
                seconds = time.monotonic() - began
            doing = "generating usage" if work else "drawing a page"
            yield at_most(f"{number.name} while {doing}, status {status}, seconds", 2, seconds)


async def _begin(server: Server, query: str) -> None:
    """Asks for a page, and leaves while it is made."""
    async with Session(server.host) as session:
        await session.ask("", query)
        await asyncio.sleep(1.5)


def excel() -> Iterator[str]:
    """The Excel file of a comparison whose ledger is long."""
    with tempfile.TemporaryDirectory():
        rows, seconds = excel_of(LEDGER_ROWS)
    yield at_most(f"Excel with {rows:,} ledger rows, seconds of processor", 5, seconds)
    yield at_most("a table in Excel, share of writing it cell by cell", 0.35, share_of_cell_by_cell(LEDGER_ROWS))


MEASURED: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "first": first_figures,
    "memory": memory,
    "stopping": stopping,
    "excel": excel,
}

if __name__ == "__main__":
    main(sys.argv[1:])
