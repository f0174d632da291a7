"""Which candidate and which customer the Customers page shows: chosen on the page, kept in the session, named in the link."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import quantity
from commet_core.reports.statement import ORDERS, Order, Statement, customer_place, find_customers
from pages.shared import frame, links
from pages.shared.kept import by_content
from pages.shared.tables import escaped

CUSTOMERS_LISTED = 500
LINK_LETTERS_MAX = 200

ORDER_NAMES = {"billed": "Amount billed", "events": "Events", "refused": "Events refused"}


def follow_link(replayed: Replay) -> None:
    """Takes the candidate and the customer that the link names; what does not exist is said and passed over."""
    if not frame.arrived():
        return
    asked = {key: st.query_params[key] for key in ("candidate", "customer") if key in st.query_params}
    if frame.went_back():
        _chosen().clear()
    unknown = []
    if "candidate" in asked and asked["candidate"] not in _names(replayed):
        unknown.append(f"the candidate {asked.pop('candidate')!r} is not part of this comparison")
    if "customer" in asked and customer_place(replayed.runs[0], asked["customer"]) is None:
        unknown.append(f"the customer {asked.pop('customer')!r} has no usage in this window")
    _chosen().update(asked)
    st.session_state.pop("replay_search", None)
    if unknown:
        st.info(escaped(f"In the link, {' and '.join(unknown)}."))


def choose(candidate: str) -> None:
    """A click's callback: what follows is of this candidate."""
    _chosen()["candidate"] = candidate
    links.put_in_link(**{"candidate": candidate} if 0 < len(candidate) <= LINK_LETTERS_MAX else {})


def write_link(statement: Statement) -> None:
    """Puts the candidate and the customer into the link, names of reasonable length only."""
    shown = {"candidate": statement.run.candidate.name, "customer": statement.customer_id}
    if all(0 < len(name) <= LINK_LETTERS_MAX for name in shown.values()):
        frame.in_link(**shown)


def candidate(replayed: Replay) -> Run:
    """The candidate chosen; at first the baseline."""
    names = _names(replayed)
    if _chosen().get("candidate") not in names:
        _chosen()["candidate"] = replayed.baseline.candidate.name
    if len(names) == 1:
        return replayed.run(names[0])
    st.session_state["replay_candidate"] = _chosen()["candidate"]
    st.segmented_control(
        "Candidate",
        names,
        label_visibility="collapsed",
        format_func=escaped,
        key="replay_candidate",
        required=True,
        on_change=_keep,
        args=("candidate", "replay_candidate"),
    )
    return replayed.run(_chosen()["candidate"])


def customer(replayed: Replay, run: Run) -> str:
    """The customer chosen, by id; at first the largest."""
    many = run.customer_count > CUSTOMERS_LISTED
    columns = st.columns([1, 1, 2] if many else [1, 3])
    order = columns[0].selectbox("Largest by", ORDERS, format_func=ORDER_NAMES.__getitem__, key="replay_order")
    part = columns[1].text_input("Find by part of the name", key="replay_search").strip() if many else ""
    count, labels = _listed(replayed, run.candidate.name, order, part)
    if count == 0:
        st.info(escaped(f"No customer's name contains {part!r}; you see all of them, largest first."))
        part = ""
        count, labels = _listed(replayed, run.candidate.name, order, part)
    kept = _chosen().get("customer")
    if kept not in labels and not part and kept is not None and customer_place(run, kept) is not None:
        labels = {kept: kept, **labels}
    if kept not in labels:
        _chosen()["customer"] = next(iter(labels))
    st.session_state["replay_customer"] = _chosen()["customer"]
    listed = f"{CUSTOMERS_LISTED:,} of {count:,}" if count > CUSTOMERS_LISTED else f"{count:,}"
    columns[-1].selectbox(
        f"Customer ({listed})",
        list(labels),
        format_func=lambda name: labels.get(name, name),
        key="replay_customer",
        help="Type to search.",
        on_change=_keep,
        args=("customer", "replay_customer"),
    )
    return _chosen()["customer"]


@by_content()
def _listed(replayed: Replay, candidate: str, order: Order, part: str) -> tuple[int, dict[str, str]]:
    """How many customers are found, and how they are listed: name, amount billed, events."""
    run = replayed.run(candidate)
    found = find_customers(run, order, part, CUSTOMERS_LISTED)
    return found.count, {
        row["customer_id"]: " · ".join(
            (
                row["customer_id"],
                format_amount(row["billed"], run.currency),
                quantity(Decimal(row["events"]), "event"),
            )
        )
        for row in found.table.to_pylist()
    }


def _names(replayed: Replay) -> list[str]:
    return [run.candidate.name for run in replayed.runs]


def _chosen() -> dict[str, str]:
    """The candidate's name and the customer's id, as far as chosen."""
    chosen: dict[str, str] = st.session_state.setdefault("replay_choice", {})
    return chosen


def _keep(part: str, key: str) -> None:
    """Keeps what a widget was set to, which outlives the widget, and puts it into the link."""
    _chosen()[part] = chosen = st.session_state[key]
    links.put_in_link(**{part: chosen} if 0 < len(chosen) <= LINK_LETTERS_MAX else {})
