"""Where the Customers page was before: links to it go on working."""

from __future__ import annotations

import streamlit as st

st.switch_page("pages/customers.py", query_params=st.query_params.to_dict())
