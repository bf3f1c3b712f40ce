"""Which three things of a day are told first: by their consequence, then by how long they are over or last. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MOST = 3
# From the gravest consequence on; what a candidate is called, and why it stands there.
RANKS = {
    "alarm": (1, "紧急报警", "紧急报警未关闭"),
    "major": (1, "重大隐患", "重大隐患整改超期"),
    "zone": (2, "重大风险", "风险区域为重大风险"),
    "danger": (3, "隐患超期", "超期最久的一般隐患"),
    "due": (3, "重大危险源", "重大危险源事项过期最久"),
    "ended": (4, "紧急报警", "当日持续最久的紧急报警，已关闭"),
    "missed": (5, "漏检", "当日漏检最多的企业"),
}
RULE = "按后果分级（紧急报警、重大隐患超期 → 重大风险区域 → 一般隐患和重大危险源事项超期 → 已关闭的紧急报警 → 漏检），同级先报超期或持续最久的；同类先取一件，不足三件再补。"


class Candidate(NamedTuple):
    """One thing that might be told. ``kind`` is of RANKS, ``hours`` how long it is over or lasts (of missed inspections their number)."""

    kind: str
    hours: float
    title: str
    about: str
    href: str
    act: str
    who: str = ""
    phone: str = ""

    @property
    def rank(self) -> int:
        return RANKS[self.kind][0]

    @property
    def word(self) -> str:
        return RANKS[self.kind][1]

    @property
    def reason(self) -> str:
        return RANKS[self.kind][2]


def first_of(candidates: Iterable[Candidate], most: int = MOST) -> list[Candidate]:
    """The most important ones, the gravest first; the same for the same candidates in whatever order they come."""
    ordered = sorted(candidates, key=lambda one: (one.rank, -one.hours, one.kind, one.title, one.href))
    heads: list[Candidate] = []
    for one in ordered:
        if one.word not in {head.word for head in heads}:
            heads.append(one)
    further = [one for one in ordered if one not in heads]
    return sorted([*heads, *further][:most], key=ordered.index)
