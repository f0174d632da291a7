"""People, roles and invitations; and Postgres, which keeps the rows of workspaces apart by itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from commet_core.foundation.errors import InputError
from commet_core.workspace import drafts, quotes, studies, team
from commet_core.workspace.audit import deeds
from commet_core.workspace.opening import open_database
from commet_core.workspace.studies import Content
from commet_core.workspace.team import Person
from commet_core.workspace.workspace import ALONE, NotAllowed, Role, Workspace

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ISSUER = "https://id.example"
ANN = Person(ISSUER, "1", "ann@acme.example", "Ann")
BOB = Person(ISSUER, "2", "bob@acme.example", "Bob")
EVE = Person(ISSUER, "3", "eve@beta.example", "Eve")


@pytest.fixture
def blank(place: str, tmp_path: Path):
    """A database that nobody has signed in to."""
    made = open_database(place, tmp_path / "copies")
    yield made
    made.dispose()


def seen_by(engine: Engine, person: Person, workspace: str = ALONE) -> Workspace:
    return Workspace(engine, workspace, person.key, person.shown)


def joined(engine: Engine, person: Person, role: Role) -> Workspace:
    team.invite(seen_by(engine, ANN), person.email, role, NOON)
    team.sign_in(engine, person, NOON)
    return seen_by(engine, person)


class TestSigningIn:
    def test_the_first_owns_the_first_workspace_with_what_was_done_alone(self, blank: Engine) -> None:
        studies.create(Workspace(blank), "Before", Content({}), NOON)
        drafts.keep_draft(Workspace(blank), "tab", 0, {"a": 1}, NOON)
        [mine] = team.sign_in(blank, ANN, NOON)
        assert (mine.workspace, mine.role) == (ALONE, "owner")
        ann = seen_by(blank, ANN)
        assert [study.name for study in studies.studies(ann)] == ["Before"]
        assert [draft.document for draft in drafts.latest_drafts(ann)] == [{"a": 1}]
        assert team.sign_in(blank, EVE, NOON) == []
        with pytest.raises(NotAllowed, match="you are not a member of it"):
            studies.studies(seen_by(blank, EVE))

    def test_who_is_invited_joins_by_a_verified_address_alone(self, blank: Engine) -> None:
        team.sign_in(blank, ANN, NOON)
        team.invite(seen_by(blank, ANN), "Bob@ACME.example ", "editor", NOON)
        assert team.sign_in(blank, Person(ISSUER, "9", "", "bob@acme.example"), NOON) == []
        assert [each.role for each in team.sign_in(blank, BOB, NOON)] == ["editor"]
        assert team.sign_in(blank, Person("https://other.example", "2", "bob@acme.example"), NOON) == [], "used up"

    def test_an_address_that_went_to_somebody_else_opens_nothing(self, blank: Engine) -> None:
        team.sign_in(blank, ANN, NOON)
        assert team.sign_in(blank, Person(ISSUER, "77", ANN.email), NOON) == []

    @pytest.mark.parametrize("later", [timedelta(days=14), timedelta(days=400)])
    def test_an_invitation_ends(self, blank: Engine, later: timedelta) -> None:
        team.sign_in(blank, ANN, NOON)
        team.invite(seen_by(blank, ANN), BOB.email, "editor", NOON)
        assert team.sign_in(blank, BOB, NOON + later) == []

    def test_it_can_be_taken_back(self, blank: Engine) -> None:
        team.sign_in(blank, ANN, NOON)
        ann = seen_by(blank, ANN)
        team.invite(ann, BOB.email, "editor", NOON)
        [invitation] = team.invitations(ann, NOON)
        team.take_back(ann, invitation.id, NOON)
        assert (team.invitations(ann, NOON), team.sign_in(blank, BOB, NOON)) == ([], [])

    @pytest.mark.parametrize(
        "address", ["", "bob", "a@b", "a b@c.example", "<x@y.example>", "x@y.example\n", "x" * 250 + "@y.example"]
    )
    def test_what_is_no_address_is_said(self, blank: Engine, address: str) -> None:
        team.sign_in(blank, ANN, NOON)
        if address.strip() == "x@y.example":
            team.invite(seen_by(blank, ANN), address, "viewer", NOON)
            return
        with pytest.raises(InputError, match="is no address"):
            team.invite(seen_by(blank, ANN), address, "viewer", NOON)

    def test_signing_out_ends_what_began_before(self, blank: Engine) -> None:
        team.sign_in(blank, ANN, NOON)
        assert not team.is_signed_out(blank, ANN, NOON)
        team.sign_out(blank, ANN, NOON + timedelta(minutes=5))
        assert team.is_signed_out(blank, ANN, NOON)
        assert not team.is_signed_out(blank, ANN, NOON + timedelta(minutes=6))

    def test_an_operator_makes_a_second_workspace(self, blank: Engine) -> None:
        team.sign_in(blank, ANN, NOON)
        made = team.new_workspace(blank, "Beta", EVE.email, "the operator", NOON)
        assert [(each.workspace, each.name, each.role) for each in team.sign_in(blank, EVE, NOON)] == [(made, "Beta", "owner")]
        with pytest.raises(InputError, match="cannot be a workspace's name"):
            team.new_workspace(blank, " ", EVE.email, "the operator", NOON)


class TestRoles:
    @pytest.fixture
    def ann(self, blank: Engine) -> Workspace:
        team.sign_in(blank, ANN, NOON)
        return seen_by(blank, ANN)

    def test_a_viewer_opens_and_tries_and_does_not_save(self, blank: Engine, ann: Workspace) -> None:
        made = studies.create(ann, "Spring", Content({}), NOON)
        bob = joined(blank, BOB, "viewer")
        assert studies.open_study(bob, made.id) == made
        assert drafts.keep_draft(bob, "tab", 0, {}, NOON).version == 1
        refused: list[Callable[[], object]] = [
            lambda: studies.create(bob, "Mine", Content({}), NOON),
            lambda: studies.save(bob, made.id, made.version, Content({}), NOON),
            lambda: studies.rename(bob, made.id, made.version, "Mine", NOON),
            lambda: studies.archive(bob, made.id, made.version, NOON),
            lambda: quotes.move_quote(bob, 1, 1, "sent", NOON),
        ]
        for attempt in refused:
            with pytest.raises(NotAllowed, match="you are a viewer here"):
                attempt()
        assert studies.studies(ann) == [made]

    def test_only_an_owner_says_who_belongs_and_sees_who_did_what(self, blank: Engine, ann: Workspace) -> None:
        bob = joined(blank, BOB, "editor")
        refused: list[Callable[[], object]] = [
            lambda: team.invite(bob, EVE.email, "owner", NOON),
            lambda: team.change_role(bob, BOB.key, "owner", NOON),
            lambda: team.change_role(bob, ANN.key, None, NOON),
            lambda: team.invitations(bob, NOON),
            lambda: deeds(bob),
        ]
        for attempt in refused:
            with pytest.raises(NotAllowed, match="this is for its owners"):
                attempt()
        assert [deed.what for deed in deeds(ann)] == ["joined as editor", "invited as editor", "joined as owner"]
        assert {(deed.who, deed.person) for deed in deeds(ann)} == {(each.shown, each.key) for each in (ANN, BOB)}

    def test_a_role_that_is_taken_away_holds_at_the_next_click(self, blank: Engine, ann: Workspace) -> None:
        bob = joined(blank, BOB, "editor")
        made = studies.create(bob, "Spring", Content({}), NOON)
        team.change_role(ann, BOB.key, "viewer", NOON)
        with pytest.raises(NotAllowed, match="what is on your screen stays there"):
            studies.save(bob, made.id, made.version, Content({"a": 1}), NOON)
        team.change_role(ann, BOB.key, None, NOON)
        with pytest.raises(NotAllowed, match="not a member of it, or no longer"):
            studies.open_study(bob, made.id)

    def test_a_workspace_keeps_an_owner(self, blank: Engine, ann: Workspace) -> None:
        for role in ("editor", None):
            with pytest.raises(InputError, match="a workspace needs an owner"):
                team.change_role(ann, ANN.key, role, NOON)
        joined(blank, BOB, "owner")
        team.change_role(ann, ANN.key, None, NOON)
        assert [member.shown for member in team.members(seen_by(blank, BOB))] == [BOB.email]


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
class TestRowLevelSecurity:
    """What a statement that forgets its workspace comes to, for a superuser and for a user without special rights."""

    @pytest.fixture(params=["superuser", "plain user"])
    def database(self, request: pytest.FixtureRequest, place: str, tmp_path: Path):
        where = place
        if request.param == "plain user":
            with psycopg.connect(place, autocommit=True) as connection:
                connection.execute(
                    "DO $$ BEGIN CREATE ROLE plain LOGIN PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
                )
                connection.execute("GRANT ALL ON SCHEMA public TO plain")
            where = "postgresql://plain:pw@" + place.split("@", 1)[1]
        made = open_database(where, tmp_path / "copies")
        team.sign_in(made, ANN, NOON)
        beta = team.new_workspace(made, "Beta", EVE.email, "the operator", NOON)
        team.sign_in(made, EVE, NOON)
        studies.create(seen_by(made, ANN), "Ours", Content({}), NOON)
        studies.create(seen_by(made, EVE, beta), "Theirs", Content({}), NOON)
        yield made, beta
        made.dispose()

    def test_a_statement_without_a_condition_sees_and_changes_its_own_alone(self, database: tuple[Engine, str]) -> None:
        engine, beta = database
        ours, theirs = seen_by(engine, ANN), seen_by(engine, EVE, beta)
        with ours.writing() as connection:
            assert connection.execute(text("SELECT name FROM studies")).scalars().all() == ["Ours"]
            assert connection.execute(text("SELECT count(*) FROM study_revisions")).scalar() == 1
            assert set(connection.execute(text("SELECT workspace FROM audit")).scalars()) == {ALONE}
            assert connection.execute(text("SELECT count(*) FROM people")).scalar() == 0
            assert connection.execute(text("UPDATE studies SET name = 'Taken'")).rowcount == 1
            assert connection.execute(text("DELETE FROM members WHERE role = 'owner'")).rowcount == 1
            connection.rollback()
        assert [study.name for study in studies.studies(theirs)] == ["Theirs"]

    def test_nothing_is_written_into_another_workspace(self, database: tuple[Engine, str]) -> None:
        engine, beta = database
        insert = text(
            "INSERT INTO studies (workspace, name, archived, version, revision) VALUES (:other, 'Planted', false, 1, 1)"
        )
        with pytest.raises(InputError, match="row-level security"), seen_by(engine, ANN).writing() as connection:
            connection.execute(insert, {"other": beta})

    def test_a_connection_that_names_no_workspace_sees_none(self, database: tuple[Engine, str]) -> None:
        engine, _ = database
        with engine.connect() as connection:
            if connection.execute(text("SELECT current_user")).scalar() != "plain":
                connection.execute(text("SET LOCAL ROLE commet_sim_rows"))
            for table in ("studies", "study_revisions", "members", "people", "audit", "workspaces"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0

    def test_the_next_transaction_of_a_connection_begins_anew(self, database: tuple[Engine, str]) -> None:
        engine, beta = database
        for workspace, person, name in ((ALONE, ANN, "Ours"), (beta, EVE, "Theirs"), (ALONE, ANN, "Ours")):
            with seen_by(engine, person, workspace).reading() as connection:
                assert connection.execute(text("SELECT name FROM studies")).scalars().all() == [name]


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_a_user_who_sees_all_rows_and_may_make_no_role_is_refused_in_words(place: str, tmp_path: Path) -> None:
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN CREATE ROLE nosy LOGIN BYPASSRLS PASSWORD 'pw'; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        connection.execute("GRANT ALL ON SCHEMA public TO nosy")
    with pytest.raises(InputError, match="sees the rows of every workspace, and may not make a role"):
        open_database("postgresql://nosy:pw@" + place.split("@", 1)[1], tmp_path)
