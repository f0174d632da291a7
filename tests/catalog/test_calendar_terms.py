"""A billing day and a time zone in a catalog: what is wrong with them, where, and what would be right (billing-rules 2.2, 2.7)."""

from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError


def catalog(plan: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "features": {"calls": {}},
        "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 9}, **plan}},
        **more,
    }


def problems(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InputError) as refused:
        Catalog.model_validate(document)
    return {problem.where: f"{problem.what}. {problem.fix}" for problem in refused.value.problems}


def test_all_problems_are_told_at_once() -> None:
    found = problems(catalog({"billing_day": 3, "prices": {"weekly": 9}}, time_zone="America/NewYork", currency="dollars"))
    assert set(found) == {"currency", "time_zone", "plans.pro.billing_day"}
    assert "weekly price" in found["plans.pro.billing_day"]
    assert "Did you mean America/New_York?" in found["time_zone"]


@pytest.mark.parametrize("day", [0, 29, -1, 1.5, "first"])
def test_a_billing_day_is_one_that_every_month_has(day: object) -> None:
    assert list(problems(catalog({"billing_day": day}))) == ["plans.pro.billing_day"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("america/new_york", "America/New_York"),
        ("New York", "America/New_York"),
        ("Europe/Berln", "Europe/Berlin"),
        ("US/Berlin", "Europe/Berlin"),
    ],
)
def test_the_zone_that_was_meant_is_named(written: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in problems(catalog({}, time_zone=written))["time_zone"]


@pytest.mark.parametrize("written", [5, None, "", "+02:00", "../etc/passwd"])
def test_what_is_no_zone_is_told_so(written: object) -> None:
    assert "is not a time zone" in problems(catalog({}, time_zone=written))["time_zone"]


def test_a_version_never_changes_the_billing_day() -> None:
    found = problems(catalog({"billing_day": 1, "versions": [{"from": "2026-06-01", "billing_day": 5}]}))
    assert "never changes" in found["plans.pro.versions.0.billing_day"]


def test_a_catalog_is_written_as_it_was_read() -> None:
    read = Catalog.model_validate(catalog({"billing_day": 28}, time_zone="Asia/Tokyo"))
    assert Catalog.model_validate(read.document()) == read
    assert "time_zone: Asia/Tokyo" in read.to_yaml()
    assert "time_zone" not in Catalog.model_validate(catalog({}, time_zone="utc")).document()
