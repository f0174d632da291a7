"""Plans in words: what they are called side by side, and on which of them customers ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commet_core.catalog.plans import Catalog
from commet_core.foundation.wording import listed
from commet_core.reports.compare.plans import Held


def names_of(catalog: Catalog, codes: Iterable[str]) -> dict[str, str]:
    """Code → the name shown, with the code where two of these plans have the same name."""
    names = {code: catalog.plans[code].name or code for code in codes}
    shown = list(names.values())
    return {code: name if shown.count(name) == 1 else f"{name} ({code})" for code, name in names.items()}


def landed_in_words(catalog: Catalog, found: Sequence[Held]) -> str:
    """`At the end 85 on Free, 40 on Starter and 0 on Pro`. found: as `plans.held`."""
    names = names_of(catalog, (one.what for one in found if one.is_plan))
    counts = [
        f"{one.customers_last:,} {f'on {names[one.what]}' if one.is_plan else one.what}"
        for one in found
        if one.is_plan or one.customers_last
    ]
    return f"At the end {listed(counts)}"
