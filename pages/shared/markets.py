"""Which market pages are about, where customers are in several: all of them in the reporting currency, or one in its own."""

from __future__ import annotations

from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tables import label

OF_ALL: Final = frozenset({"app.py", "pages/compare.py"})
OF_ONE: Final = frozenset(
    {"pages/customers.py", "pages/price.py", "pages/forecast.py", "pages/assumptions.py", "pages/move.py"}
)
"""Pages that answer for all markets together, and those that are asked of one."""

_KEY: Final = "market_chosen"


def choice(study: Study, script: str) -> None:
    """The market that a page is about; nothing on a page, or of a study, that is about none."""
    if script not in OF_ALL | OF_ONE or not study.candidates:
        return
    try:
        names, chosen = loading.markets_of(study), loading.market_of(study)
    except InputError:  # the page says it
        return
    if not names:
        return
    told = loading.whole_scenario_of(study).reporting_currency.upper()
    every = {"": f"All, in {told}"} if script in OF_ALL else {"": "Choose one"}
    options = every | names
    st.session_state[_KEY] = chosen
    with st.container(width=280):
        st.selectbox(
            "Market",
            list(options),
            format_func=lambda code: label(options[code]),
            key=_KEY,
            on_change=_choose,
            help="One market is shown in its currency, with its customers alone.",
        )


def _choose() -> None:
    studies.change(market=st.session_state[_KEY])
