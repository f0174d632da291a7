"""A whole forecast: its tables agree with its paths, and its record with replays of what came."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core.cli import main
from commet_core.decide.forecast import Adjustments, Forecast, begin, forecast, write_forecast
from commet_core.decide.forecast.ranges import fan_of
from commet_core.decide.forecast.tables import TABLES
from commet_core.engine.replay import replay
from commet_core.reports.compare import revenue_by_month
from commet_core.reports.forecast.words import about, changes_of, fan_title, headline, record_sentence
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate, write_usage
from commet_core.usage.usage import Usage

MONTHS, PATHS = 2, 12
WINDOW = {"start": "2026-01-01", "end": "2026-06-01"}


def scenario() -> Scenario:
    return catalog_presets()["sample_ai_images"].scenario(window=WINDOW, seed=5)


@cache
def usage() -> Usage:
    return Usage.from_table(generate("ai_images", 40, 5, 11))


@cache
def made() -> Forecast:
    return forecast(scenario(), usage(), MONTHS, paths=PATHS)


def rows(name: str) -> list[dict]:
    found: list[dict] = TABLES[name](made()).to_pylist()
    return found


def test_every_candidate_month_and_measure_has_a_row() -> None:
    keys = [(row["candidate"], str(row["month"]), row["measure"]) for row in rows("forecast")]
    months = ["2026-06-01", "2026-07-01", "None"]
    measures = ["billed", "earned", "customers", "blocked_share", "outstanding"]
    names = ["Metered", "Credits", "Balance"]
    assert sorted(keys) == sorted((name, month, measure) for name in names for month in months for measure in measures)
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in rows("forecast"))


def test_customers_and_refusals_are_quantiles_of_the_paths() -> None:
    for place, name in enumerate(("Metered", "Credits", "Balance")):
        customers = np.array([totals.customers[place, 1] for totals in made().totals])
        blocked = np.array([totals.blocked[place].sum() / totals.asked[place].sum() for totals in made().totals])
        own = {(str(row["month"]), row["measure"]): row for row in rows("forecast") if row["candidate"] == name}
        low, middle, high = np.quantile(customers, (0.1, 0.5, 0.9))
        row = own["2026-07-01", "customers"]
        assert [float(row[key]) for key in ("p10", "p50", "p90", "mean")] == pytest.approx(
            [low, middle, high, customers.mean()]
        )
        assert float(own["None", "blocked_share"]["p50"]) == pytest.approx(np.median(blocked), abs=1e-6)


def test_the_horizon_is_of_joint_totals() -> None:
    """Its range is narrower than the sum of the months' bounds."""
    own = [row for row in rows("forecast") if row["candidate"] == "Metered" and row["measure"] == "billed"]
    months, (horizon,) = [row for row in own if row["month"]], [row for row in own if row["month"] is None]
    assert sum(row["p90"] - row["p10"] for row in months) > horizon["p90"] - horizon["p10"]


def test_leaders_are_counted_path_by_path() -> None:
    for month, step in (("2026-06-01", 0), ("2026-07-01", 1)):
        leaders = []
        for totals in made().totals:
            billed = totals.billed[:, step].tolist()
            leaders.append(billed.index(max(billed)))
        shares = {row["candidate"]: row["leads_share"] for row in rows("forecast_leads") if str(row["month"]) == month}
        assert shares == {name: leaders.count(place) / PATHS for place, name in enumerate(("Metered", "Credits", "Balance"))}
    horizon = [row["leads_share"] for row in rows("forecast_leads") if row["month"] is None]
    assert sum(horizon) == pytest.approx(1)


def test_what_came_is_the_real_usage_replayed_on_the_origins_window() -> None:
    """Origins April and May; both windows end with May, whose closing invoices count in it."""
    record = rows("forecast_record")
    by_month = revenue_by_month(replay(scenario(), usage()))
    actual: dict[tuple[str, str], Decimal] = {}
    for row in by_month.to_pylist():
        key = row["candidate"], str(row["month"])
        actual[key] = actual.get(key, Decimal(0)) + row["amount"]
    assert {(str(row["origin"]), str(row["month"]), row["horizon"]) for row in record} == {
        ("2026-04-01", "2026-04-01", 1),
        ("2026-04-01", "2026-05-01", 2),
        ("2026-05-01", "2026-05-01", 1),
    }
    for row in record:
        assert row["actual"] == actual[row["candidate"], str(row["month"])]


def test_last_month_is_the_month_before_and_the_closing_invoices_of_a_window_that_ended_then() -> None:
    before = scenario().model_copy(
        update={"window": scenario().window.model_copy(update={"end": scenario().window.start.replace(month=5)})}
    )  # type: ignore[union-attr]
    amounts = [row for row in revenue_by_month(replay(before, usage())).to_pylist() if str(row["month"]) == "2026-04-01"]
    for name in ("Metered", "Credits", "Balance"):
        said = [
            row
            for row in rows("forecast_record")
            if row["method"] == "last_month" and row["candidate"] == name and str(row["origin"]) == "2026-05-01"
        ]
        assert [row["p50"] for row in said] == [sum(row["amount"] for row in amounts if row["candidate"] == name)]


