"""What some people of the demo park have subscribed to, so that their homes show what a home shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data.models import Subscription, User
from data.rules.subscriptions import Timing, next_slot
from data.settings import Settings
from data.subscriptions.content import BOARD_PATH, What, content
from data.viewers import viewer_from

DANGERS, DANGER_PATH = "双重预防 / 隐患排查治理 · 统计分析", "/dangers/statistics"
FIGURES = "决策分析 / 每日看板"
# (who, what it is called, of what, its module, when)
ROWS: tuple[tuple[str, str, What, str, dict[str, Any]], ...] = (
    ("leader", "每日看板", What("board", "daily", {}, BOARD_PATH), FIGURES, {"schedule": "daily", "hour": 8}),
    ("leader", "未关闭报警", What("figure", "alarm-open", {}, BOARD_PATH), FIGURES, {"schedule": "daily", "hour": 8}),
    ("leader", "月度隐患趋势", What("statistic", "danger-month", {"of": "danger-month"}, DANGER_PATH), DANGERS, {"schedule": "monthly", "hour": 9}),
    ("leader", "属地上报率", What("statistic", "danger-report-place", {"of": "danger-report-place"}, DANGER_PATH), DANGERS, {"schedule": "weekly", "hour": 9}),
    ("leader", "超期隐患达到 40 条", What("figure", "danger-late", {}, BOARD_PATH), FIGURES, {"schedule": "change", "rule": "rise", "bound": 40}),
    ("officer", "各属地企业规模", What("statistic", "enterprise-scale", {"of": "enterprise-scale", "form": "pie"}, "/enterprises/statistics"), "综合监管 / 一企一档 · 企业信息统计", {"schedule": "weekly", "hour": 8}),
    ("officer", "属地隐患", What("statistic", "danger-place", {"of": "danger-place"}, DANGER_PATH), DANGERS, {"schedule": "daily", "hour": 8}),
    ("officer", "新增报警", What("figure", "alarm", {}, BOARD_PATH), FIGURES, {"schedule": "daily", "hour": 8}),
)


def enter_subscriptions(session: Session, settings: Settings, now: datetime) -> None:
    """Enter them as begun ``now``: what is told first is compared with what is the case then."""
    people = {user.username: user for user in session.scalars(select(User).where(User.username.in_({row[0] for row in ROWS}))).unique()}
    rows: list[dict[str, Any]] = []
    for who, title, what, module, when in ROWS:
        place = 1 + sum(row["user_id"] == people[who].id for row in rows)
        told = content(session, viewer_from(people[who]), what._replace(schedule=when["schedule"]), now)
        due = now if when["schedule"] == "change" else next_slot(Timing(when["schedule"], when["hour"]), now, ZoneInfo(settings.time_zone))
        beyond = when.get("rule") == "rise" and (told.value or 0) >= when["bound"]
        plain = {"user_id": people[who].id, "title": title, "kind": what.kind, "key": what.key, "query": dict(what.query), "path": what.path, "module": module, "position": place}
        rows.append({"hour": 8, "rule": None, "bound": None, **plain, **when, "next_at": due, "seen": told.seen.plain(), "is_beyond": beyond})
    session.execute(insert(Subscription), rows)
