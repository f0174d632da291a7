"""Whatever usage is refused for, the pages have words and a look for it: a paused customer is enough to ask for both."""

import pytest
from support.subscribed import action, calls, scenario

from commet_core.engine.replay import Replay, replay
from commet_core.foundation.vocabulary import REFUSAL_REASONS
from commet_core.foundation.wording import refusal_name
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.statement import statement_of
from commet_core.reports.statement.allowance import MARKS, used_of_feature
from pages.comparison.blocked import patterns_in_words
from pages.shared.charts.allowance import used_of_feature as allowance_chart
from pages.shared.charts.customers import blocked_by_feature
from pages.shared.palette import LIGHT


@pytest.fixture(scope="module")
def refusing() -> Replay:
    """ana is paused in May, and cyd canceled in April; both go on calling every other day."""
    rows = (
        action("start", "2026-04-01"),
        action("pause", "2026-05-01"),
        action("start", "2026-04-01", "cyd"),
        action("cancel", "2026-04-20", "cyd", when="now"),
    )
    return replay(scenario(rows, "basic"), calls(ana=40, cyd=40))


def test_paused_and_not_subscribed_are_drawn_and_said(refusing: Replay) -> None:
    found = blocked_features(refusing)
    assert {one.reason for one in found} == {"paused", "not_subscribed"}
    figure = blocked_by_feature(found, {}, {"basic": "metered"}, LIGHT)
    [bar] = figure.data
    assert set(bar.customdata) == {refusal_name(one.reason) for one in found}
    assert len(set(bar.marker.pattern.shape)) == 2
    assert patterns_in_words(found) == (
        "Upright lines: the subscription was paused; level lines: before the subscription's start or after its cancellation."
    )


def test_the_allowance_of_a_paused_customer_has_a_mark_for_it(refusing: Replay) -> None:
    statement = statement_of(refusing, refusing.runs[0], "ana")
    figure = allowance_chart(used_of_feature(statement, "call"), "calls", LIGHT)
    assert f"Refused: {refusal_name('paused')}" in {trace.name for trace in figure.data}


def test_marks_are_of_every_reason() -> None:
    assert set(MARKS) == {"reset", "purchase", *REFUSAL_REASONS}
