"""Quotes with their states, and read-only links to them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, select
from support.quotes import quote_of

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import Quotation, quotation
from commet_core.workspace import links, quotes
from commet_core.workspace.audit import deeds
from commet_core.workspace.links import quote_behind
from commet_core.workspace.schema import LINKS
from commet_core.workspace.workspace import Overtaken, Workspace

NOON = datetime(2025, 12, 5, 12, tzinfo=UTC)
CATALOG: dict[str, Any] = {
    "features": {"call": {"unit_cost": "0.02"}},
    "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 100}, "features": {"call": {"included": 4000}}}},
}


def worked_out(**more: Any) -> Quotation:
    """4,000 calls cost $80 of $100 a month to serve: a margin of 20 %."""
    document = {"usage": {"call": {"units": 4000}}, "draws": 100, "term_months": 2, **more}
    return quotation(quote_of(CATALOG, ({"name": "Pro", "plan": "pro"},), **document))


WITHIN = worked_out()
BEYOND = worked_out(limits={"margin_min": "0.25"})


class TestStates:
    def test_a_quote_within_the_limits_is_sent_and_accepted(self, ours: Workspace) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        assert (made.state, made.reasons, made.revision, made.digest) == ("draft", (), 1, WITHIN.digest)
        sent = quotes.move_quote(ours, made.id, made.version, "sent", NOON)
        assert quotes.move_quote(ours, made.id, sent.version, "accepted", NOON).state == "accepted"
        assert [deed.what for deed in deeds(ours)] == ["accepted", "sent", "saved"]

    def test_beyond_the_limits_it_cannot_be_sent_before_it_is_approved(self, ours: Workspace) -> None:
        made = quotes.create_quote(ours, BEYOND, NOON)
        assert made.state == "needs_approval"
        with pytest.raises(InputError, match="it needs approval: Pro: the margin is 20 %, and the least is 25 %"):
            quotes.move_quote(ours, made.id, made.version, "sent", NOON)
        approved = quotes.move_quote(ours, made.id, made.version, "approved", NOON)
        assert quotes.move_quote(ours, made.id, approved.version, "sent", NOON).state == "sent"

    @pytest.mark.parametrize(
        ("state", "said"), [("accepted", "cannot become accepted"), ("approved", "cannot become approved")]
    )
    def test_a_step_that_is_none_is_said(self, ours: Workspace, state: quotes.State, said: str) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        with pytest.raises(InputError, match=said):
            quotes.move_quote(ours, made.id, made.version, state, NOON)

    def test_one_that_was_sent_expires_after_its_last_day(self, ours: Workspace) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        assert made.state_on(date(2026, 5, 1)) == "draft"
        sent = quotes.move_quote(ours, made.id, made.version, "sent", NOON)
        assert sent.state_on(date(2025, 12, 31)) == "sent"
        assert sent.state_on(date(2026, 1, 1)) == "expired"

    def test_after_its_last_day_it_is_neither_sent_nor_accepted(self, ours: Workspace) -> None:
        late = datetime(2026, 1, 1, tzinfo=UTC)
        made = quotes.create_quote(ours, WITHIN, NOON)
        with pytest.raises(InputError, match=r"it was valid until 31 Dec 2025\. Save it as a new revision"):
            quotes.move_quote(ours, made.id, made.version, "sent", late)
        sent = quotes.move_quote(ours, made.id, made.version, "sent", NOON)
        with pytest.raises(InputError, match="it was valid until 31 Dec 2025"):
            quotes.move_quote(ours, made.id, sent.version, "accepted", late)
        assert sent.steps_on(date(2026, 1, 1)) == {"expired"}
        assert quotes.move_quote(ours, made.id, sent.version, "expired", late).state == "expired"

    def test_a_number_is_given_once_in_a_workspace(self, ours: Workspace, theirs: Workspace) -> None:
        quotes.create_quote(ours, WITHIN, NOON)
        with pytest.raises(InputError, match="has a quote Q-1 already"):
            quotes.create_quote(ours, WITHIN, NOON)
        quotes.create_quote(theirs, WITHIN, NOON)
        assert len(quotes.quotes(ours)) == len(quotes.quotes(theirs)) == 1

    def test_the_next_free_number_is_offered(self, ours: Workspace, theirs: Workspace) -> None:
        assert quotes.free_number(ours, "Q-1") == "Q-1"
        for number in ("Q-1", "Q-1-2"):
            quotes.create_quote(ours, worked_out(number=number), NOON)
        assert (quotes.free_number(ours, "Q-1"), quotes.free_number(theirs, "Q-1")) == ("Q-1-3", "Q-1")


class TestRevisions:
    def test_an_edit_of_a_sent_quote_is_a_new_revision_and_the_sent_one_stays(self, ours: Workspace) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        sent = quotes.move_quote(ours, made.id, made.version, "sent", NOON)
        cheaper = worked_out(discount={"percent": 10}, notes="As agreed")
        edited = quotes.edit_quote(ours, made.id, sent.version, cheaper, NOON)
        assert (edited.state, edited.revision, edited.quote_file().revision) == ("draft", 2, 2)
        first = quotes.open_quote(ours, made.id, 1)
        assert first.document == made.document
        assert quotation(first.quote_file()).bills == WITHIN.bills, "the same figures, to the cent"
        assert quotation(edited.quote_file()).bills[0].assumed == Decimal("180.00")
        changed = quotes.what_changed(ours, made.id, 1, 2)
        assert changed == ["notes was empty and is As agreed", 'discount was added: {"percent": "10"}']

    def test_it_keeps_its_number(self, ours: Workspace) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        with pytest.raises(InputError, match="the quote is Q-1, and keeps its number"):
            quotes.edit_quote(ours, made.id, made.version, worked_out(number="Q-2"), NOON)

    def test_the_second_of_two_sellers_is_told(self, ours: Workspace, engine: Engine) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        quotes.move_quote(Workspace(engine, "ours", "bob"), made.id, made.version, "sent", NOON)
        with pytest.raises(Overtaken, match="it is now sent, revision 1"):
            quotes.edit_quote(ours, made.id, made.version, BEYOND, NOON)

    def test_another_workspace_sees_and_changes_nothing(self, ours: Workspace, theirs: Workspace) -> None:
        made = quotes.create_quote(ours, WITHIN, NOON)
        tries = [
            lambda: quotes.open_quote(theirs, made.id),
            lambda: quotes.open_quote(theirs, made.id, 1),
            lambda: quotes.what_changed(theirs, made.id, 1, 1),
            lambda: quotes.edit_quote(theirs, made.id, made.version, WITHIN, NOON),
            lambda: quotes.move_quote(theirs, made.id, made.version, "sent", NOON),
            lambda: links.make_link(theirs, made.id, 7, NOON),
        ]
        for attempt in tries:
            with pytest.raises(InputError, match="is not in this workspace"):
                attempt()
        assert (quotes.quotes(theirs), links.links(theirs, made.id)) == ([], [])
        assert quotes.open_quote(ours, made.id) == made


class TestLinks:
    @pytest.fixture
    def quote(self, ours: Workspace) -> int:
        return quotes.create_quote(ours, WITHIN, NOON).id

    def test_it_shows_the_revision_that_it_was_made_for(self, ours: Workspace, engine: Engine, quote: int) -> None:
        token = links.make_link(ours, quote, 7, NOON)
        assert len(token) * 4 == 128
        quotes.edit_quote(ours, quote, 1, worked_out(notes="Later"), NOON)
        found = quote_behind(engine, token, NOON)
        assert found is not None
        assert (found.revision, found.quote_file().notes) == (1, "")

    def test_the_token_is_not_kept(self, ours: Workspace, engine: Engine, quote: int) -> None:
        token = links.make_link(ours, quote, 7, NOON)
        with engine.connect() as connection:
            row = connection.execute(select(LINKS)).one()
        assert token not in str(row)
        assert links.make_link(ours, quote, 7, NOON) != token

    def test_it_ends(self, ours: Workspace, engine: Engine, quote: int) -> None:
        token = links.make_link(ours, quote, 7, NOON)
        assert quote_behind(engine, token, NOON + timedelta(days=7, microseconds=-1)) is not None
        assert quote_behind(engine, token, NOON + timedelta(days=7)) is None
        assert quote_behind(engine, token, NOON - timedelta(days=1)) is None, "a clock that was set back"

    def test_it_can_be_taken_back(self, ours: Workspace, theirs: Workspace, engine: Engine, quote: int) -> None:
        token, other = (links.make_link(ours, quote, 7, NOON) for _ in range(2))
        newest, oldest = links.links(ours, quote)
        with pytest.raises(InputError, match="is not in this workspace"):
            links.revoke_link(theirs, oldest.id, NOON)
        links.revoke_link(ours, oldest.id, NOON)
        assert quote_behind(engine, token, NOON) is None
        assert quote_behind(engine, other, NOON) is not None
        assert [link.revoked_at is None for link in links.links(ours, quote)] == [True, False]
        assert newest.revoked_at is None

    @pytest.mark.parametrize("token", ["", "0" * 32, "0" * 31, "' OR 1=1 --", "0" * 32 + "\n", "A" * 32])
    def test_what_is_no_token_opens_nothing(self, ours: Workspace, engine: Engine, quote: int, token: str) -> None:
        links.make_link(ours, quote, 7, NOON)
        assert quote_behind(engine, token, NOON) is None

    @pytest.mark.parametrize("days", [0, -1, 367])
    def test_for_how_long_is_checked(self, ours: Workspace, quote: int, days: int) -> None:
        with pytest.raises(InputError, match="a link cannot hold for"):
            links.make_link(ours, quote, days, NOON)
