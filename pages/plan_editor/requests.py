"""Typical requests to AI models, as the visitor describes them: one for every feature that follows a model's price."""

from __future__ import annotations

from collections.abc import Mapping

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.reports.quote.requests import STARTING_REQUEST, priced_by_request, read_request, typical_requests
from commet_core.usage.tokens import EventTokens
from pages.shared import loading, remembered
from pages.shared import study as studies
from pages.shared.kept import by_content

KEYS = "plans_request/"
"""What the keys of all these fields begin with."""

TOKENS = {"input": "Input tokens", "output": "Output tokens", "cache_read": "Input from the cache"}
"""What is asked for; tokens written to the cache come from the usage alone."""


def typed(feature: str) -> dict[str, str]:
    """What stands in the fields of a feature's request: what was typed, else what is typical in the usage."""
    start = _typical().get(feature, STARTING_REQUEST)
    usual = {"model": start.model, **{key: f"{getattr(start, key):,}" for key in TOKENS}}
    kept = {key: remembered.typed(key_of(feature, key)) for key in (*usual, "margin")}
    return usual | {key: text for key, text in kept.items() if text is not None}


def key_of(feature: str, what: str) -> str:
    """The key of a field of a feature's request, and of what is kept of it."""
    return f"plans_request/{feature}/{what}"


def request_of(feature: str) -> EventTokens:
    """A feature's request. Raises InputError with a problem per field."""
    texts = typed(feature)
    return read_request(texts["model"], texts)


def of_features(catalog: Catalog) -> dict[str, EventTokens]:
    """The request of every feature that follows the price of a model. Raises InputError, places are features."""
    requests: dict[str, EventTokens] = {}
    problems: list[Problem] = []
    for feature in sorted(catalog.features_by_tokens()):
        try:
            requests[feature] = request_of(feature)
        except InputError as error:
            problems += [Problem(feature, problem.what, problem.fix) for problem in error.problems]
    if problems:
        raise InputError(problems)
    return requests


def priced(catalog: Catalog) -> Catalog:
    """The catalog with the price of each feature's request in place of its model's. Raises InputError, places are features."""
    return priced_by_request(catalog, of_features(catalog))


def without_tokens(catalog: Catalog) -> list[str]:
    """Features that follow the price of a model and are used without tokens, so that their usage cannot be replayed."""
    try:
        used = loading.usage_of(studies.current()).features
    except InputError:
        return []
    return [feature for feature in used if feature in catalog.features_by_tokens() and feature not in _typical()]


def _typical() -> Mapping[str, EventTokens]:
    """Of the study's usage; nothing where it cannot be read, which the Usage page says."""
    try:
        return _of_usage(loading.usage_of(studies.current()))
    except InputError:
        return {}


_of_usage = by_content()(typical_requests)
