"""未整改隐患管理: what is not put right yet, by what remains until the deadline (seed manual 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, Head
from data import danger_lists
from data.choices import Choice
from data.choices.dangers import HIDDEN_STATES
from data.models import HiddenDanger
from data.rules.deadlines import NEAR_DAYS, span
from data.viewer import Viewer
from data.workflow.registry import workflows
from pages.dangers import declaring

BANDS = (Choice("over", "已超期", "danger"), Choice("near", f"{NEAR_DAYS} 天内到期", "warn"), Choice("far", f"{NEAR_DAYS} 天以上", "ok"), Choice("none", "未定期限"))


def _days(words: str, days: int | None) -> str:
    return f"{words} {days:,} 天" if days is not None else ""


def heads(session: Session, viewer: Viewer, wanted: Select[Any]) -> Sequence[Head]:
    """All, over, near and far; each counts exactly the rows that a click leaves."""
    found = danger_lists.figures(session, wanted, declaring.today())
    over, near, far = (found.bands[key] for key in ("over", "near", "far"))
    rest = f"，未定期限 {found.without:,}" if found.without else ""
    return (
        Head("", "全部未整改", found.rows, "primary", notes=(f"重大 {found.major:,}", f"一般 {found.rows - found.major:,}{rest}")),
        Head("over", "已超期", over.rows, "danger", notes=(_days("最长", over.days), f"涉及 {over.enterprises:,} 家")),
        Head("near", BANDS[1].word, near.rows, "warn", notes=(f"本周 {found.this_week:,} 条", f"涉及 {near.enterprises:,} 家")),
        Head("far", BANDS[2].word, far.rows, "ok", notes=(_days("平均剩", far.days), f"涉及 {far.enterprises:,} 家")),
    )


def open_states(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The states in which a danger is not put right yet."""
    ends = {node.key for flow in workflows().values() if flow.model is HiddenDanger for node in flow.nodes if node.is_end}
    return [one for one in HIDDEN_STATES if one.code not in ends | {"draft"}]


UNRECTIFIED = Resource(
    key="dangers_unrectified",
    model=HiddenDanger,
    path="/dangers/unrectified",
    title="未整改隐患管理",
    short="未整改隐患",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    icon="exclamation-triangle",
    sort="deadline_on",
    placeholder=declaring.KEYWORD,
    only=danger_lists.OPEN,
    heads=heads,
    head_filter="deadline_on",
    edge=declaring.edge,
    work_page=declaring.work_page,
    columns=(
        declaring.LEFT,
        declaring.DEADLINE,
        declaring.LEVEL,
        declaring.NAME,
        declaring.FIRM,
        declaring.PLACE,
        declaring.PERSON,
        declaring.PHONE,
        declaring.STATE,
        Column("step", "当前办理", width=200, figures=declaring.stands, is_sortable=False, is_shown=False),
        Column("found_on", width=110, is_shown=False),
        Column("kind", width=80, is_shown=False),
        Column("source", width=110, is_shown=False),
        Column("number", width=150, is_sortable=False, is_shown=False),
    ),
    filters=(
        *declaring.OF_FIRM,
        Filter("deadline_on", "剩余时间", options=lambda session, viewer: BANDS, meaning=lambda code: span(code, declaring.today())),
        Filter("state", options=open_states),
        Filter("kind"),
        Filter("source"),
        Filter("found_on"),
    ),
    tags=("level", "state"),
    subtitle=declaring.subtitle,
    facts=declaring.FACTS,
    rail=declaring.rail,
    actions=(declaring.URGE,),
    empty_title="没有未整改的隐患",
    empty_text="隐患登记或上报后，在整改销号前都列在这里。",
)
