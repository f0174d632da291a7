"""Prices under test: checks that pass and fail by what was found, in words, as a table and as JUnit XML, in one piece and in many."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from support.compared_models import BALANCE, CATALOG, CREDITS, METERED, USAGE, usage_of

from commet_core.cli import main
from commet_core.engine.outcome import Outcome
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.reports.checks import CheckResult, checked, costed, to_junit
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import IngestReport, read
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA

SAMPLE = Path(__file__).parents[2] / "sample_data"
REPORT = IngestReport((), (), (), REJECT_SCHEMA.empty_table())
COSTED = CATALOG | {"features": {"call": {"unit_cost": "0.5"}, "image": {"unit_cost": 1}}}
WINDOW = {"start": "2026-01-01", "end": "2026-03-01"}


def scenario(checks: list[dict[str, Any]], catalog: dict[str, Any] = COSTED) -> Scenario:
    content = {
        "catalog": catalog,
        "window": WINDOW,
        "start": "window",
        "candidates": [METERED, CREDITS, BALANCE],
        "checks": checks,
    }
    return Scenario.model_validate(content)


def results(*checks: dict[str, Any], catalog: dict[str, Any] = COSTED) -> list[CheckResult]:
    tested, usage = scenario(list(checks), catalog), usage_of(USAGE)
    return checked(Outcome.of(replay(tested, usage), REPORT), costed(tested, usage))


# Metered: 3 × 2 × $10 + 2 + 5 beyond at $1 = $67. Credits: 3 × 2 × $8 + 2 packs of $3 = $54. Balance: 3 × 2 × $12 = $72.
@pytest.mark.parametrize(
    ("check", "passed", "found", "off"),
    [
        ({"candidate": "Credits", "revenue_change": {"min": "-20%"}}, True, "-19.4 %", ""),
        ({"candidate": "Credits", "revenue_change": {"min": "-2%"}}, False, "-19.4 %", "17.4 points too low"),
        ({"candidate": "Balance", "revenue_change": {"max": "5%"}}, False, "7.5 %", "2.5 points too high"),
        # 72 ÷ 67 is 7.4627 % more.
        ({"candidate": "Balance", "revenue_change": {"max": "7.462%"}}, False, "7.4627 %", "0.0007 points too high"),
        ({"candidate": "Balance", "revenue_change": {"max": "7.463%"}}, True, "7.4627 %", ""),
        ({"candidate": "Metered", "revenue_change": {"min": 0, "max": 0}}, True, "0 %", ""),
        # ann pays $24 where it paid $22 (9.1 % more), bob $24 for $25, cleo $24 for $20 (20 % more).
        ({"candidate": "Balance", "customers_above": {"rise": "10%", "at_most": "50%"}}, True, "33.3 %: 1 of 3 customers", ""),
        (
            {"candidate": "Balance", "customers_above": {"rise": "9%", "at_most": "50%"}},
            False,
            "66.7 %: 2 of 3 customers",
            "16.7 points too many",
        ),
        ({"candidate": "Balance", "customers_above": {"rise": "20%", "at_most": 0}}, True, "0 %: 0 of 3 customers", ""),
        # One image is in neither plan; bob's 13th to 15th call are above his balance.
        ({"candidate": "Balance", "blocked_share": {"at_most": "1%"}}, False, "12.9 %", "11.9 points too much"),
        ({"candidate": "Metered", "blocked_share": {"at_most": 0}}, True, "0 %", ""),
        # 30 calls at $0.50 and an image at $1 = $16 of $67 earned.
        ({"candidate": "Metered", "margin": {"at_least": "76%"}}, True, "76.1 %", ""),
        ({"candidate": "Metered", "margin": {"at_least": "80%"}}, False, "76.1 %", "3.9 points too low"),
        (
            {"candidate": "Credits", "revenue_interval": {"excludes": 0}},
            False,
            "",
            "too few customers for a range: 3, and it needs 20",
        ),
        ({"candidate": "Metered", "revenue_interval": {"excludes": 0}}, False, "", "the baseline has no difference to itself"),
    ],
)
def test_a_check_says_what_was_found_and_by_how_much_it_fails(
    check: dict[str, Any], passed: bool, found: str, off: str
) -> None:
    (result,) = results(check)
    assert (result.passed, result.found, result.off) == (passed, found, off)
    assert result.wanted


def test_limits_stand_as_they_were_set() -> None:
    near, nearer = results(*({"candidate": "Balance", "revenue_change": {"max": limit}} for limit in ("7.462%", "7.463%")))
    assert (near.wanted, nearer.wanted) == ("at most 7.462 %", "at most 7.463 %")


def test_a_margin_without_costs_fails_and_says_of_which_features() -> None:
    (result,) = results({"candidate": "Metered", "margin": {"at_least": "1%"}}, catalog=CATALOG)
    assert not result.passed
    assert result.off == "no unit_cost is known of call, image"


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"candidate": "Nobody", "blocked_share": {"at_most": 0}}, "checks.0.candidate: candidate 'Nobody' does not exist"),
        ({"candidate": "Metered"}, "checks.0: says nothing to check. Give one of revenue_change, "),
        (
            {"candidate": "Metered", "margin": {"at_least": 0}, "blocked_share": {"at_most": 0}},
            "checks.0: has blocked_share and margin",
        ),
        ({"candidate": "Metered", "revenue_change": {}}, "checks.0.revenue_change: neither min nor max is given"),
        (
            {"candidate": "Metered", "blocked_share": {"at_most": "-1%"}},
            "checks.0.blocked_share.at_most: -0.01 is not between 0 and 1",
        ),
    ],
)
def test_a_check_that_makes_no_sense_is_said(check: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        scenario([check])
    assert said in str(raised.value)


def test_junit_has_a_case_for_each_and_holds_any_name() -> None:
    found = [
        CheckResult("<&\x00", "margin", "at least 1 %", "", "why \x07 not", False),
        CheckResult("B", "margin", "w", "f", "", True),
    ]
    suite = ET.fromstring(to_junit(found))
    assert suite.attrib | {} == {"name": "prices", "tests": "2", "failures": "1", "errors": "0"}
    assert [case.get("classname") for case in suite] == ["<& ", "B"]
    assert [len(case) for case in suite] == [1, 0]


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        text = (SAMPLE / "scenario.yaml").read_text("utf-8").replace("catalog.yaml", str(SAMPLE / "catalog.yaml"))
        path = tmp_path / "scenario.yaml"
        path.write_text(text + "checks:\n  - {candidate: Credits, margin: {at_least: 60%}}\n", "utf-8")
        return path

    def run(self, file: Path, out: Path, *more: str) -> int:
        return main(["replay", str(file), "--usage", str(SAMPLE / "usage.parquet"), "--out", str(out), *more])

    def test_it_ends_with_0_where_all_pass_and_with_3_where_one_fails(
        self, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(file, tmp_path / "out", "--check") == 0
        file.write_text(file.read_text("utf-8") + "  - {candidate: Credits, revenue_change: {min: -2%}}\n", "utf-8")
        assert self.run(file, tmp_path / "out", "--check", "--junit", str(tmp_path / "prices.xml")) == 3
        assert "FAILED" in capsys.readouterr().out
        table = pq.read_table(tmp_path / "out" / "checks.parquet").to_pylist()
        assert [row["passed"] for row in table] == [True, False]
        assert ET.parse(tmp_path / "prices.xml").getroot().get("failures") == "1"

    def test_without_check_nothing_is_checked(self, file: Path, tmp_path: Path) -> None:
        file.write_text(file.read_text("utf-8") + "  - {candidate: Credits, revenue_change: {min: -2%}}\n", "utf-8")
        assert self.run(file, tmp_path / "out") == 0
        assert not (tmp_path / "out" / "checks.parquet").exists()

    def test_a_scenario_without_checks_cannot_be_checked(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(SAMPLE / "scenario.yaml", tmp_path / "out", "--check") == 2
        assert "the scenario has no checks" in capsys.readouterr().err

    def test_a_margin_is_the_one_that_compare_shows(self) -> None:
        usage = read([SAMPLE / "usage.parquet"]).usage
        tested = Scenario.load(SAMPLE / "scenario.yaml")
        tested = Scenario.model_validate(
            tested.model_dump(mode="json") | {"checks": [{"candidate": "Credits", "margin": {"at_least": 0}}]}
        )
        (result,) = checked(Outcome.of(replay(tested, usage), REPORT), costed(tested, usage))
        assert result.found == "90.4 %"