def test_methods_known_at_an_origin_weigh_one() -> None:
    record = [row for row in rows("forecast_record") if row["candidate"] == "Credits" and row["horizon"] == 1]
    for origin in {row["origin"] for row in record}:
        weights = {row["method"]: row["weight"] for row in record if row["origin"] == origin}
        assert weights.pop("mix") == 1
        assert set(weights) == {"ours", "last_month", "line"}
        assert sum(weights.values()) == pytest.approx(1)


def test_the_fan_leaves_closing_invoices_out() -> None:
    """In the last month alone: before it there are none."""
    with_them = {(row["candidate"], row["month"]): row for row in rows("forecast") if row["measure"] == "billed"}
    for each in fan_of(made()):
        row = with_them[each.candidate, each.month]
        if str(each.month) == "2026-06-01":
            assert each.p50 == pytest.approx(float(row["p50"]), abs=0.01)
            assert row["closing"] == 0
        elif each.candidate != "Credits":
            assert each.p50 < float(row["p50"])


def test_what_a_reader_changes_is_not_mixed_with_methods_that_know_nothing_of_it() -> None:
    changed = forecast(scenario(), usage(), 1, paths=10, changes=Adjustments(arrivals=30))
    assert changed.mix(0).weights == {"ours": 1.0}
    middle = np.median([totals.billed[0, 0] for totals in changed.totals]) / 100
    assert next(each.p50 for each in fan_of(changed)) > 0
    assert float(TABLES["forecast"](changed).to_pylist()[0]["p50"]) == pytest.approx(middle, abs=0.01)


def test_a_folder_holds_every_table(tmp_path: Path) -> None:
    write_forecast(made(), tmp_path / "parquet")
    write_forecast(made(), tmp_path / "csv", "csv")
    for name, table_of in TABLES.items():
        assert pyarrow.parquet.read_table(tmp_path / f"parquet/{name}.parquet").equals(table_of(made()))
        assert pyarrow.csv.read_csv(tmp_path / f"csv/{name}.csv").num_rows == table_of(made()).num_rows
    summary = json.loads((tmp_path / "csv/summary.json").read_text("utf-8"))
    assert summary["paths"] == PATHS
    assert summary["forecast"] == {"start": "2026-06-01", "end": "2026-08-01"}
    assert summary["candidates"]["Metered"]["pairs"] == 3


def test_the_sentences() -> None:
    assert headline(made(), fan_of(made())).startswith("Next 2 months: $")
    record = made().record
    assert record is not None
    held = sum(record.candidates[0].held)
    assert f"ranges held in {held} of the 3 months" in record_sentence(made())


class TestTheCommand:
    def files(self, folder: Path) -> tuple[Path, Path]:
        write_usage(generate("ai_images", 40, 5, 11), folder / "usage.parquet")
        (folder / "scenario.yaml").write_text(json.dumps(scenario().model_dump(mode="json", exclude_defaults=True)), "utf-8")
        return folder / "scenario.yaml", folder / "usage.parquet"

    def test_it_writes_the_same_tables(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path, of = self.files(tmp_path)
        given = ["forecast", str(path), "--usage", str(of), "--months", str(MONTHS), "--paths", str(PATHS)]
        assert main([*given, "--out", str(tmp_path / "out")]) == 0
        said = capsys.readouterr().out
        assert "This method's ranges held in" in said
        assert said.index("This method's ranges held in") < said.index("Next 2 months")
        for name, table_of in TABLES.items():
            assert pyarrow.parquet.read_table(tmp_path / f"out/{name}.parquet").equals(table_of(made()))

    @pytest.mark.parametrize("months", ["0", "600"])
    def test_it_refuses_in_words(self, months: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path, of = self.files(tmp_path)
        assert main(["forecast", str(path), "--usage", str(of), "--months", months, "--out", str(tmp_path / "out")]) == 2
        assert f"months: {months} months ahead cannot be forecast" in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_versions_of_plans_in_history_and_in_the_months_ahead_are_told_and_no_others() -> None:
    document = scenario().model_dump(mode="json", exclude_defaults=True)
    plan = scenario().candidates[0].plan
    catalog = scenario().catalog.document()
    days = ("2026-03-10", "2026-07-01", "2026-09-01")
    catalog["plans"][plan]["versions"] = [{"from": day, "prices": {"monthly": 40 + place}} for place, day in enumerate(days)]
    begun = begin(Scenario.model_validate({**document, "catalog": catalog}), usage(), MONTHS)
    assert [(str(day), words.partition(": ")[2]) for day, words in changes_of(begun)] == [
        ("2026-03-10", "$40 a month or $200 a year"),
        ("2026-07-01", "$41 a month or $200 a year"),
    ]


def test_the_fans_title_is_of_who_brings_in_most_in_the_last_month() -> None:
    fan = fan_of(made())
    most = max((each for each in fan if str(each.month) == "2026-07-01"), key=lambda each: each.p50)
    of_last_month = (made().before.billed - made().before.closing)[:, -1].tolist()
    before = of_last_month[[candidate.name for candidate in made().scenario.candidates].index(most.candidate)] / 100
    assert fan_title(made(), fan, "billed") == (
        f"{most.candidate} bills {about(most.p10, 'usd')} to {about(most.p90, 'usd')} in Jul 2026 in 8 of 10 possible futures, "
        f"after {about(before, 'usd')} in May 2026"
    )
