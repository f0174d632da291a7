"""Margin: what was earned (and what was billed) less the cost to serve, by candidate, customer and feature."""

from commet_core.reports.margin.margin import Margin
from commet_core.reports.margin.margins import FeatureMargins, cost_is_known, customer_margins, feature_margins, margins

__all__ = ["FeatureMargins", "Margin", "cost_is_known", "customer_margins", "feature_margins", "margins"]
