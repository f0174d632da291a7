"""The Usage page as its tests use it: through the app, from its first page."""

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.shared.study import Study

APP = str(Path(__file__).parents[2] / "app.py")
GOOD = """customer_id,timestamp,feature,value
ada,2026-01-05T10:00:03Z,call,10
ada,2026-03-05T10:00:03Z,call,30
bob,2026-01-06T10:00:03Z,call,5
bob,2026-01-06T11:00:03Z,call,-4
cy,2026-01-06T12:00:03Z,call,soon
"""


def opened(study: Study | None = None) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    if study is not None:
        app.session_state["study"] = study
    return run(app.switch_page("pages/usage.py"))


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def uploaded(app: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    contents = [(name, content.encode() if isinstance(content, str) else content, "text/csv") for name, content in files]
    app.file_uploader[0].set_value(contents)
    return run(app)


def study_of(app: AppTest) -> Study:
    study: Study = app.session_state["study"]
    return study


def said(elements: Any) -> str:
    return "\n".join(element.value for element in elements)


def tiles(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return run(app)
