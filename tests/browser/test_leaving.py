"""The dashboard ends soon after it is told to, with 0 or 143 and never by a crash, also while its pages work."""

import signal
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from .conftest import start_server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_dashboard_at_work_ends_within_two_seconds(visitors: Callable[..., BrowserContext], number: int) -> None:
    server, address = start_server()
    try:
        page = visitors().new_page()
        page.goto(address)
        page.get_by_text("Pricing simulator").first.wait_for()  # the kernels are loaded, and the sample is replayed
        server.send_signal(number)
        began = time.monotonic()
        assert server.wait(20) in (0, 143)
        assert time.monotonic() - began < 3
    finally:
        server.kill()
        server.wait()
