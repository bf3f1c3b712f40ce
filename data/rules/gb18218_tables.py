"""The tables of GB 18218-2018 (危险化学品重大危险源辨识, in force since 2019-03-01) as versioned data, and finding a row in them.

The files stand in ``data/rules/gb18218_2018``: facts of the standard only. Tables 3–6 are as its text has them; tables 1 and 2 as
two independent public transcriptions agree, with every CAS number's check digit right. Which class of table 4 a substance of
table 1 most likely has is derived, not stated there: such proposals are marked ``to verify`` and never used by themselves.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

STANDARD = "GB 18218-2018"
EDITION = 1  # of the transcription: counted up with every correction of a file
FOLDER = Path(__file__).parent / "gb18218_2018"
TO_VERIFY = "待核实"
MOST_NEAR = 5


class Listed(NamedTuple):
    """A row of table 1. ``critical_t`` in tonnes; ``table3_name`` is its entry in table 3, if any; ``likely_classes`` are
    proposals for table 4. What ``is_derived`` has to be verified by whoever uses it."""

    row: int
    name: str
    aliases: tuple[str, ...]
    cas: str
    critical_t: Decimal
    table3_name: str
    likely_classes: tuple[str, ...]
    is_derived: bool


class HazardClass(NamedTuple):
    """A row of table 2 with its β of table 4. ``critical_t`` in tonnes."""

    symbol: str
    hazard: str
    condition: str
    critical_t: Decimal
    beta: Decimal

    @property
    def words(self) -> str:
        return f"{self.hazard}（{self.condition}）"


class Alpha(NamedTuple):
    """A row of table 5: people within 500 m outside the boundary, both ends included."""

    least: int
    most: int | None
    value: Decimal


class Grade(NamedTuple):
    """A row of table 6: R from ``least`` (included) to ``below`` (not included)."""

    level: int
    word: str
    least: Decimal | None
    below: Decimal | None


def _rows(number: int) -> list[dict[str, str]]:
    with (FOLDER / f"table{number}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


@cache
def table1() -> tuple[Listed, ...]:
    """The 85 named substances."""
    return tuple(
        Listed(int(one["row"]), one["name"], _parts(one["aliases"]), one["cas"], Decimal(one["critical_t"]), one["table3_name"], _parts(one["likely_classes"]), bool(one["likely_certainty"]))
        for one in _rows(1)
    )


@cache
def table2() -> dict[str, HazardClass]:
    """The 24 classes by symbol, with β of table 4."""
    betas = {one["symbol"]: Decimal(one["beta"]) for one in _rows(4)}
    return {one["symbol"]: HazardClass(one["symbol"], one["hazard"], one["condition"], Decimal(one["critical_t"]), betas[one["symbol"]]) for one in _rows(2)}


@cache
def table3() -> dict[str, Decimal]:
    """β of the 14 named toxic gases."""
    return {one["name"]: Decimal(one["beta"]) for one in _rows(3)}


@cache
def table5() -> tuple[Alpha, ...]:
    return tuple(Alpha(int(one["people_least"]), int(one["people_most"]) if one["people_most"] else None, Decimal(one["alpha"])) for one in _rows(5))


@cache
def table6() -> tuple[Grade, ...]:
    """The four levels, the gravest first."""
    return tuple(Grade(int(one["level"]), one["word"], *(Decimal(one[name]) if one[name] else None for name in ("r_least", "r_below"))) for one in _rows(6))


@cache
def version() -> str:
    """Which standard and which transcription of it: kept with every result. The last part is a digest of the files."""
    content = b"".join((FOLDER / f"table{number}.csv").read_bytes() for number in range(1, 7))
    return f"{STANDARD} 数据第{EDITION}版 {hashlib.sha256(content).hexdigest()[:8]}"


def _plain(text: str) -> str:
    """A name as it is compared: half-width signs, no spaces, capitals."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


@cache
def _by_name() -> dict[str, tuple[Listed, ...]]:
    found: dict[str, list[Listed]] = {}
    for one in table1():
        for name in {_plain(name) for name in (one.name, *one.aliases, *_parts(one.cas))}:
            found.setdefault(name, []).append(one)
    return {name: tuple(rows) for name, rows in found.items()}


def named(name: str) -> tuple[Listed, ...]:
    """The rows of table 1 with this name, other name or CAS number; several where the standard distinguishes by content."""
    return _by_name().get(_plain(name), ())


def narrowed(name: str) -> tuple[Listed, ...]:
    """The rows that begin with the name and then narrow it, such as 甲醛(含量>90%)."""
    return tuple(one for one in table1() if name and one.name.startswith((f"{name}(", f"{name}[")))


def near(name: str) -> list[Listed]:
    """Rows that may be meant by a name that table 1 does not have, the likeliest first."""
    plain = _plain(name)
    if not plain:
        return []
    inside = [one for known, rows in _by_name().items() if plain in known or (len(known) > 1 and known in plain) for one in rows]
    alike = [one for known in difflib.get_close_matches(plain, _by_name(), MOST_NEAR, 0.5) for one in _by_name()[known]]
    return list({one.row: one for one in (*inside, *alike)}.values())[:MOST_NEAR]


def row_words(rows: Sequence[Listed]) -> str:
    """Rows as they are offered: 第8行 甲醛(含量>90%)、…"""
    return "、".join(f"第{one.row}行 {one.name}" for one in rows)
