"""What every page costs once its figures are cached, and what a change on it costs: `python -m benchmarks.page_times [EVENTS ...]`.

EVENTS: about how many the usage has; without, the sample, 200,000 and a million. A page is its script's time on the processor, to which
other work on the machine adds little; a change is what the whole server has of it until the page is drawn again. Beside both stands how
long it took by the clock, which is long where the machine is busy.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.answer_times import EVENTS, GOALS, SAMPLE_CUSTOMERS, SAMPLE_EVENTS
from benchmarks.sessions import Server, Session, served
from benchmarks.speed import at_most

PAGES: Final = ("", "usage", "plans", "compare", "customers", "price", "forecast", "assumptions", "move", "quotes", "saved")
SCRIPT_MILLISECONDS: Final = 80
CHANGE_SECONDS: Final = GOALS | {200_000: 1.0, 1_000_000: 2.0}
ROUNDS: Final = 5
QUIET_CPU_SECONDS: Final = 0.05
"""A second in which the server has less of the processor is one in which nothing is worked out beside a page."""

QUIET_WITHIN_SECONDS: Final = 600
WRITTEN_SECONDS: Final = 0.2
"""After the last message, until a script's time is written down."""

Change = Callable[[Session, int], Awaitable[None]]
"""What a person does in the n-th round."""


async def _price(session: Session, number: int) -> None:
    await session.change("Monthly ($)", string_value=str(21 + number))


async def _what_if(session: Session, number: int) -> None:
    await session.change("Monthly price, USD", double_value=21.0 + number)


async def _largest_first(session: Session, number: int) -> None:
    await session.change("Largest by", string_value=("Events", "Amount billed")[number % 2])


async def _undo(session: Session, _number: int) -> None:
    await session.change("Undo", trigger_value=True)


CHANGES: Final[dict[str, tuple[str, Change]]] = {
    "a price on Plans": ("plans", _price),
    "undo on Plans": ("plans", _undo),
    "what if on Compare": ("compare", _what_if),
    "another order on Customers": ("customers", _largest_first),
}


async def _quiet(server: Server) -> None:
    """Until nothing is worked out beside a page any more."""
    deadline = time.monotonic() + QUIET_WITHIN_SECONDS
    while time.monotonic() < deadline:
        before = server.cpu_seconds()
        await asyncio.sleep(1)
        if server.cpu_seconds() - before < QUIET_CPU_SECONDS:
            return
    raise TimeoutError(f"the server was still at work after {QUIET_WITHIN_SECONDS} s")


async def page_times(server: Server, times: Path, events: int) -> AsyncIterator[str]:
    """A line per page, then a line per change."""
    customers = round(SAMPLE_CUSTOMERS * events / SAMPLE_EVENTS)
    query = "" if customers == SAMPLE_CUSTOMERS else f"usage=ai_images-{customers}-6-7"
    async with Session(server.host) as session:
        for page in PAGES:
            await session.open(page, query)
            await _quiet(server)
            await session.open(page)  # with what was worked out beside it
            await _quiet(server)
            scripts, seconds = [], []
            for _ in range(ROUNDS):
                known, began = len(_written(times)), time.monotonic()
                await session.open(page)
                seconds.append(time.monotonic() - began)
                await asyncio.sleep(WRITTEN_SECONDS)
                scripts.append(sum(_written(times)[known:]))
            name = f"{events:,} events: {page or 'answer'}, script, ms of processor"
            yield f"{at_most(name, SCRIPT_MILLISECONDS, median(scripts))}; {median(seconds):.2f} s by the clock"
        for what, (page, change) in CHANGES.items():
            await session.open(page)
            spent, seconds = [], []
            for number in range(ROUNDS):
                await _quiet(server)
                before, began = server.cpu_seconds(), time.monotonic()
                await change(session, number)
                seconds.append(time.monotonic() - began)
                spent.append(server.cpu_seconds() - before)
            name = f"{events:,} events: {what}, seconds of processor"
            yield f"{at_most(name, CHANGE_SECONDS.get(events, 2.0), median(spent))}; {median(seconds):.2f} s by the clock"


def _written(times: Path) -> list[float]:
    """Milliseconds, of every run of a script so far."""
    return [float(line) for line in times.read_text().splitlines()] if times.exists() else []


async def _all(sizes: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times.txt"
        with served(times) as server:
            for events in sizes:
                async for line in page_times(server, times, events):
                    print(line, flush=True)


def main(arguments: Sequence[str]) -> None:
    sizes = [int(text.replace("_", "").replace(",", "")) for text in arguments] or list(EVENTS)
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    asyncio.run(_all(sizes))
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
