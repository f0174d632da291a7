"""Features: what customers use, hold or have (billing-rules 10)."""

from __future__ import annotations

from commet_core.catalog.level_terms import FeatureType
from commet_core.catalog.names import Name
from commet_core.foundation.documents import Amount, Document


class Feature(Document):
    """Something that customers use, hold or have. `unit_cost`: what serving one unit costs the vendor.

    type   how it is counted: usage is used up, seats and quota are held (billing-rules 10.1, 10.2), boolean is there or not
    """

    name: Name = ""
    unit: Name = "unit"
    type: FeatureType = "usage"
    unit_cost: Amount | None = None
