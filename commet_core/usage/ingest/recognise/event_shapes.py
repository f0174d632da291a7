"""Events as billing systems take them: which column is which, told by the names that each system alone gives.

Each function returns the mapping, and the numbers of which one might be the value where that cannot be told; None where
the file is of another kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from commet_core.usage.ingest.recognise.columns import ColumnMapping, Source, recognise
from commet_core.usage.ingest.recognise.sample import Sample

Found = tuple[ColumnMapping, tuple[str, ...]] | None

AI_COLUMNS: Final = ("model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


def commet(sample: Sample) -> Found:
    """Commet's usage events: the call that tracks them, or what it returns."""
    customers = sample.fuller("customerId", "externalId")
    features = sample.fuller("feature", "eventType", "featureCode")
    times = [name for name in ("ts", "timestamp", "createdAt") if name in sample.names]
    if not (customers and features and times):
        return None
    event_ids = [name for name in ("idempotencyKey", "id") if name in sample.names]
    value = "value" if "value" in sample.names else None
    sources = {"customer_id": customers, "timestamp": times[0], "feature": features[0], "value": value}
    return _mapping(sample, {**sources, "event_id": event_ids[0] if event_ids else None}), ()


def cloudevents(sample: Sample) -> Found:
    """CloudEvents as OpenMeter takes them: the subject is the customer, the type the feature, the value is in `data`."""
    if not {"specversion", "type", "subject", "time"} <= set(sample.names):
        return None
    value, undecided = sample.units_under("data")
    event_id = [name for name in ("source", "id") if name in sample.names] if "id" in sample.names else None
    sources = {"customer_id": "subject", "timestamp": "time", "feature": "type", "value": value, "event_id": event_id}
    return _mapping(sample, sources, "data"), undecided


def stripe(sample: Sample) -> Found:
    """Stripe's meter events: customer and value are in `payload`, under keys that the meter chooses."""
    payload = sample.under("payload")
    times = [name for name in ("timestamp", "created") if name in sample.names]
    customer = next((payload[key] for key in payload if "customer" in key), None)
    if "event_name" not in sample.names or customer is None or not times:
        return None
    value, undecided = sample.units_under("payload")
    sources: dict[str, Source] = {"customer_id": customer, "timestamp": times[0], "feature": "event_name", "value": value}
    event_id = "identifier" if "identifier" in sample.names else None
    return _mapping(sample, {**sources, "event_id": event_id}, "payload"), undecided


def lago(sample: Sample) -> Found:
    """Lago's events: the value is in `properties`, under the field that the billable metric names."""
    customers = sample.fuller("external_customer_id", "external_subscription_id")
    if not ({"transaction_id", "code", "timestamp"} <= set(sample.names) and customers):
        return None
    value, undecided = sample.units_under("properties")
    sources = {"customer_id": customers, "timestamp": "timestamp", "feature": "code", "value": value}
    return _mapping(sample, {**sources, "event_id": "transaction_id"}, "properties"), undecided


def _mapping(sample: Sample, sources: Mapping[str, Source], inside: str = "") -> ColumnMapping:
    """These sources, and the AI model and its tokens by their usual names; inside: the column that may hold them too."""
    parts = sample.under(inside) if inside else {}
    by_name = recognise([name for name in sample.names if name not in parts.values()])
    nested = recognise(list(parts))
    ai = {ours: getattr(by_name, ours) or parts.get(getattr(nested, ours) or "") for ours in AI_COLUMNS}
    return ColumnMapping().changed({**ai, **sources})
