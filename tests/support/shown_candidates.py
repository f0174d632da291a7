"""The table of candidates as a page shows it."""

import json
from html.parser import HTMLParser

from streamlit.testing.v1 import AppTest


class _Cells(HTMLParser):
    """Rows of cells: the class of each, and its words; what a word means opens at a "?" and is none of them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.cell = ""
        self.aside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = dict(attributes)
        kind = (has.get("class") or "").removesuffix(" empty")
        if "popover" in has or "popovertarget" in has:
            self.aside = tag
        elif tag == "tr":
            self.rows.append({})
        elif tag in ("td", "th"):
            self.cell = kind or "name"
            self.rows[-1][self.cell] = ""
        elif tag == "small":
            self.cell += " below"
            self.rows[-1][self.cell] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.cell = ""
        if tag == self.aside:
            self.aside = ""

    def handle_data(self, text: str) -> None:
        if self.cell and not self.aside:
            self.rows[-1][self.cell] += text


def shown(app: AppTest) -> list[dict[str, str]]:
    """A row per candidate: its words by the table's columns; `changes below`: the words below a drawing. Empty where there is none."""
    for element in app.get("bidi_component"):
        if element.proto.component_name == "candidates":
            cells = _Cells()
            cells.feed(json.loads(element.proto.json)["html"])
            return cells.rows[1:]
    return []


def heads(app: AppTest) -> dict[str, str]:
    """The table's heads by column."""
    (element,) = [each for each in app.get("bidi_component") if each.proto.component_name == "candidates"]
    cells = _Cells()
    cells.feed(json.loads(element.proto.json)["html"])
    return cells.rows[0]


def column(app: AppTest, key: str) -> list[str]:
    """What stands in a column, candidate by candidate."""
    return [row.get(key, "") for row in shown(app)]
