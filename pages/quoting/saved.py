"""Saved quotes: their states, revisions and links."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import day_words, moment_words
from commet_core.reports.quotation import Quotation
from commet_core.workspace import links, quotes
from commet_core.workspace.quotes import SavedQuote, state_words
from commet_core.workspace.settings import settings_of
from commet_core.workspace.workspace import Workspace, author_words, moment_text
from pages.quoting import worked_out
from pages.quoting.fields import KEY
from pages.shared import frame, remembered, serving, workspaces
from pages.shared import study as studies
from pages.shared.tables import escaped

LINK_DAYS: Final = 30
NUMBER: Final = f"{KEY}number"
_REFUSED, _TOKEN, _CHOSEN, _SHOWN = "quote_refused", "quote_token", "quote_chosen", "quote_shown"
"""Session keys: what could not be done, with its problems; the link just made; the saved quote that is chosen; which revision of it is shown."""

VERBS: Final = {
    "approved": "Approve",
    "sent": "Mark sent",
    "accepted": "Mark accepted",
    "declined": "Mark declined",
    "expired": "Mark expired",
}


def save_button(found: Quotation) -> None:
    """Saves a quote: the first of its number, or a revision of it."""
    before = next((each for each in quotes.quotes(workspaces.current()) if each.number == found.quote.number), None)
    label = "Save the quote" if before is None else f"Save as revision {before.latest + 1}"
    st.button(label, key="quote_save", disabled=not workspaces.may_save(), on_click=_save, args=(before, found))
    if not workspaces.may_save():
        st.markdown(workspaces.VIEWER)
    _say_refused()


def _save(before: SavedQuote | None, found: Quotation) -> None:
    try:
        workspace = workspaces.current()
        if before is None:
            saved = quotes.create_quote(workspace, found, workspaces.now())
            remembered.put(NUMBER, saved.number)  # the next one of the day has another, and this one keeps its own
            studies.write_link()
        else:
            saved = quotes.edit_quote(workspace, before.id, before.version, found, workspaces.now())
        st.session_state[_CHOSEN] = saved.id
    except InputError as error:
        st.session_state[_REFUSED] = error


def _say_refused() -> None:
    refused = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        frame.show_problems(refused)


def saved_quotes() -> None:
    workspace = workspaces.current()
    found = quotes.quotes(workspace)
    st.header("Saved quotes", anchor=False)
    if not found:
        st.markdown("None yet: save the quote above to send it as a link, and to see later what was promised.")
        return
    by_id = {each.id: each for each in found}
    if st.session_state.get(_CHOSEN) not in by_id:
        st.session_state[_CHOSEN] = found[0].id
    st.selectbox("Quote", list(by_id), key=_CHOSEN, format_func=lambda quote: _title(by_id[quote]))
    _show(workspace, by_id[st.session_state[_CHOSEN]])


def _title(quote: SavedQuote) -> str:
    state = state_words(quote.state_on(workspaces.now().date()))
    return f"{quote.number}, revision {quote.latest}, {quote.document['customer']['name']}: {state}"


def _show(workspace: Workspace, quote: SavedQuote) -> None:
    at = datetime.fromisoformat(quote.saved_at)
    st.caption(escaped(f"Saved by {author_words(quote.author)}, {moment_words(at.replace(second=0, microsecond=0))} UTC"))
    for reason in quote.reasons:
        st.markdown(f"Needs approval: {escaped(reason)}.")
    with st.container(horizontal=True):
        for state in sorted(quote.steps_on(workspaces.now().date())):
            off = not workspaces.may_save() or (state == "approved" and workspaces.role() != "owner")
            st.button(VERBS[state], key=f"quote_to_{state}", disabled=off, on_click=_move, args=(quote, state))
        st.button("Make a link", key="quote_link", disabled=not workspaces.may_save(), on_click=_link, args=(quote,))
    token = st.session_state.get(_TOKEN, {}).get((quote.id, quote.latest))
    if token:
        st.markdown(f"Whoever has this link sees revision {quote.latest}, for {LINK_DAYS} days. It is shown once.")
        st.code(f"{(st.context.url or '').rsplit('/', 1)[0]}{serving.LINKS}{token}", None, wrap_lines=True)
    _revisions(workspace, quote)
    _links(workspace, quote)
    _promised(workspace, quote)


def _move(quote: SavedQuote, state: quotes.State) -> None:
    try:
        quotes.move_quote(workspaces.current(), quote.id, quote.version, state, workspaces.now())
    except InputError as error:
        st.session_state[_REFUSED] = error


def _link(quote: SavedQuote) -> None:
    try:
        token = links.make_link(workspaces.current(), quote.id, LINK_DAYS, workspaces.now())
        st.session_state[_TOKEN] = {(quote.id, quote.latest): token}
    except InputError as error:
        st.session_state[_REFUSED] = error


def _revisions(workspace: Workspace, quote: SavedQuote) -> None:
    for revision in range(quote.latest, 1, -1):
        changed = quotes.what_changed(workspace, quote.id, revision - 1, revision)
        with st.expander(f"What revision {revision} changed"):
            st.markdown("\n".join(f"- {escaped(line)}" for line in changed) or "Nothing.")


def _links(workspace: Workspace, quote: SavedQuote) -> None:
    now = moment_text(workspaces.now())
    for link in links.links(workspace, quote.id):
        if link.revoked_at is None:
            holds = "holds until" if now < link.expires_at else "ended on"
            until = day_words(datetime.fromisoformat(link.expires_at))
            st.markdown(escaped(f"A link to revision {link.revision} {holds} {until}."))
        if link.revoked_at is None and now < link.expires_at:
            st.button("Take it back", key=f"quote_revoke_{link.id}", on_click=_revoke, args=(link.id,))


def _promised(workspace: Workspace, quote: SavedQuote) -> None:
    """A revision as it was saved, with its files."""
    revisions = {f"Revision {revision}": revision for revision in range(quote.latest, 0, -1)}
    chosen = st.pills("Show what was promised", list(revisions), key=f"{_SHOWN}_{quote.id}")
    if chosen is None:
        return
    was = quotes.open_quote(workspace, quote.id, revisions[chosen])
    with st.container(border=True):
        found = worked_out.saved(was.quote_file())
        worked_out.show(found, settings_of(workspace).logo_png, f"{quote.number}-{was.revision}")


def _revoke(link: int) -> None:
    try:
        links.revoke_link(workspaces.current(), link, workspaces.now())
    except InputError as error:
        st.session_state[_REFUSED] = error
