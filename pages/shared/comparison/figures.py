"""What the Compare page shows, computed once per study and shared by visitors."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pyarrow as pa
import streamlit as st

from commet_core import compare
from commet_core.compare import Summary, behind, blocked, distribution
from commet_core.compare import stocks as stock_rules
from commet_core.compare.blocked import BlockedFeature
from commet_core.compare.distribution import Bin, Histogram
from commet_core.compare.report import excel_sheets, sheet_makers
from commet_core.compare.stocks import Stock
from commet_core.export import to_csv, to_excel
from commet_core.replay import Replay

POINTS_MAX = 400
Kind = Literal["all", "refused", "cost", "difference"]


def _content(replayed: Replay) -> str:
    return replayed.usage.digest + replayed.scenario.model_dump_json()


_kept = st.cache_resource(max_entries=24, show_spinner=False, hash_funcs={Replay: _content})


@_kept
def summaries(replayed: Replay) -> list[Summary]:
    return compare.summarize(replayed)


@_kept
def revenue_by_month(replayed: Replay) -> pa.Table:
    return compare.revenue_by_month(replayed)


@_kept
def costs(replayed: Replay) -> Histogram:
    return distribution.cost_histogram(replayed)


@_kept
def differences_spread(replayed: Replay) -> Histogram:
    return distribution.difference_histogram(replayed)


@_kept
def ranked(replayed: Replay) -> dict[str, pa.Table]:
    return {run.candidate.name: distribution.ranked(run, POINTS_MAX) for run in replayed.runs}


@_kept
def largest(replayed: Replay) -> pa.Table:
    return distribution.shares_of_largest(replayed)


@_kept
def billed_by_customer(replayed: Replay) -> pa.Table:
    return behind.billed_by_customer(replayed)


@_kept
def differences(replayed: Replay, candidate: str) -> pa.Table:
    return compare.differences(replayed, replayed.run(candidate))


@_kept
def blocked_features(replayed: Replay) -> list[BlockedFeature]:
    return blocked.blocked_features(replayed)


@_kept
def stocks(replayed: Replay) -> list[Stock]:
    return stock_rules.stocks(replayed)


@_kept
def leftovers(replayed: Replay, candidate: str) -> pa.Table:
    return stock_rules.leftovers(replayed.run(candidate))


@_kept
def customers(replayed: Replay, candidate: str, month: date | None, kind: Kind, place: int) -> pa.Table:
    """The customers behind a figure. `place`: the bin of the histogram of that kind."""
    run = replayed.run(candidate)
    if kind == "all":
        return behind.customers_behind(replayed, run, month=month)
    if kind == "refused":
        return behind.customers_behind(replayed, run, only=behind.refused(run))
    if kind == "cost":
        return behind.customers_behind(replayed, run, only=distribution.costing(replayed, run, bin_of(replayed, kind, place)))
    return behind.customers_behind(replayed, run, only=distribution.differing(replayed, run, bin_of(replayed, kind, place)))


def bin_of(replayed: Replay, kind: Literal["cost", "difference"], place: int) -> Bin:
    """The bin at a place of one of the two histograms."""
    return (costs(replayed) if kind == "cost" else differences_spread(replayed)).bins[place]


def excel(replayed: Replay) -> bytes:
    """The whole comparison as an Excel file."""
    return to_excel(excel_sheets(replayed))


def csv(replayed: Replay, name: str) -> bytes:
    """One of its tables as CSV."""
    return to_csv(sheet_makers(replayed)[name]())
