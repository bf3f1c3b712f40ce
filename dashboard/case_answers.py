"""What was done on the page of a case: checked like any forged request, taken by ``data.workflow``, and the page drawn anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.record_form import Draft
from dashboard.blocks.workflow_bar import ACTION, ANSWER, OPINION, PEOPLE, TARGET
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.resource import Resource
from dashboard.resource_work import submission_id
from data.db import read_session
from data.db import session as write_session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import WorkflowCase
from data.query import get
from data.values import FormReader
from data.viewer import Viewer
from data.workflow import signing, steps
from data.workflow.offers import Offer, offers

if TYPE_CHECKING:
    from dashboard.case_page import CaseLayout


_SHOWN = {"user_id": PEOPLE, "user_ids": PEOPLE}  # whom it goes to stands in one field of the page


def register(app: Dash, layout: CaseLayout) -> None:
    """Register what answers the forms of the page, once for each side."""
    for resource in layout.resources:
        _register(app, layout, resource)


def _register(app: Dash, layout: CaseLayout, resource: Resource) -> None:
    output = Output(part_id("case-body", resource.key), "children")

    @guarded(app, output, Input(part_id("form-submit", resource.key), "data"), permission=resource.permission, prevent_initial_call=True)
    def acted(viewer: Viewer, data: Any) -> Component:
        if not isinstance(data, Mapping) or not isinstance(data.get("values"), Mapping) or layout.seen_as(viewer) is not resource:
            raise Invalid("提交的内容不完整，请刷新页面。")
        identity, typed = submission_id(data.get("id")), {str(name): str(text) for name, text in data["values"].items()}
        draft = None
        try:
            with write_session() as session:
                said = take(session, viewer, resource, identity, typed, data.get("version"))
            say("success", said)
        except Invalid as error:
            say("error", str(error))
            draft = Draft(typed, {_SHOWN.get(name, name): text for name, text in (error.fields or {}).items()})
        except (Conflict, Forbidden) as error:
            say("error", str(error))
            draft = Draft(typed, {}, is_refused=False)
        with read_session() as session:
            return layout.body(session, viewer, identity, draft)


def take(session: Session, viewer: Viewer, resource: Resource, identity: int, typed: Mapping[str, str], version: Any) -> str:
    """Do what was submitted with the record's case; the sentence of success. Invalid names the fields."""
    record = get(session, resource.model, identity, viewer)
    case = steps.case_of(session, record)
    if case is None:
        raise NotFound("这条记录还没有提交，没有办理流程。")
    now, seen = datetime.now(UTC), _version(version)
    case = steps.locked(session, viewer, case, seen)  # before anything is offered: says who was faster, also by a moment
    offer = next((one for one in offers(session, viewer, case, record, now, with_people=False) if one.key == typed.get(ACTION)), None)
    if offer is None:
        raise Forbidden("您现在不能办理这一步，页面已刷新。")
    opinion = typed.get(OPINION, "")
    if offer.step is not None:
        values = _values(session, viewer, resource, offer, typed)
        steps.act(session, viewer, case, offer.key, version=seen, now=now, values=values, opinion=opinion)
    else:
        _verb(session, viewer, case, offer, typed, seen, now)
    return f"已办理“{offer.label}”。"


def _verb(session: Session, viewer: Viewer, case: WorkflowCase, offer: Offer, typed: Mapping[str, str], seen: int, now: datetime) -> None:
    given: dict[str, Any] = {"version": seen, "now": now, "opinion": typed.get(OPINION, "")}
    match offer.kind:
        case "return":
            steps.act(session, viewer, case, offer.key, target=typed.get(TARGET, ""), **given)
        case "withdraw":
            steps.withdraw(session, viewer, case, **given)
        case "urge":
            steps.urge(session, viewer, case, **given)
        case "transfer":
            steps.transfer(session, viewer, case, next(iter(_people(typed)), 0), **given)
        case "ask":
            signing.ask(session, viewer, case, _people(typed), **given)
        case "copy":
            signing.copy_to(session, viewer, case, _people(typed), **given)
        case "sign":
            signing.sign(session, viewer, case, typed.get(ANSWER, ""), **given)


def _values(session: Session, viewer: Viewer, resource: Resource, offer: Offer, typed: Mapping[str, str]) -> dict[str, Any]:
    """The values of the columns that the step fills in; what was not sent stays as it is."""
    assert offer.step is not None, "asked for declared steps only"
    reader, values, mistakes = FormReader(session, viewer, resource.model), {}, {}
    for name in offer.step.fields:
        if name not in typed:
            continue
        try:
            values[name] = reader.read(name, typed[name])
        except ValueError as error:
            mistakes[name] = str(error)
    if mistakes:
        raise Invalid("有的内容不正确，已在下面标出。", mistakes)
    return values


def _people(typed: Mapping[str, str]) -> list[int]:
    texts = [one for one in typed.get(PEOPLE, "").split(",") if one]
    if len(texts) > signing.MOST or any(not one.isascii() or not one.isdecimal() or len(one) > 18 for one in texts):
        raise Invalid("请选择人员。", {PEOPLE: f"请选择 1 到 {signing.MOST} 位列出的人员。"})
    return [int(one) for one in texts]


def _version(value: Any) -> int:
    text = str(value)
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Invalid("提交的内容不完整，请刷新页面。")
    return int(text)
