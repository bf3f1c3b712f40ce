"""一般隐患: put right by the enterprise, looked at again by the authority unless that step is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.calendar import park_day
from data.errors import Invalid
from data.models import HiddenDanger
from data.workflow.declaration import Moment, Node, Transition, Workflow

MODULE = "隐患排查治理"
DEPARTMENTS = ("officer", "department", "town")


def href(danger: Any) -> str:
    """The page on which a hidden danger is worked on."""
    return f"/dangers/{danger.id}"


def close(moment: Moment) -> dict[str, Any]:
    """It is put right and accepted: the day of closing."""
    return {"closed_on": park_day(moment.now)}


def done_by_then(record: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """The day on which it was put right lies not before the finding."""
    day = values.get("rectified_on")
    return {"rectified_on": "整改完成日期不能早于发现日期。"} if day and day < record.found_on else {}


def not_later_than_today(moment: Moment) -> dict[str, Any]:
    """Nothing is put right in the future."""
    day = moment.values.get("rectified_on")
    if day and day > park_day(moment.now):
        raise Invalid("整改完成日期不对。", {"rectified_on": "整改完成日期不能晚于今天。"})
    return {}


GENERAL_DANGER = Workflow(
    key="general_danger",
    title="一般隐患整改",
    module=MODULE,
    model=HiddenDanger,
    title_of=lambda danger: danger.name,
    href_of=href,
    nodes=(
        Node("rectify", "整改", side="enterprise", permission="own.danger", due=lambda danger: danger.deadline_on, at=(0, 0)),
        Node(
            "check",
            "复查",
            roles=(*DEPARTMENTS, "inspector"),
            permission="danger.handle",
            due_days=10,
            not_by=("rectify",),
            is_optional=True,
            skip="pass",
            returns_to=("rectify",),
            at=(1, 0),
        ),
        Node("rectified", "已整改", is_end=True, enter=close, at=(2, 0)),
    ),
    transitions=(
        Transition(
            "submit",
            "整改完成，申请复查",
            "rectify",
            "check",
            fields=("rectified_on", "result", "measures", "person", "funds"),
            required=("rectified_on", "result", "file:after"),
            says_opinion=False,
            check=done_by_then,
            effect=not_later_than_today,
        ),
        Transition("pass", "复查通过", "check", "rectified", phrases=("已整改到位", "现场复查合格")),
    ),
    strip=("rectify", "check", "rectified"),
)
