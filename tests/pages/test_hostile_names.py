"""Names that a visitor gives, or that come in usage, are shown as they are on every page: no link, no emoji, no mark-up, no formula."""

import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from pages.shared.study import Generated, Study
from pages.shared.tables import escaped, label

APP = str(Path(__file__).parents[2] / "app.py")
HOSTILE = "**b** :dog: http://evil.example www.evil.example a@evil.example $x$ <b>"
RENDERED = re.compile(r"\*\*b\*\*|:dog:|http://evil|www\.evil|a@evil|\$x\$|(?<!\\)<b>")
"""What a page would make something else of; each is broken by what `escaped` and `label` put into it."""

NOT_MARKDOWN = {"PlotlyChart", "Code", "Dataframe", "ArrowDataFrame", "Dataset", "BidiComponent", "Html"}
PLAIN = {
    "alt", "default", "default_value", "value", "placeholder", "raw_values", "raw_value", "query_string", "id", "user_key",
    "element_id", "form_id", "set_raw_value", "url", "file_name",
}  # fmt: skip
"""Messages, and fields of all, that are shown as they are, or not at all."""
OPTIONS_ARE_MARKDOWN = {"ButtonGroup", "Radio"}
"""The options of select boxes are plain text."""


def texts(message: Message, path: str = "") -> list[tuple[str, str]]:
    """Every text of a message that may be Markdown, with its place."""
    found: list[tuple[str, str]] = []
    for field, value in message.ListFields():
        place = f"{path}.{field.name}".strip(".")
        plain_options = field.name == "options" and path.split(".", maxsplit=1)[0] not in OPTIONS_ARE_MARKDOWN
        if field.name in PLAIN or plain_options:
            continue
        values = value if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value]
        for each in values:
            if isinstance(each, Message):
                found += texts(each, place)
            elif isinstance(each, str):
                found.append((place, each))
    return found


def shown(block: Any) -> list[tuple[str, str]]:
    """Every text that a page shows as Markdown."""
    found = []
    for child in block.children.values():
        if getattr(child, "proto", None) is not None and type(child.proto).__name__ not in NOT_MARKDOWN:
            found += texts(child.proto, type(child.proto).__name__)
        if hasattr(child, "children"):
            found += shown(child)
    return found


def study() -> Study:
    name, code = HOSTILE, "image"
    catalog = Catalog.model_validate(
        {
            "currency": "usd",
            "features": {code: {"name": name, "unit": "image", "unit_cost": "0.01"}, "upscale": {"name": f"{name} 2"}},
            "credit_packs": {"pack": {"name": name, "credits": 100, "price": 5}},
            "offers": {"offer": {"name": name, "percent": 10}},
            "plan_groups": {"group": ["metered", "metered_2"]},
            "plans": {
                "metered": {
                    "consumption_model": "metered",
                    "name": name,
                    "prices": {"monthly": 10},
                    "features": {code: {"included": 20, "overage": {"unit_price": "0.1"}}},
                },
                "metered_2": {
                    "consumption_model": "metered",
                    "name": f"{name} 2",
                    "prices": {"monthly": 30},
                    "features": {code: {"included": 100}},
                },
                "credits": {
                    "consumption_model": "credits",
                    "name": name,
                    "prices": {"monthly": 10},
                    "included_credits": 50,
                    "features": {code: {"credits_per_unit": 1}},
                },
                "balance": {
                    "consumption_model": "balance",
                    "name": name,
                    "prices": {"monthly": 10},
                    "features": {code: {"unit_price": "0.1"}},
                },
            },
        }
    )
    candidates = [
        {"name": f"{name} 1", "plan": "metered", "offer": "offer"},
        {"name": f"{name} 2", "group": "group"},
        {"name": f"{name} 3", "plan": "credits", "purchases": {"pack": "pack"}},
        {"name": f"{name} 4", "plan": "balance"},
    ]
    return Study(
        source=Generated(preset="ai_images", customers=12, months=2),
        catalog=catalog,
        candidates=tuple(Candidate.model_validate(candidate) for candidate in candidates),
    )


SECTIONS = [
    "Revenue by month",
    "Outstanding",
    "Margin",
    "Customers",
    "Winners and losers",
    "Who is on which plan",
    "Refused usage",
    "Credits and balance",
    "Customers and lines",
]


def test_what_is_escaped_is_shown_as_it_is() -> None:
    assert not RENDERED.search(escaped(HOSTILE).replace("\\", "").replace("**b**", "").replace("$x$", "").replace("<b>", ""))
    assert escaped(HOSTILE).replace("\\", "").replace("\u2060", "") == HOSTILE


def test_a_label_reads_as_it_is_written_where_nothing_would_be_markup() -> None:
    assert not RENDERED.search(label(HOSTILE))
    for plain in ("Pro: monthly", "Pro & Co (2), yearly", "Plus #2 + 10 %", "Metered-2"):
        assert label(plain) == plain
    for marked in ("# Pro", "1. Pro", "2) Pro", "- Pro", "> Pro", "a &lt; b", "a -> b", "Pro :red[x]", "Pro *x*", "a\n+ b"):
        assert label(marked) != marked
        assert label(marked).replace("\\", "").replace("\u2060", "") == marked


@pytest.mark.parametrize(
    ("script", "section"),
    [
        ("app.py", ""),
        ("pages/plans.py", ""),
        ("pages/usage.py", ""),
        ("pages/customers.py", ""),
        ("pages/quotes.py", ""),
        ("pages/saved.py", ""),
    ]
    + [("pages/compare.py", section) for section in SECTIONS],
)
def test_names_are_escaped_wherever_they_stand(script: str, section: str) -> None:
    app = AppTest.from_file(APP, default_timeout=100)
    app.session_state["study"] = study()
    if section:
        app.session_state["remembered"] = {"compare_section": section}
    app.switch_page(script).run()
    assert_escaped(app)


def test_names_are_escaped_in_every_tab_of_the_plans() -> None:
    app = AppTest.from_file(APP, default_timeout=100)
    app.session_state["study"] = study()
    app.switch_page("pages/plans.py").run()
    labels = [tab.label for tab in app.tabs]
    assert len(labels) > 1
    for opened in labels:
        app.session_state["remembered"] = {"plans_tabs": opened}
        app.run()
        assert [tab.label for tab in app.tabs if tab.children] == [opened]
        assert_escaped(app)


def assert_escaped(app: AppTest) -> None:
    """Names are on the page, and none is rendered."""
    assert not app.exception
    read = [text for block in (app.main, app.sidebar) for text in shown(block)]
    assert len(read) > 30
    assert [(place, text) for place, text in read if RENDERED.search(text)] == []
