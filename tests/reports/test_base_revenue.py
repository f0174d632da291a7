"""Base revenue is more than base prices where there are seats, quota, add-ons, commitments or offers: what it is made of is told."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from commet_core.cli import main
from commet_core.engine.replay import Replay, replay
from commet_core.reports.compare import summarize
from commet_core.reports.compare.report import summary_table
from commet_core.reports.compare.sum_words import base_in_words
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SCENARIO = """
catalog:
  currency: usd
  features: {calls: {}, seats: {type: seats}, sso: {type: boolean}}
  plans:
    pro:
      consumption_model: metered
      prices: {monthly: 60}
      features: {calls: {included: 10}, seats: {included: 3, overage: {unit_price: 12}}}
      minimum_commitment: {amount: 200, per: interval}
    plain: {consumption_model: metered, prices: {monthly: 50}, features: {calls: {included: 10}}}
  addons: {sso: {feature: sso, consumption_model: boolean, base_price: 40}}
  offers: {half: {percent: 50, cycles: 1}}
window: {start: 2026-06-01, end: 2026-07-01}
levels: [{customer_id: ana, at: 2026-06-01, feature: seats, set: 5}]
candidates:
  - {name: Pro, plan: pro, addons: [sso], offer: half}
  - {name: Plain, plan: plain}
"""


def replayed() -> Replay:
    return replay(Scenario.model_validate(yaml.safe_load(SCENARIO)), Usage.from_events([], [], [], []))


def test_what_base_revenue_is_made_of_adds_up_to_it() -> None:
    pro, plain = summarize(replayed())
    assert (pro.base, sum(pro.in_base.values())) == (Decimal(170), Decimal(170))
    row = summary_table(replayed()).to_pylist()[0]
    assert {kind: row.get(kind, Decimal(0)) for kind in pro.in_base} == dict(pro.in_base)
    assert "in_base" not in row
    assert base_in_words(pro, "usd") == (
        "Base: base price $60.00, offer -$30.00, minimum commitment $76.00, add-on $40.00, seats $24.00"
    )
    assert base_in_words(plain, "usd") == ""


def test_the_command_line_says_it_and_is_silent_where_all_is_base_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("usage.csv").write_text("customer_id,timestamp,feature,value\nana,2026-06-05T09:30:00Z,calls,3\n")
    Path("scenario.yaml").write_text(SCENARIO)
    assert main(["replay", "scenario.yaml", "--usage", "usage.csv", "--out", "out"]) == 0
    shown = [line.split("│") for line in capsys.readouterr().out.splitlines() if line.startswith("│     ")]
    assert [[cell.strip() for cell in line[1:4]] for line in shown] == [
        ["base price", "$60.00", "$50.00"],
        ["offer", "-$30.00", "$0.00"],
        ["minimum commitment", "$76.00", "$0.00"],
        ["add-on", "$40.00", "$0.00"],
        ["seats", "$24.00", "$0.00"],
    ]
    raw = yaml.safe_load(SCENARIO)
    Path("plain.yaml").write_text(yaml.safe_dump({**raw, "candidates": raw["candidates"][1:]}))
    assert main(["replay", "plain.yaml", "--usage", "usage.csv", "--out", "plain"]) == 0
    assert "base price" not in capsys.readouterr().out
