"""Which 8-bit code page a text is written in, told from its words: the pages in which all of them could be words of a language.

A byte above 127 is another letter in each code page: 0xF8 is ø, ř or ш. A page explains a file where its letters are those
of a language, where no capital stands inside a word of small letters, and no sign inside a word. Pages that read all words
alike are one. Where several explain it, nothing decides, and it is asked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from commet_core.foundation.patterns import late_pattern

WINDOWS: Final = "Windows-1252"

WORDS_MAX: Final = 5_000
READINGS_MAX: Final = 5
EXAMPLE_LETTERS: Final = 24

WORD: Final = late_pattern(rb"[0-9A-Za-z\x80-\xff]*[\x80-\xff][0-9A-Za-z\x80-\xff]*")
"""Letters and digits, one of them at least beyond ASCII."""

_EUROPE: Final = ("àâæçéèêëîïôœùûüÿ", "äöüß", "áéíñóúüç", "àáâãçéêíóôõúü", "àéèìîòóùú", "äåöæøéü", "ëïéèêöüó", "áðéíóúýþæö")
"""French, German, Spanish, Portuguese, Italian, Nordic, Dutch, Icelandic."""
_CENTRE: Final = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľňóôšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "äöüß")
"""Polish, Czech, Slovak, Hungarian, Romanian, Croatian, German."""
_CYRILLIC: Final = (
    "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "абвгдежзийклмнопрстуфхцчшщьюяєіїґ",
    "абвгдежзиклмнопрстуфхцчшђјљњћџ",
)
"""Russian and Bulgarian, Ukrainian, Serbian."""
_GREEK: Final = ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ",)
_HEBREW: Final = ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",)
_ARABIC: Final = ("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئپچژگ",)
_USUAL: Final = (
    (WINDOWS, _EUROPE),
    ("Windows-1250", _CENTRE),
    ("ISO-8859-2", _CENTRE),
    ("Windows-1254", ("çğıöşüâîi̇", *_EUROPE)),
    ("Windows-1251", _CYRILLIC),
    ("KOI8-R", _CYRILLIC[:1]),
    ("Windows-1253", _GREEK),
    ("Windows-1255", _HEBREW),
    ("Windows-1256", _ARABIC),
)
_BALTIC: Final = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")
_RARER: Final = (
    ("Windows-1257", _BALTIC),
    ("Mac-Roman", _EUROPE),
    ("IBM850", _EUROPE),
    ("IBM852", _CENTRE),
    ("IBM866", _CYRILLIC),
    ("ISO-8859-5", _CYRILLIC),
)
"""Looked at where none of the usual ones explains a file."""
_OF_MANY_BYTES: Final = ("Shift_JIS", "GB18030", "Big5", "EUC-KR", "TIS-620")
"""Asked about always: nearly any bytes are words in one of them."""

_NO_WORD: Final = late_pattern(
    r"(?i:ń[aeiouyáéíóú]|ñ(?![aeiouáéíóú])|ã(?![oesiu]|$)|ă[oe]|õ(?!e)|è[aeiouyáéíóú]"
    r"|[aeiouyáéíóú]ø[aeiouyáéíóú]|(?<=[^\W_aeiouyáéěíóúůý])[čř](?=[^\W_aeiouyáéěíóúůý]))"
    r"|[^\W\d_a-zA-Z]{4}(?<=[À-ɏ]{4})|[ΆΈΉΊΌΎΏ][Α-Ω]|ς(?=\w)|[^\W\d_](?<![\u0000-\u024f])[a-zA-Z]|[a-zA-Z][^\W\d_](?<![\u0000-\u024f])"
    r"|[^\w\s\u0000-\u00a0‘’“”–—](?:[¹²³¼½¾]|[^\w\s\u0000-\u00a0‘’“”–—])"
)
"""What no language writes: ń before a vowel, ñ before none, č between two other consonants, four accents on end, two scripts in a word, two signs …"""
_INSIDE: Final = frozenset("’‘'`´·-–—‑™®©°&\xa0\xad")
"""What may stand between letters."""
_DRAWN: Final = frozenset(map(chr, range(0x2500, 0x2600)))
"""Lines and blocks of tables, where other code pages have a thousands separator: they stand in no word and no number."""
_NOT_IN_WINDOWS: Final = b"\x81\x8d\x8f\x90\x9d"
"""Bytes that Windows-1252 leaves out, and Latin-1 does not."""
_BEFORE: Final = _INSIDE | frozenset("¿¡“„«»‹›€§•‚…")


class CodePages(NamedTuple):
    """name: the code page, the likeliest where nothing decides. readings: (name, a word as it reads it) of all that may be
    meant then; none where it is decided.
    """

    name: str
    readings: tuple[tuple[str, str], ...] = ()


def known_pages() -> tuple[str, ...]:
    """The names of all that are looked for."""
    return (*(name for name, _ in (*_USUAL, *_RARER)), *_OF_MANY_BYTES)


def words_in(blocks: Iterable[bytes]) -> tuple[bytes, ...]:
    """The first words beyond ASCII, each once."""
    found: dict[bytes, None] = {}
    for block in blocks:
        found.update(dict.fromkeys(WORD.findall(block)))
        if len(found) >= WORDS_MAX:
            break
    return tuple(found)[:WORDS_MAX]


def code_page(words: Sequence[bytes]) -> CodePages:
    """The code page of a file with these words."""
    if not words:
        return CodePages(WINDOWS)
    for pages in (_USUAL, _RARER):
        if explaining := _different([name for name, languages in pages if _explains(name, languages, words)], words):
            break
    else:
        explaining = _of_several_languages(words)
    if not explaining or (len(explaining) == 1 and explaining[0] not in _OF_MANY_BYTES):
        return CodePages(explaining[0] if explaining else WINDOWS)
    return CodePages(explaining[0], _examples(explaining[:READINGS_MAX], words))


def _of_several_languages(words: Sequence[bytes]) -> list[str]:
    """The code pages that explain words of no single language; else all that can be meant."""
    joined = [(name, ("".join(languages),)) for name, languages in _USUAL]
    for looked_at in (words, [word.translate(None, _NOT_IN_WINDOWS) for word in words]):
        if explaining := [name for name, languages in joined if _explains(name, languages, looked_at)]:
            return _different([name for name in explaining if decoded(b"".join(words), name) is not None], words)
    many = [name for name in _OF_MANY_BYTES if _decodes(name, words)]
    return _different(many or [name for name, _ in _USUAL if _decodes(name, words)], words)


def decoded(word: bytes, name: str) -> str | None:
    """A word in an encoding; of Windows-1252 those letters too that it leaves out; None where it cannot be read so."""
    try:
        return word.decode(name)
    except UnicodeDecodeError:
        return word.decode("latin-1") if name == WINDOWS else None


def _decodes(name: str, words: Sequence[bytes]) -> bool:
    texts = [decoded(word, name) for word in words]
    return all(text is not None and not any(unicodedata.category(letter) == "Cc" for letter in text) for text in texts)


def _explains(name: str, languages: Sequence[str], words: Sequence[bytes]) -> bool:
    """Whether all the words are words in a code page, with letters of one of the languages."""
    used: set[str] = set()
    for word in words:
        text = decoded(word, name)
        if text is None or not _is_word(text):
            return False
        used.update(letter for letter in text.lower() if letter.isalpha() and not letter.isascii() and letter not in "ªºµ")
    return any(used <= set(letters) for letters in languages)


def _is_word(text: str) -> bool:
    """Whether letters, digits and signs stand as they may: no capital behind a small letter, no sign inside a word."""
    if _NO_WORD.search(text):
        return False
    for before, letter, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if letter.isascii():
            continue
        if letter.isalpha():
            if letter not in "ªºµ" and (before.isdigit() or after.isdigit()):
                return False
        elif not _may_stand(letter, before, after):
            return False
    return not any(a.islower() and b.isupper() and not (a + b).isascii() for a, b in pairwise(text))


def _may_stand(sign: str, before: str, after: str) -> bool:
    if unicodedata.category(sign) == "Cc" or (sign in _DRAWN and before.isalnum() and after.isalnum()):
        return False
    return not after.isalpha() or sign in (_INSIDE if before.isalnum() else _BEFORE)


def _different(names: Sequence[str], words: Sequence[bytes]) -> list[str]:
    """The names without those that read all words as one before them does."""
    found: dict[tuple[str | None, ...], str] = {}
    for name in names:
        found.setdefault(tuple(decoded(word, name) for word in words), name)
    return list(found.values())


def _examples(names: Sequence[str], words: Sequence[bytes]) -> tuple[tuple[str, str], ...]:
    """(name, a word) of each: the longest of those that they all read otherwise, else that most do."""
    kinds = {word: len({decoded(word, name) for name in names}) for word in words}
    best = max(words, key=lambda word: (kinds[word], min(len(word), EXAMPLE_LETTERS)))
    return tuple((name, (decoded(best, name) or "")[:EXAMPLE_LETTERS]) for name in names)
