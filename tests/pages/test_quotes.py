"""The Quotes page: it opens on a quote, says at a field what is wrong there, and saves, sends and links."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from streamlit.testing.v1 import AppTest

from commet_core.workspace import quotes
from commet_core.workspace.links import quote_behind
from commet_core.workspace.settings import Settings, settings_of
from pages.shared import workspaces

ROOT = Path(__file__).parents[2]


def app(script: str = "pages/quotes.py") -> AppTest:
    found = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    return found.switch_page(script).run()


@pytest.fixture
def page() -> AppTest:
    found = app()
    assert not found.exception
    return found


def said(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info, *page.header]
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def compared(page: AppTest) -> list[list[str]]:
    """The rows of the table that sets plans side by side, which is text and wraps."""
    table = next(line for line in said(page).split("| Plan | ", 1)[1:])
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:] if line.startswith("|")]
    return rows[:3]


def typed(page: AppTest, place: str, text: str) -> AppTest:
    return page.text_input(key=f"quote_{place}").set_value(text).run()


def test_it_opens_on_a_quote_of_every_compared_plan(page: AppTest) -> None:
    assert [row[0] for row in compared(page)] == ["Metered", "Credits", "Balance"]
    assert "Usage is counted on the first day of each month of the term." in said(page)
    assert [button.label for button in page.get("download_button")] == [
        f"Download {kind}" for kind in ("PDF", "Excel", "CSV", "Markdown")
    ]


def test_what_is_typed_is_quoted(page: AppTest) -> None:
    """Pro has 150 images for $20 a month, then $0.10 each: of 1,150 images a month 1,000 are beyond, $100 a month."""
    typed(page, "usage.image.units", "1,150")
    typed(page, "usage.upscale.units", "0")
    typed(page, "usage.video_seconds.units", "")
    typed(page, "customer.name", "Globex *GmbH*")
    assert compared(page)[0][1:3] == ["$240.00", "$1,440.00"]
    assert "Globex *GmbH*" in said(page)


@pytest.mark.parametrize(
    ("place", "text", "what"),
    [
        ("term_months", "0", "0 is too small"),
        ("usage.image.units", "many", "'many' is not a number"),
        ("discount.percent", "120", "120 is too large"),
        ("usage.image.low", "900000", "is above what is expected"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_offered(page: AppTest, place: str, text: str, what: str) -> None:
    typed(page, place, text)
    assert not page.exception
    assert what in said(page)
    assert not page.get("download_button")
    assert "quote_save" not in [button.key for button in page.button]
    assert page.text_input(key=f"quote_{place}").value == text


class TestSaving:
    def test_a_quote_is_saved_sent_and_accepted(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        [saved] = quotes.quotes(workspaces.current())
        assert (saved.state, saved.revision) == ("draft", 1)
        page.button(key="quote_to_sent").click().run()
        page.button(key="quote_to_accepted").click().run()
        assert quotes.open_quote(workspaces.current(), saved.id).state == "accepted"

    def test_an_edit_is_a_revision_whose_difference_is_said(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        typed(page, "discount.percent", "10")
        page.button(key="quote_save").click().run()
        [saved] = quotes.quotes(workspaces.current())
        assert saved.latest == 2
        assert "discount was added" in said(page)

    def test_a_saved_quote_is_there_in_another_browser(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        other = app()
        [box] = [box for box in other.selectbox if box.label == "Quote"]
        assert "Your prospect: draft" in box.options[0]

    def test_a_second_prospect_of_the_day_gets_a_quote_of_its_own(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        other = typed(app(), "customer.name", "Globex")
        assert other.button(key="quote_save").label == "Save the quote"
        other.button(key="quote_save").click().run()
        second, first = quotes.quotes(workspaces.current())
        assert second.number == f"{first.number}-2"
        assert (second.document["customer"]["name"], first.latest, second.latest) == ("Globex", 1, 1)
        assert other.text_input(key="quote_number").value == second.number
        assert page.run().text_input(key="quote_number").value == first.number

    def test_a_link_is_told_once_and_can_be_taken_back(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        page.button(key="quote_link").click().run()
        [address] = [code.value for code in page.code]
        token = address.rpartition("/q/")[2]
        engine, now = workspaces.database(), workspaces.now()
        assert quote_behind(engine, token, now) is not None
        [take_back] = [button for button in page.button if button.label == "Take it back"]
        take_back.click().run()
        assert quote_behind(engine, token, now) is None

    def test_what_was_promised_can_be_seen_and_taken_along_in_another_browser(self, page: AppTest) -> None:
        typed(page, "discount.percent", "10")
        page.button(key="quote_save").click().run()
        typed(page, "discount.percent", "20")
        page.button(key="quote_save").click().run()
        [saved] = quotes.quotes(workspaces.current())
        other = app()
        other.button_group(key=f"quote_shown_{saved.id}").set_value("Revision 1").run()
        assert not other.exception
        assert f"{saved.number}-1_pdf" in {button.key for button in other.get("download_button")}
        assert "10 % off" in said(other)
        assert "20 % off" not in said(other)

    def test_a_link_is_not_shown_with_a_revision_that_it_does_not_lead_to(self, page: AppTest) -> None:
        page.button(key="quote_save").click().run()
        page.button(key="quote_link").click().run()
        assert "Whoever has this link sees revision 1" in said(page)
        typed(page, "discount.percent", "10")
        page.button(key="quote_save").click().run()
        assert [code.value for code in page.code] == []
        assert "A link to revision 1 holds until" in said(page)

    def test_a_link_that_has_ended_and_a_quote_that_is_over_are_said_so(
        self, page: AppTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page.button(key="quote_save").click().run()
        page.button(key="quote_link").click().run()
        page.button(key="quote_to_sent").click().run()
        later = workspaces.now() + timedelta(days=31)
        monkeypatch.setattr(workspaces, "now", lambda: later)
        page = app()
        assert "A link to revision 1 ended on" in said(page)
        assert "Take it back" not in [button.label for button in page.button]
        assert [button.label for button in page.button if str(button.key).startswith("quote_to_")] == ["Mark expired"]


class TestTheWorkspacesRules:
    def test_beyond_its_limits_a_quote_needs_approval_and_cannot_be_sent(self) -> None:
        rules = app("pages/workspace.py")
        rules.text_input(key="rules_discount_percent_max").set_value("15").run()
        rules.text_input(key="rules_seller").set_value("Acme").run()
        rules.button(key="rules_save").click().run()
        assert not rules.exception
        assert settings_of(workspaces.current()).limits.discount_percent_max == 15
        page = app()
        assert page.text_input(key="quote_seller.name").value == "Acme"
        typed(page, "discount.percent", "20")
        assert "the discount is 20 % of the base price, and the most is 15 %" in said(page)
        page.button(key="quote_save").click().run()
        assert "quote_to_sent" not in [button.key for button in page.button]
        page.button(key="quote_to_approved").click().run()
        page.button(key="quote_to_sent").click().run()
        [saved] = quotes.quotes(workspaces.current())
        assert saved.state == "sent"

    def test_where_nobody_did_anything_a_sentence_says_so_in_place_of_an_empty_table(self) -> None:
        page = app("pages/workspace.py")
        assert "Nothing yet: who saves" in said(page)
        assert not page.dataframe

    @pytest.mark.parametrize(("field", "text"), [("margin_min", "120"), ("discount_percent_max", "-1"), ("margin_min", "much")])
    def test_a_limit_that_is_none_is_said_and_stays_typed(self, field: str, text: str) -> None:
        rules = app("pages/workspace.py")
        rules.text_input(key=f"rules_{field}").set_value(text).run()
        rules.button(key="rules_save").click().run()
        assert not rules.exception
        assert any("Give a percentage, or nothing" in error.value for error in rules.error)
        assert rules.text_input(key=f"rules_{field}").value == text
        assert settings_of(workspaces.current()) == Settings()

    def test_a_logo_is_drawn_anew_and_a_large_one_is_refused(self) -> None:
        sink = io.BytesIO()
        Image.new("RGB", (40, 20), "red").save(sink, "PNG", pnginfo=_hidden())
        assert b"secret" in sink.getvalue()
        rules = app("pages/workspace.py")
        rules.file_uploader[0].upload("logo.png", sink.getvalue(), "image/png").run()
        assert not rules.exception
        logo = settings_of(workspaces.current()).logo_png
        assert logo is not None
        assert b"secret" not in logo
        for name, content, what in (
            ("big.png", b"\x89PNG" + bytes(50_000_000), "50,000,004 bytes"),
            ("no.png", b"<svg/>", "not a picture"),
        ):
            rules.file_uploader[0].upload(name, content, "image/png").run()
            assert any(what in error.value.replace("\\", "") for error in rules.error), [error.value for error in rules.error]
        assert settings_of(workspaces.current()).logo_png == logo


def _hidden() -> PngInfo:
    found = PngInfo()
    found.add_text("comment", "secret")
    return found


def test_figures_come_from_customers_who_resemble_the_prospect_and_can_be_changed(page: AppTest) -> None:
    page.segmented_control(key="quote_source").set_value("alike").run()
    assert not page.exception
    assert "who resemble the prospect" in said(page)
    [choice] = page.multiselect
    names = list(choice.value)
    assert len(names) == 20
    assert any(
        f"On Metered {len(names)} customers who resemble the prospect pay $" in each.value.replace("\\", "")
        for each in page.markdown
    )
    choice.set_value(names[3:]).run()
    assert len(page.multiselect[0].value) == 17
    assert "17 customers" in said(page)
