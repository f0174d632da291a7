"""What a page says, as it is read."""

from streamlit.testing.v1 import AppTest


def shown(app: AppTest) -> str:
    """All that it says, without what escapes a text."""
    kinds = (app.header, app.subheader, app.markdown, app.caption, app.error, app.info)
    said = [element.value for kind in kinds for element in kind]
    return "\n".join(said).replace("\\", "").replace("\u2060", "")
