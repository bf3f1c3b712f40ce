"""How grave an incident is, and which step may follow which. Pure: no clock, no database.

Levels: 生产安全事故报告和调查处理条例 (国务院令第493号) art. 3: the highest level that any of its columns gives; 以上 includes the figure, 以下 does
not. 较大涉险事故: 生产安全事故信息报告和处置办法 (总局令第21号) art. 26.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LEVEL_SOURCE = "国务院令第493号第三条"
GRAVE_SOURCE = "总局令第21号第二十六条"
# The least of each level, from the gravest on: dead, seriously injured, direct loss in 万元.
_LEAST = ((1, 30, 100, 10_000.0), (2, 10, 50, 5_000.0), (3, 3, 10, 1_000.0))
GRAVE_ENDANGERED, GRAVE_LOST, GRAVE_EVACUATED = 10, 3, 500


class Harm(NamedTuple):
    """What came of an incident so far; ``loss`` in 万元."""

    dead: int = 0
    serious: int = 0
    minor: int = 0
    missing: int = 0
    trapped: int = 0
    endangered: int = 0
    evacuated: int = 0
    loss: float | None = None

    @property
    def words(self) -> str:
        """死亡 1 人、疏散 126 人; 暂无伤亡报告 when nothing is known."""
        named = (("死亡", self.dead), ("重伤", self.serious), ("轻伤", self.minor), ("失踪", self.missing), ("被困", self.trapped), ("涉险", self.endangered), ("疏散", self.evacuated))
        found = [f"{name} {number} 人" for name, number in named if number]
        return "、".join(found) or "暂无伤亡报告"


def accident_level(harm: Harm) -> int | None:
    """1 特别重大 … 4 一般; None while nobody died or was seriously injured and no loss is known."""
    for level, dead, serious, loss in _LEAST:
        if harm.dead >= dead or harm.serious >= serious or (harm.loss or 0) >= loss:
            return level
    return 4 if harm.dead or harm.serious or harm.loss else None


def is_grave(harm: Harm, *, is_critical: bool = False) -> bool:
    """Whether it counts as 较大涉险: many people in danger, missing or moved out, or what must not be lost."""
    return is_critical or harm.endangered >= GRAVE_ENDANGERED or harm.missing + harm.trapped >= GRAVE_LOST or harm.evacuated >= GRAVE_EVACUATED


class Move(NamedTuple):
    """One step: from which states, to which, and which fields it cannot do without."""

    key: str
    label: str
    sources: tuple[str, ...]
    target: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


# The one place that knows the way of an incident: 接报 → 核实 → 处置 → 结束 → 评估归档, and out of it what was none.
MOVES: Mapping[str, Move] = {
    one.key: one
    for one in (
        Move("verify", "核实属实", ("received",), "verified", ("level",), ("level",)),
        Move("dismiss", "排除（误报、重复）", ("received",), "void", ("words",)),
        Move("respond", "启动响应", ("verified",), "responding", ("response_level", "commander"), ("response_level", "commander")),
        Move("end", "结束事件", ("verified", "responding"), "ended", ("words",)),
        Move("archive", "评估归档", ("ended",), "archived", ("cause", "review", "lessons"), ("cause", "review", "lessons")),
    )
}
STEPS = (("received", "接报"), ("verified", "核实"), ("responding", "处置"), ("ended", "结束"), ("archived", "评估归档"))


def next_moves(state: str) -> list[Move]:
    """The steps that may be taken from the state."""
    return [one for one in MOVES.values() if state in one.sources]


def why_not_move(state: str, key: str, state_words: str) -> str:
    """Why this step cannot be taken now, in words; empty when it can."""
    move = MOVES.get(key)
    if move is None:
        return "没有这一步骤，请刷新页面。"
    if state in move.sources:
        return ""
    return f"事件现在“{state_words}”，不能“{move.label}”。"
