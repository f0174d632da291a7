"""What AI models cost by a catalog's own word (billing-rules 11.3); `model_prices` has it over a public list."""

from __future__ import annotations

from commet_core.foundation.documents import Amount, Document


class ModelPrices(Document):
    """What a million tokens of an AI model cost (billing-rules 11.3); those of its cache what input costs, if not said."""

    input: Amount
    output: Amount
    cache_read: Amount | None = None
    cache_write: Amount | None = None
