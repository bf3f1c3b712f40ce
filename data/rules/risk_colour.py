"""The colour of a zone from what is the case in it, with the reasons: 重大 红, 较大 橙, 一般 黄, 低 蓝.

Pure: contributions and rules in, level and reasons out; no database, no clock. That an area has at least the colour of its gravest
event is common practice; how far alarms, dangers and inspections raise it differs by province, so it stands in a table of rules
with a version that a park changes, not here.

Every contribution leads to a level by itself, and the zone has the worst of them. So a further contribution never makes it
milder, their order is of no matter, and the reasons of a colour are exactly those that lead to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from data.choices import Choice

MAJOR, GREAT, GENERAL, LOW = 1, 2, 3, 4

RISK_LETTERS = {MAJOR: "重", GREAT: "较", GENERAL: "般", LOW: "低"}


class Kind(NamedTuple):
    """What may contribute. A threshold of a rule is a number of such things where they are ``is_counted``, else how long one
    has lasted, in ``unit``."""

    code: str
    word: str
    unit: str
    is_counted: bool = False


KINDS = (
    Kind("event", "风险事件", "分钟"),
    Kind("alarm_1", "紧急报警", "分钟"),
    Kind("alarm_2", "重要报警", "分钟"),
    Kind("alarm_3", "一般报警", "分钟"),
    Kind("silent", "数据停更", "分钟"),
    Kind("measure", "自动管控措施失效", "分钟"),
    Kind("danger_major", "重大隐患未整改", "天"),
    Kind("danger_major_over", "重大隐患超期", "天"),
    Kind("danger_general", "一般隐患未整改", "项", is_counted=True),
    Kind("danger_general_over", "一般隐患超期", "天"),
    Kind("missed", "巡检漏检", "次", is_counted=True),
)
KIND = {kind.code: kind for kind in KINDS}
KIND_CHOICES = tuple(Choice(kind.code, kind.word) for kind in KINDS)
_LENGTH = {"分钟": timedelta(minutes=1), "天": timedelta(days=1)}


class Contribution(NamedTuple):
    """One thing that is the case in a zone from ``begins`` until ``until`` (None: still). ``key`` names its record
    (``alarm:12``); ``level`` is that of a risk event, 1 to 4, and of no matter for other kinds."""

    kind: str
    key: str
    begins: datetime
    title: str
    detail: str = ""
    level: int = LOW
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.begins <= at and (self.until is None or at < self.until)


class Rule(NamedTuple):
    """What a kind of contribution does from a threshold on; ``effect`` is one of ``choices.RISK_EFFECTS``."""

    kind: str
    threshold: int
    effect: str


class Reason(NamedTuple):
    """A contribution and the level to which it leads; ``effect`` is that of the rule which did, "none" where none applied."""

    contribution: Contribution
    level: int
    effect: str


class Assessment(NamedTuple):
    level: int
    reasons: tuple[Reason, ...]  # gravest first, risk events after what happened, then oldest

    @property
    def signature(self) -> tuple[tuple[str, str, int], ...]:
        """What makes two assessments different for people: which contributions, and what each leads to."""
        return tuple((one.contribution.kind, one.contribution.key, one.level) for one in self.reasons)


# How a park begins. An administrator changes them on a screen.
FIRST_RULES = (
    Rule("event", 0, "own"),
    Rule("alarm_1", 0, "to_1"),
    Rule("alarm_2", 0, "by_1"),
    Rule("alarm_2", 60, "to_2"),
    Rule("alarm_3", 0, "to_3"),
    Rule("silent", 10, "to_3"),
    Rule("measure", 0, "by_1"),
    Rule("danger_major", 0, "to_2"),
    Rule("danger_major_over", 0, "to_1"),
    Rule("danger_general", 5, "to_3"),
    Rule("danger_general_over", 0, "to_3"),
    Rule("danger_general_over", 30, "to_2"),
    Rule("missed", 1, "to_3"),
    Rule("missed", 5, "by_1"),
)


def assess(contributions: Iterable[Contribution], rules: Sequence[Rule], at: datetime) -> Assessment:
    """The level of a zone at an instant and why. What does not hold then is left out; the same thing counts once."""
    present = {(one.kind, one.key): one for one in contributions if one.holds(at)}.values()
    numbers = Counter(one.kind for one in present)
    of_kind: dict[str, list[Rule]] = {}
    for rule in rules:
        of_kind.setdefault(rule.kind, []).append(rule)
    base = min((one.level for one in present if one.kind == "event"), default=LOW)
    reasons = [_reason(one, of_kind.get(one.kind, []), numbers[one.kind], base, at) for one in present]
    reasons.sort(key=_weight)
    return Assessment(min((one.level for one in reasons), default=LOW), tuple(reasons))


def _weight(one: Reason) -> tuple[int, bool, datetime, str, str]:
    """The gravest first; of equal ones what happened before what always was, then the oldest."""
    of = one.contribution
    return one.level, of.kind == "event", of.begins, of.kind, of.key


def instants(contributions: Iterable[Contribution], rules: Sequence[Rule], start: datetime, end: datetime) -> list[datetime]:
    """The instants from ``start`` until before ``end`` at which an assessment may change, ``start`` first."""
    found = {start}
    for one in contributions:
        found |= {one.begins, *([one.until] if one.until else [])}
        found |= {one.begins + _lasting(rule) for rule in rules if rule.kind == one.kind}
    return sorted(at for at in found if start <= at < end)


def _reason(one: Contribution, rules: Sequence[Rule], number: int, base: int, at: datetime) -> Reason:
    applied = [(_level(rule.effect, one.level, base), rule.effect) for rule in rules if _applies(rule, one, number, at)]
    level, effect = min(applied, default=(LOW, "none"))
    return Reason(one, level, effect)


def _applies(rule: Rule, one: Contribution, number: int, at: datetime) -> bool:
    if KIND[rule.kind].is_counted:
        return number >= rule.threshold
    return at - one.begins >= _lasting(rule)


def _lasting(rule: Rule) -> timedelta:
    return rule.threshold * _LENGTH.get(KIND[rule.kind].unit, timedelta())


def _level(effect: str, own: int, base: int) -> int:
    if effect == "own":
        return own
    way, _, figure = effect.partition("_")
    if way == "to":
        return int(figure)
    return max(MAJOR, base - int(figure)) if way == "by" else LOW
