"""What axe-core says of a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"resultTypes": ["violations"]}


def violations(page: Page) -> list[dict[str, Any]]:
    """Everything that breaks a rule of axe's, of any level. A page is given its code once, and gives back what is broken alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate("options => axe.run(options).then(found => found.violations)", OPTIONS)
