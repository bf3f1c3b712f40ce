"""What a key in a gateway's message probably measures: quantity, unit, range and tank. Pure, a proposal for a form only.

Letters are those of instrument tags (ISA-5.1: LT, TT, PT, AT) and of the indicator codes in the access of major hazards
(WD 温度, YL 压力, YW 液位, KRQT 可燃气体, YDQT 有毒气体).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from data.choices import word
from data.choices.monitoring import QUANTITIES


class Kind(NamedTuple):
    """A quantity with the letters of its tags, its usual unit and range."""

    quantity: str
    suffix: str
    unit: str
    low: float
    high: float
    signs: frozenset[str]
    words: tuple[str, ...]


KINDS = (
    Kind("combustible", "GT", "%LEL", 0, 100, frozenset({"krqt", "lel", "gt"}), ("可燃", "combust", "flamm")),
    Kind("toxic", "GT", "ppm", 0, 100, frozenset({"ydqt", "h2s", "nh3", "co", "cl2", "so2", "ppm"}), ("有毒", "toxic", "毒")),
    Kind("oxygen", "OT", "%VOL", 0, 30, frozenset({"o2", "ot"}), ("氧", "oxygen")),
    Kind("level", "LT", "m", 0, 15, frozenset({"yw", "lt", "li", "lia", "lit", "lica", "level", "lev", "lvl"}), ("液位", "level", "料位")),
    Kind("temperature", "TT", "℃", -50, 200, frozenset({"wd", "tt", "ti", "te", "tia", "tit", "tica", "temp"}), ("温度", "temperature", "temp")),
    Kind("pressure", "PT", "MPa", 0, 2.5, frozenset({"yl", "pt", "pi", "pia", "pit", "pica", "press"}), ("压力", "pressure", "press")),
)
_CODE_24 = re.compile(r"\d{12,}[0-9A-Za-z]*?(WD|YL|YW|KRQT|YDQT|QT)\d{3}$")


class Guess(NamedTuple):
    """A proposal; ``quantity`` and ``tank`` (index among the codes given) are empty and None where nothing speaks for one."""

    quantity: str
    suffix: str
    unit: str
    low: float | None
    high: float | None
    tank: int | None


def guess(key: str, tank_codes: Sequence[str]) -> Guess:
    """What ``key`` probably measures, and on which of the tanks."""
    kind = _kind(key)
    tank = _tank(key, tank_codes)
    if kind is None:
        return Guess("", "", "", None, None, tank)
    return Guess(kind.quantity, kind.suffix, kind.unit, kind.low, kind.high, tank)


def name_of(key: str, tank_title: str, quantity: str) -> str:
    """A name for the point: V-101 甲醇储罐 液位, or what stands last in the key."""
    what = word(QUANTITIES, quantity) if quantity else last_part(key)
    return f"{tank_title} {what}".strip()[:100]


def last_part(key: str) -> str:
    """What stands behind the last slash or dot of the key."""
    return re.split(r"[/.]", key.rstrip("/."))[-1] or key


def _kind(key: str) -> Kind | None:
    found = _CODE_24.search(key)
    tokens = [found.group(1).lower()] if found else _tokens(key)
    if tokens == ["qt"]:
        tokens = ["krqt"]
    for token in reversed(tokens):  # the end of a key says what it is, the beginning where
        exact = next((kind for kind in KINDS if token in kind.signs), None)
        if exact is not None:
            return exact
    whole = key.lower()
    return next((kind for kind in KINDS if any(each in whole for each in kind.words)), None)


def _tokens(key: str) -> list[str]:
    """LIA_V101.levelMax as lia, v101, v, level, max; H2S stays whole."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
    words = [one.lower() for one in re.findall(r"[A-Za-z0-9]+", apart)]
    return [each for one in words for each in (one.rstrip("0123456789"), one)]


def _tank(key: str, codes: Sequence[str]) -> int | None:
    """The tank whose code, without signs, stands in the key; the longest where several do."""
    plain = re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", key.lower())
    fitting = [
        (len(code), place)
        for place, code in enumerate(re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", one.lower()) for one in codes)
        if code and re.search(rf"{re.escape(code)}(?!\d)", plain)
    ]
    return max(fitting)[1] if fitting else None
