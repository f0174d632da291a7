"""A quote on paper: what is on it and what is not, whatever names, notes and logos hold."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pypdf
import pytest
import yaml
from markdown_it import MarkdownIt
from PIL import Image
from support.quotes import quote_of

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import kind_of, quotation, reasons_for_approval, sellers_views
from commet_core.reports.quotation.document import QuoteDocument, quote_document
from commet_core.reports.quotation.logo import drawn_anew, load_logo
from commet_core.reports.quotation.markdown import to_markdown
from commet_core.reports.quotation.pdf import to_pdf, unset_letters
from commet_core.reports.quotation.quote_file import QuoteFile

CATALOG: dict[str, Any] = {
    "features": {"call": {"name": "Calls", "unit": "call", "unit_cost": "0.004"}},
    "plans": {
        "pro": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"monthly": 100},
            "features": {"call": {"included": 1000, "overage": {"unit_price": "0.01"}}},
        }
    },
}
PRO = ({"name": "Pro", "plan": "pro"},)
USAGE = {"call": {"units": 6000}}

HOSTILE = '<script>alert(1)</script> #{read("/etc/passwd")} #image("x") $x$ [a](http://127.0.0.1/) *b* `c` |d| \\e @f <g>'


def quote(**more: Any) -> QuoteFile:
    return quote_of(CATALOG, PRO, **{"usage": USAGE, "draws": 100, **more})


def test_letters_that_no_font_has_are_named_unless_there_are_more_fonts(tmp_path: Path) -> None:
    def of(name: str) -> QuoteDocument:
        return quote_document(quotation(quote(customer={"name": name})))

    assert unset_letters(of("Žluťoučký Größe Ελλάδα Київ 5 ª €")) == ""
    assert unset_letters(of("日本 Acme 한국"), tmp_path) == "日本한국"
    (tmp_path / "NotoSansCJK.ttc").write_bytes(b"")
    assert unset_letters(of("日本"), tmp_path) == ""


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\u200b", "").split()
    )


class TestThePdf:
    def test_it_holds_parties_figures_schedule_and_assumptions(self) -> None:
        """5,000 calls beyond 1,000 are $50 a month: 12 × 150 = $1,800; $1,200 whatever is used."""
        text = text_of(to_pdf(quote_document(quotation(quote(notes="Payable in 30 days.")))))
        for words in (
            "Quote Q-1",
            "Vendor",
            "Prospect",
            "12 months from 1 Jan 2026",
            "Taxes are not included",
            "$1,200.00 due whatever is used",
            "$1,800.00 for the assumed usage",
            "No limit",
            "1 Feb 2026 $100.00 $50.00 $150.00",
            "Calls: 6,000 calls in the first month, the same every month.",
            "No usage higher or lower than assumed was given",
            "Payable in 30 days.",
        ):
            assert words in text, words

    def test_nothing_of_the_sellers_view_is_on_it(self) -> None:
        worked_out = quotation(quote(limits={"margin_min": "0.9", "discount_percent_max": 5}, discount={"percent": 20}))
        assert len(reasons_for_approval(worked_out, sellers_views(worked_out))) == 2
        for text in (text_of(to_pdf(quote_document(worked_out))), to_markdown(quote_document(worked_out))):
            assert "argin" not in text
            assert "288" not in text, "what serving the usage costs"

    def test_the_same_quote_is_the_same_bytes(self) -> None:
        assert to_pdf(quote_document(quotation(quote()))) == to_pdf(quote_document(quotation(quote())))
        assert to_pdf(quote_document(quotation(quote()))) != to_pdf(quote_document(quotation(quote(number="Q-2"))))

    def test_names_and_notes_are_text_and_nothing_else(self) -> None:
        made = to_pdf(quote_document(quotation(quote(number=HOSTILE, customer={"name": HOSTILE}, notes=HOSTILE))))
        reader = pypdf.PdfReader(io.BytesIO(made))
        assert not [annotation for page in reader.pages for annotation in page.get("/Annots", ())], "no link"
        assert b"root:" not in made
        squeezed = text_of(made).replace(" ", "")
        for part in HOSTILE.split():
            assert part in squeezed

    def test_long_and_unseen_letters_stay_on_the_page(self) -> None:
        text = text_of(to_pdf(quote_document(quotation(quote(customer={"name": "\u202eabc" + "W" * 190})))))
        assert "W" * 190 in text.replace(" ", "")
        assert "\u202e" not in text


class TestMarkdown:
    def test_names_and_notes_are_text_and_nothing_else(self) -> None:
        made = to_markdown(
            quote_document(quotation(quote(number=HOSTILE, customer={"name": HOSTILE}, notes=f"{HOSTILE}\n# x")))
        )
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(made)
        kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
        assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "fence", "em_open"}
        assert [token.content for token in tokens if token.type == "inline" and HOSTILE[:8] in token.content.replace("\\", "")]

    def test_it_has_the_schedule(self) -> None:
        assert "| 1 Feb 2026 | $100\\.00 | $50\\.00 | $150\\.00 |".replace("$", "\\$") in to_markdown(
            quote_document(quotation(quote()))
        )


def picture(kind: str, size: tuple[int, int] = (40, 20)) -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", size, "red").save(sink, kind)
    return sink.getvalue()


class TestLogos:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
    def test_a_picture_is_drawn_anew_without_what_else_its_file_held(self, kind: str) -> None:
        made = drawn_anew(picture(kind) + b"<script>hidden</script>", "logo")
        assert made.startswith(b"\x89PNG")
        assert b"hidden" not in made
        assert Image.open(io.BytesIO(made)).getpixel((1, 1))[0] > 250

    def test_it_is_in_the_pdf(self) -> None:
        document = quote_document(quotation(quote()))
        pages = pypdf.PdfReader(io.BytesIO(to_pdf(document, drawn_anew(picture("PNG"), "logo")))).pages
        assert len(pages[0].images) == 1

    @pytest.mark.parametrize(
        "content",
        [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", picture("PNG")[:50], picture("BMP"), b"%PDF-1.7"],
    )
    def test_what_is_no_picture_is_said(self, content: bytes) -> None:
        with pytest.raises(InputError, match="this is not a picture that can be read"):
            drawn_anew(content, "logo")

    def test_a_file_of_50_mb_is_not_read(self, tmp_path: Path) -> None:
        with (tmp_path / "logo.png").open("wb") as file:
            file.truncate(50_000_000)
        with pytest.raises(InputError, match="the logo has 50,000,000 bytes"):
            load_logo(tmp_path / "logo.png")

    def test_a_picture_that_unpacks_to_gigabytes_is_refused(self) -> None:
        def chunk(kind: bytes, content: bytes) -> bytes:
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

        header = struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        with pytest.raises(InputError, match="9,000 × 9,000 points"):
            drawn_anew(bomb, "logo")


class TestTheCommand:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        document = quote(limits={"margin_min": "0.9"}).model_dump(mode="json", exclude_none=True)
        (tmp_path / "quote.yaml").write_text(yaml.safe_dump(document))
        return tmp_path / "quote.yaml"

    @pytest.mark.parametrize(("ending", "begins"), [("pdf", b"%PDF"), ("xlsx", b"PK"), ("md", b"# Quote"), ("csv", b"quote,")])
    def test_it_writes_each_kind(self, file: Path, ending: str, begins: bytes, capsys: pytest.CaptureFixture[str]) -> None:
        target = file.with_suffix(f".{ending}")
        assert main(["quote", str(file), "--out", str(target)]) == 0
        assert target.read_bytes().startswith(begins)
        said = capsys.readouterr().out
        # 12 × 6,000 × $0.004 = $288.00 of $1,800.00
        assert "Serving the assumed usage costs $288.00, a margin of 84 %." in said
        assert "The least margin is reached at $2,880.00 over the term." in said
        assert "Needs approval. Pro: the margin is 84 %, and the least is 90 %." in said

    def test_another_ending_is_refused_in_words(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["quote", str(file), "--out", str(file.with_suffix(".docx"))]) == 2
        assert "a quote is written as .pdf, .xlsx, .md, .csv" in capsys.readouterr().err

    def test_the_schedule_as_csv(self) -> None:
        made = kind_of(Path("x.csv"))(quotation(quote(term_months=1))).decode().splitlines()
        assert made[1:] == [
            "Q-1,1,Pro,2026-01-01,100.00,0.00,0.00,0.00,100.00,USD",
            "Q-1,1,Pro,2026-02-01,0.00,0.00,50.00,0.00,50.00,USD",
        ]
