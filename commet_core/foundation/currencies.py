"""The currencies of ISO 4217 that are in use, and how many decimals their amounts have."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

DECIMALS_USUAL: Final = 2
CODE_LETTERS_LOOKED_AT: Final = 8

# fmt: off
_DECIMALS: Final = {
    0: "bif clp djf gnf isk jpy kmf krw mga pyg rwf ugx uyi vnd vuv xaf xof xpf",
    3: "bhd iqd jod kwd lyd omr tnd",
    4: "clf uyw",
    DECIMALS_USUAL: (
        "aed afn all amd aoa ars aud awg azn bam bbd bdt bmd bnd bob bov brl bsd btn bwp byn bzd cad cdf che chf chw cny cop cou "
        "crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes "
        "kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mru mur mvr mwk mxn mxv myr mzn nad ngn nio nok npr nzd "
        "pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top try "
        "ttd twd tzs uah usd usn uyu uzs ved ves wst xcd xcg yer zar zmw zwg"
    ),
}
# fmt: on
CURRENCY_DECIMALS: Final = {code: decimals for decimals, codes in _DECIMALS.items() for code in codes.split()}
"""Code in lower case → decimals of an invoice amount (billing-rules 1.3). The ariary (mga) is billed in whole units."""

SYMBOLS: Final = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "krw": "₩", "inr": "₹", "brl": "R$"}

_OFTEN_MEANT: Final = {
    "btc": "usd",
    "eth": "usd",
    "usdt": "usd",
    "usdc": "usd",
    "rmb": "cny",
    "hrk": "eur",
    "bgn": "eur",
    "ang": "xcg",
    "dollars": "usd",
    "dollar": "usd",
    "euro": "eur",
    "euros": "eur",
    "yen": "jpy",
    "pounds": "gbp",
}


def currency_fix(code: str) -> str:
    """What to write in place of a code that is no currency."""
    asked = code.strip().lower()[:CODE_LETTERS_LOOKED_AT]
    meant = _OFTEN_MEANT.get(asked)
    near = [meant] if meant else get_close_matches(asked, CURRENCY_DECIMALS, n=3, cutoff=0.6)
    usual = " or ".join(near) if near else "usd, eur or jpy"
    return f"Use the code of the currency that you bill in, such as {usual}"
