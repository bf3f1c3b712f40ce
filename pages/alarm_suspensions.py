"""报警抑制: which points raise no alarms for a time, until when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, FormField
from data import suspensions
from data.choices import Choice
from data.errors import Invalid
from data.models import AlarmSuspension, Enterprise, Point, User
from data.query import visible
from data.viewer import Viewer


def points(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The points that the viewer sees, with their enterprise."""
    wanted = visible(Point, viewer).join(Enterprise, Enterprise.id == Point.enterprise_id)
    rows = session.execute(wanted.with_only_columns(Point.id, Point.code, Point.name, Enterprise.short_name).order_by(Enterprise.short_name, Point.code))
    return [Choice(str(key), f"{name}（{code}，{firm}）") for key, code, name, firm in rows]


def _store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> AlarmSuspension:
    if record is not None:
        raise Invalid("抑制不能修改，请解除后重新设置。")
    return suspensions.suspend(session, viewer, values["point_id"], values["until"], values["reason"])


def _end(session: Session, viewer: Viewer, suspension: AlarmSuspension, values: Mapping[str, Any]) -> str:
    suspensions.end(session, viewer, suspension)
    return f"{suspension.point.name}已恢复报警。"


def _is_active(suspension: AlarmSuspension) -> bool:
    return suspension.until > datetime.now(UTC)


def _state(suspension: AlarmSuspension) -> Choice:
    if _is_active(suspension):
        return Choice("active", "抑制中", "warn")
    return Choice("ended", "已提前解除" if suspension.ended_by_id else "已到期", "stale")


def _people(session: Session, viewer: Viewer, rows: Sequence[Any]) -> dict[int, Choice]:
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_({row.created_by_id for row in rows}))).all())
    return {row.id: Choice("", names.get(row.created_by_id, "系统")) for row in rows}


SUSPENSIONS = Resource(
    key="alarm_suspension",
    model=AlarmSuspension,
    path="/alarm-suspensions",
    title="报警抑制",
    permission="alarm.view",
    module="监测预警",
    group="报警管理",
    icon="bell-slash",
    sort="-until",
    placeholder="测点、原因",
    columns=(
        Column("point.name", label="监测点"),
        Column("point.code", label="编码", width=150),
        Column("enterprise.short_name", label="企业", width=120),
        Column("state", label="状态", look="tag", width=110, show=_state, is_sortable=False),
        Column("created_at", label="开始", width=130),
        Column("until", label="抑制至", width=130),
        Column("person", label="设置人", width=90, figures=_people, is_sortable=False),
        Column("reason"),
    ),
    heading=lambda suspension: suspension.point.name,
    tags=(Fact("state", "状态", _state),),
    subtitle=lambda suspension: (suspension.point.code, suspension.enterprise.name),
    facts={"抑制": ("created_at", "until", "reason")},
    form={"抑制": (FormField("point_id", options=points), "until", FormField("reason", is_long=True))},
    edit_permission="alarm.suspend",
    can_add=True,
    is_final=True,
    can_edit=lambda viewer, suspension: "抑制不能修改，请解除后重新设置。",
    store=_store,
    save_label="抑制报警",
    save_note="抑制期间数据照常入库，不产生新报警；到时自动恢复，仍越限的随下一个数据报警。",
    actions=(
        Action(
            "end",
            "解除抑制",
            "alarm.suspend",
            _end,
            lambda suspension: f"{suspension.point.name}将立即恢复报警，仍越限的随下一个数据报警。",
            icon="bell",
            when=_is_active,
            is_in_row=True,
        ),
    ),
    empty_title="没有抑制的监测点",
    empty_text="仪表校验、检修等期间可抑制一个监测点的报警；到设定的时间自动恢复。",
)

PAGES = SUSPENSIONS.pages()
