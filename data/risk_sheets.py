"""The workbook of an enterprise's risks: the sheets 对象, 单元, 事件 and 措施, to be imported as drafts and exported again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload

from data import risk_methods, risks
from data.columns import reading_of
from data.imports.sheet import Sheet, Values, Within, fills, register
from data.models import RiskEvent, RiskMeasure, RiskObject, RiskUnit
from data.viewer import Viewer
from data.workbooks import Writer, width_of, workbook

SCORES = tuple(f"{aspect}_{name}" for aspect in risk_methods.ASPECTS for name in ("score", "level"))
FACTORS = tuple(f"{aspect}_{part}" for aspect in risk_methods.ASPECTS for part in risk_methods.PARTS)


def within(session: Session, viewer: Viewer) -> Within:
    """The drafts of the viewer's enterprise; what is under review or in force is not changed by an import."""
    firm = risks.require_own(viewer)
    rows = session.execute(select(RiskObject.id, RiskObject.name, RiskObject.state).where(RiskObject.enterprise_id == firm, RiskObject.deleted_at.is_(None))).all()
    drafts = {name: identity for identity, name, state in rows if state == "draft"}
    words = {"review": "正在审核，不能导入修改。", "accepted": "已生效，请先在“风险分析对象”中“申请变更”，再导入到变更稿。"}
    taken = {name: f"“{name}”{words[state]}" for _, name, state in rows if state != "draft" and name not in drafts}
    return Within(frozenset(drafts.values()), {"enterprise_id": firm}, taken)


@fills("enterprise_id", "place_code")
def complete_unit(session: Session, values: Values) -> None:
    """A new unit gets a code for its place."""
    values["place_code"] = risks.new_place_code()


@fills("enterprise_id")
def complete(session: Session, values: Values) -> None:
    """The enterprise is that of whoever imports."""


def assess(session: Session, values: Values) -> Values:
    """Edition, scores and levels of an event; nothing while its factors cannot be."""
    found = risk_methods.editions(session).get(str(values.get("method") or "LS"))
    if found is None or risk_methods.assessment_faults(found, values):
        return {}
    return {"edition_id": found.id, **risk_methods.scored(found, values)}


def check_event(session: Session, viewer: Viewer, values: Values) -> dict[str, str]:
    """What is wrong with the factors of an event."""
    found = risk_methods.editions(session).get(str(values.get("method") or "LS"))
    return risk_methods.assessment_faults(found, values) if found is not None else {"method": "这种评价方法没有使用中的版本。"}


def check_measure(session: Session, viewer: Viewer, values: Values) -> dict[str, str]:
    """A point, or content and cycle."""
    return risks.measure_faults(values)


UNIT = Sheet(
    code="risk_unit",
    model=RiskUnit,
    title="单元",
    permission=risks.OWN,
    columns=("object_id", "name", "place", "department_name", "person"),
    key=("object_id", "name"),
    links=("object_id",),
    complete=complete_unit,
    example={"object_id": "甲醇罐区", "name": "储罐本体及附件", "place": "罐区入口"},
)
EVENT = Sheet(
    code="risk_event",
    model=RiskEvent,
    title="事件",
    permission=risks.OWN,
    columns=("object_id", "unit_id", "name", "accident", "other_accidents", "consequence", "method", *FACTORS, "department_name", "person"),
    key=("object_id", "unit_id", "name"),
    links=("object_id", "unit_id"),
    fixed={"method": "LS"},
    complete=fills("enterprise_id", "edition_id", *SCORES)(lambda session, values: None),
    check=check_event,
    derive=assess,
    derived=("edition_id", *SCORES, "inherent_exposure", "present_exposure"),
    notes={"inherent_exposure": "LEC 法填写，LS 法不填。", "present_exposure": "LEC 法填写，LS 法不填。"},
    example={
        "object_id": "甲醇罐区",
        "unit_id": "储罐本体及附件",
        "name": "储罐满溢或本体泄漏",
        "accident": "泄漏",
        "method": "LS 风险矩阵",
        "inherent_likelihood": "4",
        "inherent_exposure": "",
        "inherent_severity": "5",
        "present_likelihood": "2",
        "present_exposure": "",
        "present_severity": "5",
    },
)
MEASURE = Sheet(
    code="risk_measure",
    model=RiskMeasure,
    title="措施",
    permission=risks.OWN,
    columns=("object_id", "unit_id", "event_id", "name", "kind", "category", "way", "point_id", "content", "cycle_count", "cycle_unit", "person"),
    key=("object_id", "unit_id", "event_id", "name"),
    links=("object_id", "unit_id", "event_id"),
    fixed={"way": "manual", "kind": "engineering"},
    complete=complete,
    check=check_measure,
    notes={"way": "不填写时为人工巡检。", "cycle_count": "每几小时、天、周、月巡检一次。"},
    example={
        "object_id": "甲醇罐区",
        "unit_id": "储罐本体及附件",
        "event_id": "储罐满溢或本体泄漏",
        "name": "呼吸阀、阻火器按期校验并投用",
        "kind": "工程技术",
        "way": "人工巡检",
        "point_id": "",
        "content": "阻火器有无堵塞，呼吸阀是否灵活",
        "cycle_count": "1",
        "cycle_unit": "周",
    },
)
BOOK = register(
    Sheet(
        code="risk_book",
        model=RiskObject,
        title="对象",
        permission=risks.OWN,
        columns=("name", "category", "department_name", "person", "phone", "place", "lon", "lat", "description"),
        key=("name",),
        complete=complete,
        book="风险清单",
        pages=(UNIT, EVENT, MEASURE),
        within=within,
        notes={"lon": "WGS-84 坐标。", "lat": "WGS-84 坐标。"},
        example={"name": "甲醇罐区", "category": "区域场所", "department_name": "储运部", "person": "李建国", "place": "厂区东侧"},
    )
)


def write_book(session: Session, viewer: Viewer, target: BinaryIO) -> None:
    """Write all risks of the viewer's enterprise but its changes under way, in the columns of the import."""
    firm = risks.require_own(viewer)
    objects = select(RiskObject.id).where(RiskObject.enterprise_id == firm, RiskObject.revises_id.is_(None), RiskObject.deleted_at.is_(None))
    with workbook(target, is_long=False) as book:
        for page in BOOK.every_page:
            writer = Writer(book, page.title)
            labels = [page.label(name) for name in page.columns]
            writer.header(labels, [max(14, width_of(label) + 6) for label in labels])
            for number, row in enumerate(_rows(session, page, objects), 1):
                writer.row(number, row)


def _rows(session: Session, page: Sheet, objects: Any) -> Iterator[Sequence[Any]]:
    model: Any = page.model
    mine = model.id.in_(objects) if model is RiskObject else model.object_id.in_(objects)
    wanted = select(model).where(mine, model.deleted_at.is_(None)).order_by(model.id)
    if "point" in inspect(model).relationships:
        wanted = wanted.options(joinedload(model.point))
    for one in session.scalars(wanted).unique():
        yield [_words(one, name) for name in page.columns]


def _words(one: Any, name: str) -> Any:
    """A link by the name of its record, anything else as one reads it."""
    above = {"object_id": "risk_object", "unit_id": "unit", "event_id": "event"}.get(name)
    return getattr(one, above).name if above else reading_of(one, name)
