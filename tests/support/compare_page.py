"""The Compare page in tests: a world small enough to be added up by hand, the page on it, and what the page says.

The world is that of tests/test_compare.py: three customers in January and February 2026. Metered bills $67, Credits $54, Balance
$72; ann 12 calls, bob 3 and 15, cleo an image that only Metered has.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.window import Window
from commet_core.scenario.candidates import Candidate
from pages.comparison.opened_figure import Opened
from pages.shared.spool import spool
from pages.shared.study import Study, Uploaded
from support import compared_models
from support.compared_models import BALANCE, CREDITS, METERED

APP = str(Path(__file__).parents[2] / "app.py")

YEARLY = {"consumption_model": "metered", "prices": {"yearly": 100}, "features": {"call": {"unlimited": True}}}
CATALOG: dict[str, Any] = compared_models.CATALOG | {
    "features": {"call": {"name": "API calls"}, "image": {"name": "Images"}},
    "plans": {
        "metered": {"name": "Pro"} | compared_models.CATALOG["plans"]["metered"],
        "credits": compared_models.CATALOG["plans"]["credits"],
        "balance": compared_models.CATALOG["plans"]["balance"],
        "yearly": YEARLY,
    },
    "credit_packs": {"five": {"name": "Five", "credits": 5, "price": 3}},
}
THREE = (METERED, CREDITS, BALANCE)

Row = tuple[str, str, str]
USAGE: list[Row] = [
    *[("ann", "2026-01-05", "call")] * 12,
    *[("bob", "2026-01-10", "call")] * 3,
    *[("bob", "2026-02-10", "call")] * 15,
    ("cleo", "2026-02-20", "image"),
]


def study_of(
    candidates: Sequence[Mapping[str, Any]] = THREE,
    rows: Sequence[Row] = USAGE,
    catalog: dict[str, Any] = CATALOG,
    **changes: Any,
) -> Study:
    lines = ["customer_id,timestamp,feature", *(",".join('"' + part.replace('"', '""') + '"' for part in row) for row in rows)]
    file, _ = spool("usage.csv", io.BytesIO("\n".join(lines).encode()))
    return Study(
        source=Uploaded(files=(file,)),
        catalog=Catalog.model_validate(catalog),
        candidates=tuple(Candidate.model_validate(candidate) for candidate in candidates),
        **{"start": "window", "window": Window(start=date(2026, 1, 1), end=date(2026, 3, 1)), **changes},
    )


def page(study: Study | None = None, section: str = "", opened: Opened | None = None, view: str | None = "billed") -> AppTest:
    """The Compare page. view: whether it counts what is billed or earned; None: as it opens."""
    app = AppTest.from_file(APP, default_timeout=180)
    if study is not None:
        app.session_state["study"] = study
    if section:
        app.session_state["remembered"] = {"compare_section": section}
    if opened is not None:
        app.session_state["compare_opened"] = opened
        app.session_state["compare_openings"] = 1
    if view is not None:
        app.session_state["compare_view_chosen"] = view
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """All that the page says, without the escapes of Markdown."""
    elements = [*app.header, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error]
    return "\n".join(element.value for element in elements).replace("\\", "")


def explained(app: AppTest) -> str:
    """What stands behind the "?" of what the page says."""
    return "\n".join(element.proto.help for element in (*app.markdown, *app.caption))


def metrics(app: AppTest, label: str) -> list[tuple[str, str]]:
    """Value and delta of the metrics of a label, card by card."""
    return [(metric.value, metric.delta) for metric in app.metric if metric.label == label]


def study(app: AppTest) -> Study:
    found = app.session_state["study"]
    assert isinstance(found, Study)
    return found
