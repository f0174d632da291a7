# ruff: noqa: INP001  (a script, and no part of a package)
"""Writes the files in `shapes/`: some events of `usage_small.csv`, as other systems and spreadsheets hold them.

    python sample_data/make_shapes.py

The same rows come out every time. Files of events end with one that was delivered twice.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
EVERY: Final = 7
LAGO_FIELDS: Final = {"image": "images", "upscale": "images", "video_seconds": "seconds"}

Event = dict[str, str]
Rows = list[dict[str, Any]]


def events() -> list[Event]:
    """Every seventh row of `usage_small.csv`."""
    with (HERE / "usage_small.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))[::EVERY]


def own(event: Event) -> dict[str, Any]:
    return dict(event)


def commet(event: Event) -> dict[str, Any]:
    return {
        "id": "evt_" + event["event_id"][-4:],
        "customerId": event["customer_id"],
        "feature": event["feature"],
        "value": _number(event["value"]),
        "idempotencyKey": event["event_id"],
        "ts": event["timestamp"],
        "properties": [{"property": "region", "value": "eu"}],
        "createdAt": event["timestamp"],
    }


def cloudevents(event: Event) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event["event_id"],
        "source": "image-service",
        "type": event["feature"],
        "subject": event["customer_id"],
        "time": event["timestamp"],
        "data": {"units": event["value"], "region": "eu"},
    }


def stripe(event: Event) -> dict[str, Any]:
    return {
        "event_name": event["feature"],
        "identifier": event["event_id"],
        "timestamp": _seconds(event),
        "payload": {"stripe_customer_id": event["customer_id"], "value": event["value"]},
    }


def stripe_flat(event: Event) -> dict[str, Any]:
    found = stripe(event)
    payload = found.pop("payload")
    return {**found, **{f"payload_{key}": value for key, value in payload.items()}}


def lago(event: Event) -> dict[str, Any]:
    return {
        "transaction_id": event["event_id"],
        "external_subscription_id": event["customer_id"],
        "code": event["feature"],
        "timestamp": _seconds(event),
        "properties": {LAGO_FIELDS[event["feature"]]: _number(event["value"]), "region": "eu"},
    }


def image_log(event: Event) -> dict[str, Any]:
    return {"account": event["customer_id"], "at": event["timestamp"], "size": event["value"]}


def totals(found: Iterable[Event]) -> Rows:
    """A row for each customer, day and feature."""
    return [
        {"customer": customer, "day": day, "feature": feature, "quantity": str(units)}
        for (customer, day, feature), units in sorted(_by_day(found).items())
    ]


def wide(found: Iterable[Event]) -> Rows:
    """A row for each customer and day, with a column for each feature; no usage is an empty cell, or 0 for images."""
    units = _by_day(found)
    keys = sorted({(customer, day) for customer, day, _ in units})
    return [
        {
            "customer": customer,
            "day": day,
            "image": str(units.get((customer, day, "image"), 0)),
            "upscale": str(units.get((customer, day, "upscale"), "")),
            "video_seconds": str(units.get((customer, day, "video_seconds"), "")),
        }
        for customer, day in keys
    ]


def files() -> dict[str, str]:
    """The content of every file, by its name."""
    found = events()
    again = [*found, found[-1]]
    images = [event for event in found if event["feature"] == "image"]
    return {
        "own.csv": _csv(_each(own, again)),
        "commet.jsonl": _lines(_each(commet, again)),
        "cloudevents.jsonl": _lines(_each(cloudevents, again)),
        "stripe.jsonl": _lines(_each(stripe, again)),
        "stripe.csv": _csv(_each(stripe_flat, again)),
        "lago.jsonl": _lines(_each(lago, again)),
        "wide.csv": _csv(wide(found)),
        "totals.csv": _csv(totals(found)),
        "image_log.csv": _csv(_each(image_log, images)),
    }


def _each(write: Callable[[Event], dict[str, Any]], found: Iterable[Event]) -> Rows:
    return [write(event) for event in found]


def _by_day(found: Iterable[Event]) -> dict[tuple[str, str, str], Decimal]:
    units: dict[tuple[str, str, str], Decimal] = {}
    for event in found:
        key = event["customer_id"], event["timestamp"][:10], event["feature"]
        units[key] = units.get(key, Decimal(0)) + Decimal(event["value"])
    return units


def _number(text: str) -> int | float:
    return int(text) if text.isdecimal() else float(text)


def _seconds(event: Event) -> int:
    return int(datetime.fromisoformat(event["timestamp"]).timestamp())


def _lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    header = ",".join(rows[0])
    return "".join(f"{line}\n" for line in (header, *(",".join(str(text) for text in row.values()) for row in rows)))


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / "shapes" / name).write_text(content, "utf-8")
