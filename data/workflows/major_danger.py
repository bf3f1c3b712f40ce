"""重大隐患: reported by the enterprise, reviewed, put under supervision by county or city, planned, put right, accepted, lifted.

Steps after the seed manual 2.3; acceptance, extension and lifting after 总局令第16号 and the practice of 挂牌督办. Who decides by when
is data (``WorkflowRule``); the days here are the first values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from data.calendar import park_day
from data.documents.making import make_paper
from data.errors import Invalid
from data.models import HiddenDanger
from data.workflow.declaration import Moment, Node, Transition, Workflow
from data.workflows.general_danger import DEPARTMENTS, MODULE, close, done_by_then, href, not_later_than_today

HANDLE, DECIDE = "danger.handle", "danger.decide"
OWN = "own.danger"
# 安全生产事故隐患排查治理体系: an extension is asked for at least ten days before the deadline (总局令第15号, as quoted in practice).
EXTENSION_DAYS = 10
PLAN = ("leader", "measures", "funds", "person", "phone", "deadline_on", "emergency_plan")
PLAN_REQUIRED = ("leader", "measures", "funds", "person", "deadline_on", "emergency_plan")
REPORTED = ("criterion_id", "cause", "harm", "difficulty", "interim")


def _is_major(moment: Moment) -> str:
    return "" if moment.record.level == "major" else "只有重大隐患走挂牌督办流程。"


def _downgrade(moment: Moment) -> dict[str, Any]:
    return {"level": "general", "supervision": None}


def _county(moment: Moment) -> dict[str, Any]:
    return {"supervision": "county"}


def _city(moment: Moment) -> dict[str, Any]:
    return {"supervision": "city"}


def _deadline_ahead(record: Any, values: Mapping[str, Any]) -> dict[str, str]:
    day = values.get("deadline_on")
    return {"deadline_on": "整改期限不能早于发现日期。"} if day and day < record.found_on else {}


def _not_over(moment: Moment) -> dict[str, Any]:
    day = moment.values.get("deadline_on")
    if day and day < park_day(moment.now):
        raise Invalid("整改期限不对。", {"deadline_on": "整改期限不能早于今天。"})
    return {}


def _may_extend(moment: Moment) -> str:
    deadline = moment.record.deadline_on
    if deadline is None:
        return "还没有整改期限。"
    if deadline - park_day(moment.now) < timedelta(days=EXTENSION_DAYS):
        return f"延期须在整改期限 {EXTENSION_DAYS} 天前申请，期限为 {deadline:%Y-%m-%d}。"
    return ""


def _later(record: Any, values: Mapping[str, Any]) -> dict[str, str]:
    day = values.get("extended_until")
    return {"extended_until": "应晚于现在的整改期限。"} if day and record.deadline_on and day <= record.deadline_on else {}


def _extend(moment: Moment) -> dict[str, Any]:
    return {"deadline_on": moment.record.extended_until, "extended_until": None}


def _keep(moment: Moment) -> dict[str, Any]:
    return {"extended_until": None}


def _issue(moment: Moment) -> dict[str, Any]:
    """The notice goes out with the deadline that this step sets; what the officer writes becomes a requirement in it."""
    paper = make_paper(moment.session, moment.viewer, "major_notice", moment.record, moment.now, values=moment.values, words=moment.opinion)
    return {"notice_number": paper.number, "noticed_on": park_day(moment.now)}


def _lift(moment: Moment) -> dict[str, Any]:
    paper = make_paper(moment.session, moment.viewer, "major_lifting", moment.record, moment.now)
    return close(moment) | {"lifting_number": paper.number}


def _accepted(moment: Moment) -> dict[str, Any]:
    return {"accepted_on": park_day(moment.now)}


MAJOR_DANGER = Workflow(
    key="major_danger",
    title="重大隐患挂牌督办",
    module=MODULE,
    model=HiddenDanger,
    title_of=lambda danger: danger.name,
    href_of=href,
    nodes=(
        Node("report", "企业上报", side="enterprise", permission=OWN, due_days=3, at=(0, 0)),
        Node("review", "部门审核", roles=DEPARTMENTS, permission=HANDLE, due_days=3, not_by=("report",), returns_to=("report",), at=(1, 0)),
        Node("city", "上报市级督办", roles=("officer", "leader"), permission=DECIDE, due_days=5, returns_to=("review",), at=(2, 1)),
        Node("notice", "下达通知书", roles=DEPARTMENTS, permission=HANDLE, due_days=2, returns_to=("review",), at=(1, 1)),
        Node("plan", "制定整改方案", side="enterprise", permission=OWN, due_days=7, at=(1, 2)),
        Node("plan_review", "方案审核", roles=DEPARTMENTS, permission=HANDLE, due_days=3, not_by=("plan",), returns_to=("plan",), at=(1, 3)),
        Node("carry_out", "整改实施", side="enterprise", permission=OWN, due=lambda danger: danger.deadline_on, at=(0, 3)),
        Node("extension", "延期审批", roles=DEPARTMENTS, permission=HANDLE, due_days=5, not_by=("carry_out",), at=(0, 2)),
        Node("acceptance", "验收", roles=(*DEPARTMENTS, "inspector"), permission=HANDLE, due_days=10, not_by=("carry_out",), returns_to=("carry_out",), at=(0, 4)),
        Node(
            "lifting",
            "销号",
            roles=("officer", "leader"),
            permission=DECIDE,
            due_days=3,
            not_by=("acceptance",),
            is_optional=True,
            skip="lift",
            returns_to=("acceptance", "carry_out"),
            at=(1, 4),
        ),
        Node("lifted", "已销号", is_end=True, enter=_lift, at=(2, 4)),
        Node("downgraded", "打回一般隐患", is_end=True, goes_on=("general_danger", "rectify"), at=(2, 0)),
    ),
    transitions=(
        Transition("submit", "提交", "report", "review", fields=REPORTED, required=("criterion_id", "cause", "harm", "difficulty"), guard=_is_major, says_opinion=False),
        Transition(
            "county", "县级挂牌督办", "review", "notice", fields=("supervisor_id",), required=("supervisor_id",), effect=_county, phrases=("属实，同意县级挂牌督办", "情况属实")
        ),
        Transition("city", "上报市级挂牌督办", "review", "city", kind="branch", effect=_city, needs_opinion=True, phrases=("属实，建议市级挂牌督办",)),
        Transition(
            "downgrade",
            "降级为一般隐患",
            "review",
            "downgraded",
            kind="branch",
            fields=("deadline_on", "person"),
            required=("deadline_on",),
            check=_deadline_ahead,
            effect=_downgrade,
            needs_opinion=True,
            is_dangerous=True,
            phrases=("不符合重大隐患判定标准，按一般隐患整改",),
        ),
        Transition(
            "registered",
            "市级已挂牌",
            "city",
            "notice",
            fields=("supervision_number", "supervisor_id"),
            required=("supervision_number", "supervisor_id"),
            phrases=("市级已挂牌督办",),
        ),
        Transition("county_instead", "改为县级挂牌督办", "city", "notice", kind="branch", fields=("supervisor_id",), required=("supervisor_id",), effect=_county, needs_opinion=True),
        Transition(
            "issue",
            "下达通知书",
            "notice",
            "plan",
            fields=("deadline_on",),
            required=("deadline_on",),
            check=_deadline_ahead,
            effect=_issue,
            phrases=("整改期间停止使用存在隐患的装置、设施", "整改期间每周报送一次进展"),
        ),
        Transition("submit", "提交整改方案", "plan", "plan_review", fields=PLAN, required=PLAN_REQUIRED, check=_deadline_ahead, effect=_not_over, says_opinion=False),
        Transition("pass", "通过", "plan_review", "carry_out", phrases=("同意", "方案可行，按期整改", "资料齐全")),
        Transition("progress", "填报进度", "carry_out", "carry_out", kind="note", fields=("progress", "result"), required=("progress",)),
        Transition(
            "finish",
            "整改完成，申请验收",
            "carry_out",
            "acceptance",
            fields=("rectified_on", "result"),
            required=("rectified_on", "result", "file:after"),
            check=done_by_then,
            effect=not_later_than_today,
            says_opinion=False,
        ),
        Transition(
            "extend",
            "申请延期",
            "carry_out",
            "extension",
            kind="branch",
            fields=("extended_until", "extension_reason"),
            required=("extended_until", "extension_reason"),
            guard=_may_extend,
            check=_later,
            says_opinion=False,
        ),
        Transition("grant", "同意延期", "extension", "carry_out", effect=_extend, phrases=("同意延期", "同意，延期期间加强防范")),
        Transition("deny", "不同意延期", "extension", "carry_out", kind="return", effect=_keep, needs_opinion=True, is_dangerous=True, phrases=("不具备延期条件，请按期整改",)),
        Transition(
            "pass",
            "验收通过",
            "acceptance",
            "lifting",
            fields=("acceptor", "acceptance"),
            required=("acceptor", "acceptance"),
            effect=_accepted,
            says_opinion=False,
        ),
        Transition("refuse", "验收不通过", "acceptance", "carry_out", kind="return", needs_opinion=True, is_dangerous=True, phrases=("整改不到位，继续整改",)),
        Transition("lift", "销号", "lifting", "lifted", phrases=("同意销号",)),
    ),
    strip=("report", "review", "notice", "plan", "plan_review", "carry_out", "acceptance", "lifted"),
)
