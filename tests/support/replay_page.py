"""The Replay page as its tests use it: a study on a file of a few rows, and what the page says of it."""

import io
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from pages.shared.spool import spool
from pages.shared.study import Study, Uploaded

APP = str(Path(__file__).parents[2] / "app.py")

FEATURES = {"call": {"name": "API calls", "unit": "call"}, "image": {"name": "Images", "unit": "image"}}
PLANS: dict[str, Any] = {
    "metered": {
        "name": "Pro",
        "consumption_model": "metered",
        "prices": {"monthly": 99},
        "features": {"call": {"included": 10, "overage": {"unit_price": "0.015"}}},
    },
    "credits": {
        "name": "Maker",
        "consumption_model": "credits",
        "prices": {"monthly": 49},
        "included_credits": 10,
        "features": {"call": {"credits_per_unit": 1}, "image": {"credits_per_unit": 4}},
    },
    "balance": {
        "consumption_model": "balance",
        "prices": {"monthly": 50},
        "included_balance": 5,
        "features": {"call": {"unit_price": 1}, "image": {"unlimited": True}},
    },
}
PACKS = {"small": {"name": "Small *pack*", "credits": 5, "price": 3}}
CANDIDATES = (
    {"name": "Metered", "plan": "metered"},
    {"name": "Credits", "plan": "credits", "purchases": {"pack": "small", "max_packs_per_period": 1}},
    {"name": "Balance", "plan": "balance"},
)


def study_of(events: list[tuple[Any, ...]], catalog: dict[str, Any] | None = None, **changes: Any) -> Study:
    """A study on an uploaded file of so many rows: customer, time, feature, value."""
    lines = ["customer_id,timestamp,feature,value"]
    lines += [",".join([f'"{str(row[0]).replace(chr(34), chr(34) * 2)}"', *map(str, row[1:])]) for row in events]
    file, _ = spool("usage.csv", io.BytesIO("\n".join(lines).encode()))
    plans = {"features": FEATURES, "plans": PLANS, "credit_packs": PACKS} if catalog is None else catalog
    candidates = changes.pop("candidates", CANDIDATES)
    return Study(
        source=Uploaded(files=(file,)),
        catalog=Catalog.model_validate(plans),
        candidates=tuple(Candidate.model_validate(candidate) for candidate in candidates),
        **changes,
    )


def page(study: Study | None = None, **link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    if study is not None:
        app.session_state["study"] = study
    for name, value in link.items():
        app.query_params[name] = value
    app.switch_page("pages/customers.py").run()
    assert not app.exception
    return app


def choose(app: AppTest, candidate: str) -> AppTest:
    app.button_group(key="replay_candidate").set_value(candidate).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """All that the page says, without the escapes of Markdown."""
    elements = [*app.markdown, *app.caption, *app.info, *app.success, *app.error, *app.header, *app.subheader]
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}
