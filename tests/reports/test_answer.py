"""The answer: the same content in Markdown, HTML and PDF, advice only where one candidate leads, and words for small or flat studies."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.compared_models import BALANCE, CREDITS, METERED, compared

from commet_core.cli import main
from commet_core.engine.replay import Replay, replay
from commet_core.reports.answer.answer import Answer, Evidence, answer
from commet_core.reports.answer.html import to_html
from commet_core.reports.answer.markdown import to_markdown
from commet_core.reports.answer.pdf import to_pdf
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.usage import Usage

SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="module")
def sample() -> Replay:
    return replay(Scenario.load(SAMPLE / "scenario.yaml"), read([SAMPLE / "usage.parquet"]).usage)


FLAT: dict[str, Any] = {
    "currency": "usd",
    "features": {"call": {}},
    "plans": {"p": {"consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"unlimited": True}}}},
}
BUSY = Usage.from_events([f"c{place}" for place in range(25)], [datetime(2026, 1, 5, tzinfo=UTC)] * 25, ["call"] * 25, [1] * 25)


def two_of(sample: Replay, *names: str) -> Replay:
    candidates = tuple(candidate for candidate in sample.scenario.candidates if candidate.name in names)
    return replay(sample.scenario.model_copy(update={"candidates": candidates, "baseline": ""}), sample.usage)


def section(found: Answer, heading: str) -> str:
    return " ".join(next(part.sentences for part in found.sections if part.heading == heading))


class TestAdvice:
    def test_a_leader_is_named_with_its_lead_its_range_and_who_is_not_ruled_out(self, sample: Replay) -> None:
        found = answer(sample)
        assert found.decided
        # (20770.75 − 20237.11) ÷ 6 = 88.94 a month, 2.6 % of 20237.11.
        assert found.sentence.startswith("Metered brings in the most: $88.94 a month (2.6 %) more than Balance, between $")
        assert found.sentence.endswith(" Credits may bring in as much: the range is that wide.")

    def test_level_candidates_get_no_advice_but_what_would_decide_it(self, sample: Replay) -> None:
        found = answer(two_of(sample, "Metered", "Credits"))
        assert not found.decided
        assert found.sentence.startswith("No advice: Metered and Credits are level. ")
        for form in (to_markdown(found), to_html(found)):
            assert "brings in the most" not in form
        needed = re.search(r"usage of about ([\d,]+) customers like these", section(found, "What to do next"))
        assert needed is not None
        assert int(needed[1].replace(",", "")) > 142

    def test_a_few_customers_give_no_advice_and_the_reason(self) -> None:
        found = answer(compared(METERED, CREDITS, BALANCE))
        assert not found.decided
        assert found.sentence.endswith("how sure that is cannot be said: too few customers for a range: 3, and it needs 20.")
        assert "more customers in the usage" in section(found, "What to do next")

    def test_the_assumption_stands_in_the_sentence(self, sample: Replay) -> None:
        candidates = [
            candidate.model_copy(update={"purchases": candidate.purchases.model_copy(update={"probability": 1})})
            if candidate.purchases.pack != "none"
            else candidate
            for candidate in sample.scenario.candidates[:2]
        ]
        dear = sample.scenario.catalog.plans["credits_pro"].model_copy(update={"prices": {"monthly": 60}})
        catalog = sample.scenario.catalog.model_copy(update={"plans": sample.scenario.catalog.plans | {"credits_pro": dear}})
        content = sample.scenario.model_copy(update={"candidates": tuple(candidates), "catalog": catalog})
        found = answer(replay(Scenario.model_validate(content.model_dump(mode="json")), sample.usage))
        assert found.sentence.startswith("Credits, with 100 % of customers buying packs, brings in the most: ")
        assert "; it refuses " in found.sentence


CALL = {"features": {"call": {}}}


def flat(customers: int, days: int, *candidates: dict[str, Any]) -> Replay:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    usage = Usage.from_events(
        [f"c{place}" for place in range(customers)], [start] * customers, ["call"] * customers, [1] * customers
    )
    plans = {
        name: {"consumption_model": "metered", **prices, "features": {"call": {"unlimited": True}}}
        for name, prices in {"ten": {"prices": {"monthly": 10}}, "twenty": {"prices": {"monthly": 20}}, "free": {}}.items()
    }
    window = {"start": start.date().isoformat(), "end": (start + timedelta(days=days)).date().isoformat()}
    content = {"catalog": CALL | {"plans": plans}, "window": window, "candidates": list(candidates)}
    return replay(Scenario.model_validate(content), usage)


TEN, TWENTY, FREE = ({"name": name, "plan": name.lower()} for name in ("Ten", "Twenty", "Free"))


class TestWords:
    def test_what_all_pay_the_same_under_is_said_so(self) -> None:
        again = replay(
            Scenario.model_validate({"catalog": FLAT, "candidates": [{"name": "A", "plan": "p"}, {"name": "B", "plan": "p"}]}),
            BUSY,
        )
        found = answer(again)
        assert found.sentence == "No advice: A and B bring in the same from every customer."
        assert section(found, "The weak point").startswith("A and B bring in the same from every customer. ")

    def test_candidates_are_a_list_and_one_customer_is_no_several(self) -> None:
        found = answer(compared(METERED, CREDITS, BALANCE))
        assert found.title == "Metered, Credits or Balance?"
        assert "of 3 customers 1 is refused more than today; of the others " in section(found, "Who gains and who loses")

    def test_the_assumption_behind_the_runner_up_stands_in_the_sentence_too(self, sample: Replay) -> None:
        found = answer(two_of(sample, "Metered", "Credits"))
        assert " a month more than Credits, with 60 % of customers buying packs, but if " in found.sentence

    def test_what_is_assumed_of_all_customers_stands_with_the_sentence(self, sample: Replay) -> None:
        assumed = {"pack_buying": "20%", "leaving": {"share": "10%"}}
        scenario = Scenario.model_validate(sample.scenario.model_dump(mode="json") | {"assumptions": assumed})
        found = answer(two_of(replay(scenario, sample.usage), "Metered", "Credits"))
        assert "more than Credits, with 20 % of customers buying packs, " in found.sentence
        assert found.sentence.endswith(
            " It is assumed that of customers whose bill for a period rises by more than 20 %, 10 % leave at the renewal."
        )

    def test_days_are_said_to_be_those_of_the_catalogs_zone(self) -> None:
        document = FLAT | {"time_zone": "America/New_York"}
        found = answer(replay(Scenario.model_validate({"catalog": document, "candidates": [{"name": "A", "plan": "p"}]}), BUSY))
        assert "both days included, America/New_York" in found.made_from[0]


@pytest.mark.parametrize(
    "found",
    [
        flat(1, 31, TEN, TWENTY),
        flat(40, 31, TEN, TWENTY),
        flat(40, 31, FREE, TEN),
        flat(40, 31, FREE, FREE | {"name": "Also free"}),
        flat(40, 1, TEN, TWENTY),
        flat(40, 31, TEN),
    ],
    ids=["one customer", "all equal", "a baseline that bills nothing", "nobody bills", "a day", "one candidate"],
)
def test_small_and_flat_studies_are_words_and_never_nan(found: Replay) -> None:
    made = answer(found)
    for form in (to_markdown(made), to_html(made)):
        assert not re.search(r"\bnan\b|\binf\b|None|Infinity", form, re.IGNORECASE)
    assert to_pdf(made).startswith(b"%PDF")
    assert made.sentence.endswith(".")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


class TestForms:
    def test_markdown_and_html_say_the_same(self, sample: Replay) -> None:
        made = answer(sample, Evidence(next_year={"Metered": "$1 to $2"}, forecast=("Next year is like this one.",)))
        markdown, page = to_markdown(made).replace("\\", ""), _Texts()
        page.feed(to_html(made))
        for sentence in [made.sentence, *(each for part in made.sections for each in part.sentences), *made.made_from]:
            assert sentence in markdown
            assert sentence in [text.strip() for text in page.texts]
        assert "| Next year |" in markdown

    def test_amounts_are_said_to_be_billed_or_where_intervals_differ_earned(self, sample: Replay) -> None:
        assert "| Candidate | Billed a month |" in to_markdown(answer(sample))
        yearly = [
            candidate.model_copy(update={"interval": "yearly"} if candidate.name == "Metered" else {})
            for candidate in sample.scenario.candidates
        ]
        plan = sample.scenario.catalog.plans["metered_pro"]
        priced = plan.model_copy(update={"prices": {"monthly": Decimal(20), "yearly": Decimal(200)}})
        catalog = sample.scenario.catalog.model_copy(update={"plans": {**sample.scenario.catalog.plans, "metered_pro": priced}})
        scenario = sample.scenario.model_copy(update={"candidates": tuple(yearly), "catalog": catalog})
        assert "| Candidate | Earned a month |" in to_markdown(answer(replay(scenario, sample.usage)))

    def test_an_interval_is_drawn_where_there_is_one(self, sample: Replay) -> None:
        made = answer(sample)
        assert to_html(made).count("<svg") == 2
        for row in made.rows[1:]:
            assert row.bar is not None
            assert 0 <= row.bar.low < row.bar.middle < row.bar.high <= 1000
        assert made.rows[0].bar is None

    def test_the_same_answer_is_the_same_pdf(self, sample: Replay) -> None:
        assert to_pdf(answer(sample)) == to_pdf(answer(sample))

    def test_names_are_no_mark_up(self, sample: Replay) -> None:
        hostile = "<b>*x*</b> $1$ #eval(1) |\u202e"
        candidates = (sample.scenario.candidates[0].model_copy(update={"name": hostile}), sample.scenario.candidates[1])
        made = answer(replay(sample.scenario.model_copy(update={"candidates": candidates, "baseline": ""}), sample.usage))
        assert "<b>" not in to_html(made)
        assert "\\<b\\>\\*x\\*" in to_markdown(made)
        assert to_pdf(made).startswith(b"%PDF")


class TestCommand:
    def test_it_writes_each_form_and_prints_the_sentence(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        scenario = tmp_path / "scenario.yaml"
        text = (SAMPLE / "scenario.yaml").read_text("utf-8").replace("catalog.yaml", str(SAMPLE / "catalog.yaml"))
        scenario.write_text("\n".join(line for line in text.splitlines() if "Credits" not in line), "utf-8")
        out = tmp_path / "answer.md"
        assert (
            main(["answer", str(scenario), "--usage", str(SAMPLE / "usage.parquet"), "--out", str(out), "--months", "0"]) == 0
        )
        assert "Metered brings in the most" in capsys.readouterr().out
        said = out.read_text("utf-8")
        assert "joint samples" in said
        assert "From Metered to Balance, step by step: overage -$533.64; together -$533.64." in said
        assert "With an average customer Metered would bill " in said
        assert re.search(
            r"The monthly price of Pro under Balance: Metered leads below \$2\d\.\d\d a month \(today \$20 a month\), then Bal",
            said,
        )

    def test_what_is_asked_about_may_be_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        scenario, usage, out = SAMPLE / "scenario.yaml", SAMPLE / "usage.parquet", tmp_path / "answer.md"
        asked = ["answer", str(scenario), "--usage", str(usage), "--out", str(out), "--months", "0", "--range"]
        assert main([*asked, "plans.balance_pro.prices.monthly=20:24:2"]) == 0
        said = out.read_text("utf-8")
        assert "under Balance: Metered leads below $22 a month (today $20 a month), then Balance." in said
        assert "joint samples" not in said
        assert main([*asked, "plans.balance_pro.prices.yearly"]) == 2
        assert "monthly=10:40:1." in capsys.readouterr().err

    def test_another_form_is_refused_in_words(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        scenario = str(SAMPLE / "scenario.yaml")
        assert main(["answer", scenario, "--usage", str(SAMPLE / "usage.parquet"), "--out", str(tmp_path / "answer.docx")]) == 2
        assert "End the name in .md, .html or .pdf" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())
