"""作业条件危险性评价 D = L × E × C and the four bands of risk, with the working.

Factor tables after Graham and Kinney, bands after the usual national convention: both from memory, so screens show them as 待核实.
``VERSION`` is kept with every assessment.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from data.choices import Choice, word
from data.choices.risks import RISK_LEVELS

VERSION = "LEC 法 数据第1版（因素取值、分级界限待核实）"
LIKELIHOOD = (
    Choice("10", "10 完全可以预料"),
    Choice("6", "6 相当可能"),
    Choice("3", "3 可能，但不经常"),
    Choice("1", "1 可能性小，完全意外"),
    Choice("0.5", "0.5 很不可能，可以设想"),
    Choice("0.2", "0.2 极不可能"),
    Choice("0.1", "0.1 实际不可能"),
)
EXPOSURE = (
    Choice("10", "10 连续暴露"),
    Choice("6", "6 每天工作时间内暴露"),
    Choice("3", "3 每周一次或偶然暴露"),
    Choice("2", "2 每月一次暴露"),
    Choice("1", "1 每年几次暴露"),
    Choice("0.5", "0.5 非常罕见暴露"),
)
CONSEQUENCE = (
    Choice("100", "100 大灾难，死亡 10 人以上"),
    Choice("40", "40 灾难，死亡 3–9 人"),
    Choice("15", "15 非常严重，死亡 1–2 人"),
    Choice("7", "7 严重，重伤"),
    Choice("3", "3 重大，致残或轻伤"),
    Choice("1", "1 引人注目，需要救护"),
)
# D above which a level of ``RISK_LEVELS`` begins; the limit itself belongs to the milder one.
BANDS = ((1, Decimal(320)), (2, Decimal(160)), (3, Decimal(70)))


class Event(NamedTuple):
    """What may happen, with the codes of its factors."""

    name: str
    likelihood: str
    exposure: str
    consequence: str


class Outcome(NamedTuple):
    """The gravest D, its level 1–4, and a line for every event and the conclusion."""

    score: Decimal
    level: int
    working: tuple[str, ...]


def score_of(event: Event) -> Decimal:
    """D of one event."""
    return Decimal(event.likelihood) * Decimal(event.exposure) * Decimal(event.consequence)


def level_of(score: Decimal) -> int:
    """1 重大, 2 较大, 3 一般 or 4 低."""
    return next((level for level, above in BANDS if score > above), 4)


def assess(events: Sequence[Event]) -> Outcome:
    """The outcome of at least one event: the gravest decides."""
    scores = [score_of(one) for one in events]
    lines = [f"{one.name}：D = L × E × C = {one.likelihood} × {one.exposure} × {one.consequence} = {_figure(score)}，{_level(score)}" for one, score in zip(events, scores, strict=True)]
    highest = max(scores)
    lines.append(f"取最高 D = {_figure(highest)}，{_band(level_of(highest))}，为{_level(highest)}")
    return Outcome(highest, level_of(highest), tuple(lines))


def _level(score: Decimal) -> str:
    return f"{word(RISK_LEVELS, level_of(score))}风险"


def _band(level: int) -> str:
    above = next((f"D > {limit}" for one, limit in BANDS if one == level), "")
    milder = next((f"D ≤ {limit}" for one, limit in BANDS if one == level - 1), "")
    return "，".join(one for one in (above, milder) if one)


def _figure(score: Decimal) -> str:
    return f"{score:,.10g}" if score % 1 else f"{score:,.0f}"
