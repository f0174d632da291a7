"""Rows that are totals of others: their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import letters
from commet_core.usage.ingest.recognise.sample import Sample

TOTAL_WORDS: Final = (
    *("total", "totals", "grand total", "grandtotal", "subtotal", "sub total", "sub-total", "sum", "overall", "overall total"),
    *("totalprice", "total price", "total usage", "total amount", "gesamt", "gesamtsumme", "summe", "zwischensumme"),
    *("total general", "total général", "somme", "totale", "totaal", "suma", "итого", "всего", "合計", "总计", "σ", "∑"),
    *("gesamtergebnis", "insgesamt", "teilergebnis", "total geral", "total generale", "totale generale", "eindtotaal"),
    *("suma końcowa", "razem", "総計", "all customers", "all users", "all features", "sum total", "report total"),
    *("合计", "小计", "總計", "小計", "総合計", "합계", "총계", "소계", "المجموع", "الإجمالي", "סה״כ", 'סה"כ', "कुल"),
    *(
        "suma całkowita",
        "łącznie",
        "ogółem",
        "summa",
        "totalsumma",
        "totalt",
        "delsumma",
        "i alt",
        "ialt",
        "sammenlagt",
        "yhteensä",
    ),
    *("celkem", "součet", "mezisoučet", "spolu", "celkom", "összesen", "végösszeg", "toplam", "genel toplam", "ara toplam"),
    *("итог", "общий итог", "общо", "разом", "усього", "загалом", "σύνολο", "γενικό σύνολο", "ukupno", "sveukupno", "skupaj"),
    *(
        "total général",
        "sous-total",
        "sous total",
        "total ttc",
        "total ht",
        "suma total",
        "importe total",
        "total parcial",
        "soma",
    ),
    *(
        "subtotale",
        "totale parziale",
        "subtotaal",
        "tussentotaal",
        "iš viso",
        "kopā",
        "kokku",
        "tổng",
        "tổng cộng",
        "jumlah",
        "รวม",
    ),
    *("übertrag", "carried forward", "brought forward", "à reporter"),
)
"""What a row is called that is the total of others, in small letters."""


LIKELY_WORDS: Final = (
    *(
        "all",
        "*",
        "everything",
        "everyone",
        "company",
        "organization",
        "organisation",
        "whole",
        "combined",
        "aggregate",
        "global",
    ),
    *(
        "alle",
        "alles",
        "tous",
        "tout",
        "toutes",
        "todos",
        "todo",
        "todas",
        "tutti",
        "tutto",
        "wszystkie",
        "все",
        "全部",
        "全体",
        "(all)",
    ),
    *(
        "all accounts",
        "all products",
        "all models",
        "all services",
        "all teams",
        "all regions",
        "all projects",
        "all workspaces",
    ),
)
"""What a row is called that is mostly the total of others, and one where its values are what they add up to."""


def is_total_model(text: str) -> bool:
    """Whether a model is called as a total is, or as all models together are."""
    return text.strip(" :*=").lower() in (*TOTAL_WORDS, *LIKELY_WORDS)


def is_total_name(text: str) -> bool:
    """Whether a name is that of a total, as `row_terms.is_total` says it in SQL."""
    return text.strip(" :*=").lower() in TOTAL_WORDS


_WORD: Final = (
    r"(?:grand[ -]?)?(?:sub[ -]?)?totals?|sum|gesamt(?:summe|ergebnis)?|zwischensumme|summe|ergebnis|teilergebnis|somme|totale"
    r"|totaal|suma|razem|soma|totalt|toplam|celkem|összesen|yhteensä|ogółem|итого|всего|합계|合計|合计|小計|小计|总计|σύνολο"
)
_PERIOD: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[ ,]+\d{4})?|\d{4}[-/]\d\d?(?:[-/]\d\d?)?|q[1-4](?: \d{4})?|(?:19|20)\d\d"
MAY_BE_SUBTOTAL: Final = (
    "total|sum|gesamt|ergebnis|somme|totaal|razem|soma|toplam|celkem|összesen|yhteensä|ogółem|итого|всего|합계|合計|合计|小計|小计|总计"
    "|σύνολο"
)
"""In the name of every row that `subtotal_names` takes for one, in letters of any case."""
_OF_ANOTHER: Final = (
    late_pattern(rf"(?:{_WORD})(?: (?:for|of|by|von|für|de|per))?[\s:–-]+(?P<name>.+)", re.IGNORECASE),
    late_pattern(rf"(?P<name>.+?)[\s:–-]+(?:{_WORD})", re.IGNORECASE),
    late_pattern(rf"(?P<name>.+?)\s*[(\[](?:{_WORD})[)\]]", re.IGNORECASE),
)
_COUNTED: Final = late_pattern(
    rf"(?:{_WORD})[\s:]*[(\[][^()]*(?:\d|all|alle|customer|user|account|feature|row|record)[^()]*[)\]]"
    r"|(?:sub[ -]?total|zwischensumme|teilergebnis|итого по)\b.*"
    rf"|(?:daily|weekly|monthly|quarterly|yearly|annual|{_PERIOD})\s+(?:{_WORD})|(?:{_WORD})\s+(?:for |of |in )?(?:{_PERIOD})",
    re.IGNORECASE,
)
_SAYS_HOW: Final = late_pattern(r".*(aggregat|statistic|stat|method|function|operation|kind|type|metric|scope).*|agg")
"""Columns, in letters alone, in which `total` says how a value was made."""


def subtotal_names(names: Iterable[str], all_names: Iterable[str]) -> list[str]:
    """Those of the names that are totals of others: `acme Total` where there is an `acme`, `Total (12 customers)`.

    names: those that `MAY_BE_SUBTOTAL` finds; `Total Energies` is a name where nothing is called `Energies`.
    """
    there = {name.strip().lower() for name in all_names}
    found = []
    for name in names:
        text = name.strip(" :*=")
        others = (match["name"].strip(" :*=").lower() for form in _OF_ANOTHER if (match := form.fullmatch(text)))
        if _COUNTED.fullmatch(text) or any(other in there for other in others):
            found.append(name)
    return found


def columns_of_totals(sample: Sample, read: Sequence[str]) -> tuple[str, ...]:
    """Columns of texts that are not read, and in which some rows say `Total`: those are sums over what the others say.

    read: the names that a mapping reads.
    """
    return tuple(name for name in sample.names if name not in read and _holds_totals(sample, name))


def _holds_totals(sample: Sample, name: str) -> bool:
    if _SAYS_HOW.fullmatch(letters(name)):
        return False
    texts = {text.strip(" :*=").lower() for text in sample.values(name)}
    return len(texts) > 1 and any("total" in text or "gesamt" in text for text in texts & _WORDS)


_WORDS: Final = frozenset(TOTAL_WORDS)
