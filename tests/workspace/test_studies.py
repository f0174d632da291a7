"""Studies: revisions that never change, two writers of whom none loses anything, and drafts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from commet_core.foundation.errors import InputError
from commet_core.version import VERSION
from commet_core.workspace import drafts, studies, usages
from commet_core.workspace.audit import deeds
from commet_core.workspace.differences import differences, listed_differences
from commet_core.workspace.studies import Content
from commet_core.workspace.workspace import Overtaken, Workspace

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
FIRST = Content({"catalog": {"plans": {"pro": {"price": "49.00"}}}}, "a" * 64, "a note", {"revenue": "$1,234.56"})


def priced(price: str) -> Content:
    return Content({"catalog": {"plans": {"pro": {"price": price}}}})


class TestRevisions:
    def test_what_was_saved_is_what_is_opened(self, ours: Workspace) -> None:
        made = studies.create(ours, " Spring ", FIRST, NOON)
        assert (made.name, made.version, made.revision, made.author, made.engine_version) == ("Spring", 1, 1, "ann", VERSION)
        assert made.content == FIRST
        assert studies.open_study(ours, made.id) == made
        assert not made.other_engine

    def test_a_save_is_a_new_revision_and_the_old_one_stays(self, ours: Workspace) -> None:
        made = studies.create(ours, "Spring", FIRST, NOON)
        saved = studies.save(ours, made.id, made.version, priced("59.00"), NOON - timedelta(days=9))
        assert (saved.revision, saved.content) == (2, priced("59.00")), "whatever the clock says"
        assert studies.open_study(ours, made.id, 1).content == FIRST
        assert [each.revision for each in studies.revisions(ours, made.id)] == [1, 2]

    def test_renamed_archived_restored_duplicated(self, ours: Workspace) -> None:
        made = studies.create(ours, "Spring", FIRST, NOON)
        named = studies.rename(ours, made.id, made.version, "Summer", NOON)
        away = studies.archive(ours, made.id, named.version, NOON)
        assert studies.studies(ours) == []
        assert [each.name for each in studies.studies(ours, archived=True)] == ["Summer"]
        studies.archive(ours, made.id, away.version, NOON, archived=False)
        studies.duplicate(ours, made.id, "Autumn", NOON)
        assert [(each.name, each.content) for each in studies.studies(ours)] == [("Autumn", FIRST), ("Summer", FIRST)]
        assert [deed.what for deed in deeds(ours)] == ["saved", "restored", "archived", "renamed", "saved"]

    @pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
    def test_a_name_that_is_none_is_said(self, ours: Workspace, name: str) -> None:
        with pytest.raises(InputError, match="cannot be a study's name"):
            studies.create(ours, name, FIRST, NOON)
        assert studies.studies(ours) == []

    def test_text_comes_back_letter_by_letter(self, ours: Workspace) -> None:
        content = Content({"name": "日本 🍣 ' \" \\ ; DROP TABLE studies --", "empty": None, "deep": [1, [True, "0.1"]]})
        assert studies.open_study(ours, studies.create(ours, "'; --", content, NOON).id).content == content


class TestTwoWriters:
    def test_the_second_is_told_what_the_first_changed_and_nothing_is_lost(self, ours: Workspace, engine: Engine) -> None:
        made = studies.create(ours, "Spring", priced("49.00"), NOON)
        studies.save(Workspace(engine, "ours", "bob"), made.id, made.version, priced("59.00"), NOON)
        with pytest.raises(Overtaken) as overtaken:
            studies.save(ours, made.id, made.version, priced("39.00"), NOON)
        assert "bob changed it first" in str(overtaken.value)
        assert "catalog.plans.pro.price was 49.00 and is 59.00" in str(overtaken.value)
        assert studies.open_study(ours, made.id).content == priced("59.00")

    def test_twenty_editors_at_once_lose_no_change(self, ours: Workspace) -> None:
        made = studies.create(ours, "Together", Content({}), NOON)

        def edit(editor: int) -> None:
            while True:
                read = studies.open_study(ours, made.id)
                try:
                    studies.save(ours, made.id, read.version, Content({**read.content.document, f"by{editor}": editor}), NOON)
                except Overtaken:
                    continue
                return

        with ThreadPoolExecutor(20) as pool:
            list(pool.map(edit, range(20)))
        last = studies.open_study(ours, made.id)
        assert last.content.document == {f"by{editor}": editor for editor in range(20)}
        assert (last.revision, last.version) == (21, 21)


class TestDrafts:
    def test_the_last_state_is_there_again(self, ours: Workspace) -> None:
        first = drafts.keep_draft(ours, "tab", 0, {"price": "1"}, NOON)
        second = drafts.keep_draft(ours, "tab", first.version, {"price": "2"}, NOON)
        assert drafts.latest_drafts(ours) == [second]
        drafts.drop_draft(ours, "tab")
        assert drafts.latest_drafts(ours) == []

    def test_a_second_tab_does_not_write_over_the_first(self, ours: Workspace) -> None:
        drafts.keep_draft(ours, "7", 0, {"price": "1"}, NOON)
        with pytest.raises(Overtaken, match="another tab"):
            drafts.keep_draft(ours, "7", 0, {"price": "2"}, NOON)
        assert drafts.latest_drafts(ours)[0].document == {"price": "1"}

    def test_they_are_a_persons_own(self, ours: Workspace, engine: Engine) -> None:
        drafts.keep_draft(ours, "7", 0, {"price": "1"}, NOON)
        assert drafts.latest_drafts(Workspace(engine, "ours", "bob")) == []


class TestUsage:
    def test_the_same_content_is_there_once(self, ours: Workspace, engine: Engine) -> None:
        usages.bring(ours, "d" * 64, "march.csv", 1000, NOON)
        again = usages.bring(Workspace(engine, "ours", "bob"), "d" * 64, "copy.csv", 1000, NOON)
        assert (again.name, again.brought_by) == ("march.csv", "ann")
        assert len(usages.brought(ours)) == 1

    def test_who_needs_it_is_known_before_it_goes(self, ours: Workspace) -> None:
        usages.bring(ours, "a" * 64, "march.csv", 1000, NOON)
        studies.create(ours, "Spring", FIRST, NOON)
        assert usages.needed_by(ours, "a" * 64) == ["Spring"]
        assert usages.remove(ours, "a" * 64, NOON).name == "march.csv"
        with pytest.raises(InputError, match="is not in this workspace"):
            usages.find(ours, "a" * 64)


class TestAnotherWorkspace:
    """Everything that a person of another workspace may try, refused; nothing tells that it is there."""

    def test_it_reads_and_changes_nothing(self, ours: Workspace, theirs: Workspace) -> None:
        made = studies.create(ours, "Spring", FIRST, NOON)
        usages.bring(ours, "a" * 64, "march.csv", 1000, NOON)
        drafts.keep_draft(ours, "1", 0, {}, NOON)
        tries = [
            lambda: studies.open_study(theirs, made.id),
            lambda: studies.open_study(theirs, made.id, 1),
            lambda: studies.revisions(theirs, made.id),
            lambda: studies.save(theirs, made.id, made.version, priced("1"), NOON),
            lambda: studies.rename(theirs, made.id, made.version, "Mine", NOON),
            lambda: studies.archive(theirs, made.id, made.version, NOON),
            lambda: studies.duplicate(theirs, made.id, "Mine", NOON),
            lambda: usages.find(theirs, "a" * 64),
            lambda: usages.remove(theirs, "a" * 64, NOON),
        ]
        for attempt in tries:
            with pytest.raises(InputError, match="is not in this workspace"):
                attempt()
        assert (studies.studies(theirs), usages.brought(theirs), drafts.latest_drafts(theirs), deeds(theirs)) == (
            [],
            [],
            [],
            [],
        )
        assert usages.needed_by(theirs, "a" * 64) == []
        assert studies.studies(ours) == [made]


def test_the_list_of_deeds_cannot_be_changed(ours: Workspace, engine: Engine) -> None:
    studies.create(ours, "Spring", FIRST, NOON)
    for statement in ("UPDATE audit SET who = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    assert [(deed.who, deed.what, deed.about) for deed in deeds(ours)] == [("ann", "saved", "study Spring, revision 1")]


class TestDifferences:
    def test_each_place_is_a_line(self) -> None:
        before = {"plans": {"pro": {"price": "49", "old": 1}}, "candidates": [{"name": "A", "plan": "x"}], "list": [1]}
        after = {"plans": {"pro": {"price": "59"}, "max": {}}, "candidates": [{"name": "A", "plan": "y"}], "list": [1, 2]}
        assert differences(before, after) == [
            "plans.pro.price was 49 and is 59",
            "plans.pro.old was removed",
            "plans.max was added: {}",
            "candidates.A.plan was x and is y",
            "list was [1] and is [1, 2]",
        ]

    def test_many_are_counted(self) -> None:
        assert listed_differences({}, {}) == "nothing"
        assert listed_differences({}, {str(number): 1 for number in range(25)}).endswith("and 5 more")
