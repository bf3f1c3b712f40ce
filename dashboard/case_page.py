"""The page on which one case is worked on, declared by its records: head, strip, facts, steps, files, diagram, action bar.

It stands at one address for both sides; each side looks at it with a right of its own. The answers to what is done there are in
``case_answers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.attachments import attachments_panel
from dashboard.blocks.basic import icon, notice, tag
from dashboard.blocks.record_drawer import overview
from dashboard.blocks.record_form import Draft
from dashboard.blocks.record_history import change_count, history
from dashboard.blocks.workflow_bar import bar, panels
from dashboard.blocks.workflow_diagram import diagram
from dashboard.blocks.workflow_steps import steps_of
from dashboard.blocks.workflow_strip import strip
from dashboard.ids import part_id
from dashboard.moments import zone
from dashboard.resource import Resource, ResourceLayout
from dashboard.resource_parts import Column, Fact, FormField, Shape
from dashboard.site import Page
from data.attachments import attachment_count
from data.choices import Choice
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound
from data.models import Record, WorkflowCase, WorkflowCopy
from data.query import get
from data.rules.deadlines import remaining
from data.viewer import Viewer
from data.workflow import signing
from data.workflow.declaration import Workflow
from data.workflow.offers import offers
from data.workflow.people import why_not_act
from data.workflow.picture import edges, marks
from data.workflow.picture import strip as straight
from data.workflow.registry import workflow
from data.workflow.steps import case_of

More = Callable[[Session, Viewer, Any], Component | None]


@dataclass(frozen=True)
class CaseLayout(ResourceLayout):
    """Draws the page of one record that is on its way. ``resource`` is how an authority sees it, ``own`` how an enterprise does."""

    own: Resource = field(kw_only=True)
    marks: Callable[[Any], Iterable[Choice]] = field(kw_only=True)
    subtitle: Callable[[Viewer, Any], Iterable[Any]] = field(kw_only=True)
    more: More = field(default=lambda session, viewer, record: None, kw_only=True)

    @property
    def resources(self) -> tuple[Resource, ...]:
        return (self.resource, self.own)

    def seen_as(self, viewer: Viewer) -> Resource:
        """The resource of the viewer's side; Forbidden without its right."""
        resource = self.own if viewer.is_enterprise else self.resource
        viewer.require(resource.permission)
        return resource

    def __call__(self, viewer: Viewer, id: str = "", **query: str) -> Component:
        resource = self.seen_as(viewer)
        identity = _number(id)
        _look_at_copy(viewer, resource, identity)
        with read_session() as session:
            inside = self.body(session, viewer, identity)
            heading = resource.heading(get(session, resource.model, identity, viewer))
        return html.Div(
            [dcc.Store(id=part_id("form-submit", resource.key)), html.Div(inside, id=part_id("case-body", resource.key), className="case-place")],
            className="case-page fill",
            **{"data-form-page": resource.key, "data-user": str(viewer.id), "data-heading": heading},
        )

    def body(self, session: Session, viewer: Viewer, identity: int, draft: Draft | None = None) -> Component:
        """Everything of the page as it stands now; what was refused comes back as it was typed."""
        resource, now = self.seen_as(viewer), datetime.now(UTC)
        record = get(session, resource.model, identity, viewer)
        case = case_of(session, record)
        if case is None:
            return html.Div(notice("这条记录还没有提交，没有办理流程。", "primary"), className="case-body")
        flow = workflow(case.workflow)
        given = offers(session, viewer, case, record, now)
        drawn = marks(session, case, flow)
        left = html.Div([*panels(session, viewer, resource, case, record, given, draft), self._tabs(session, viewer, resource, record, case, now)], className="case-left")
        right = html.Section([html.Header([html.H3("流程图"), html.Span(f"当前：{flow.node(case.node).label}", className="cap end")]), diagram(drawn, edges(session, case, flow))], className="panel case-right")
        parts = [self._head(viewer, resource, record, case, strip(straight(drawn, flow), now)), html.Div([left, right], className="case-columns"), bar(resource, case, record, given, draft)]
        return html.Div(parts, className="case-body", key=f"{case.id}:{case.version}:{id(draft) if draft else ''}")

    def _head(self, viewer: Viewer, resource: Resource, record: Any, case: WorkflowCase, steps: Component) -> Component:
        tags = [tag(one.word, one.tone) for one in self.marks(record) if one]
        deadline = remaining(getattr(record, "deadline_on", None), datetime.now(zone()).date(), is_closed=case.ended_at is not None)
        end = [html.Span([icon(_SIGNS.get(deadline.tone, "clock")), deadline.word], className=f"due {deadline.tone}"), html.Span(f"整改期限 {record.deadline_on:%Y-%m-%d}", className="cap")] if deadline else []
        tools = [html.Button([icon("printer"), "打印"], type="button", className="button", **{"data-print": "page"}), html.Button([icon("link-45deg"), "复制链接"], type="button", className="button", **{"data-copy-link": "1"})]
        line: list[Any] = []
        for part in self.subtitle(viewer, record):
            line += [" · " if line else "", part] if part else []
        title = html.Div([*tags[:1], html.H2(resource.heading(record)), *tags[1:], html.Div([*end, *tools], className="end row-line")], className="case-title")
        return html.Section([title, html.P(line, className="cap"), steps], className="panel case-head")

    def _tabs(self, session: Session, viewer: Viewer, resource: Resource, record: Any, case: WorkflowCase, now: datetime) -> Component:
        mine = select(WorkflowCase).where(WorkflowCase.table_name == case.table_name, WorkflowCase.record_id == case.record_id)
        cases = session.scalars(mine.order_by(WorkflowCase.id.desc())).unique().all()
        count = sum(one.version - 1 for one in cases)
        tabs: list[tuple[str, str, int | None, Any]] = [("overview", "概览", None, [*overview(session, resource, record), self.more(session, viewer, record)]), ("steps", "流程", count, steps_of(session, cases, now))]
        if type(record).__files__:
            tabs.append(("files", "附件", attachment_count(session, record), attachments_panel(session, viewer, resource, record)))
        tabs.append(("history", "变更记录", change_count(session, record), history(session, resource, record)))
        heads = [html.Button([label, html.Small(str(number)) if number else None], type="button", className="on" if key == "overview" else "", role="tab", **{"data-case-tab": key}) for key, label, number, _ in tabs]
        bodies = [html.Div(content, className="case-tab", hidden=key != "overview", role="tabpanel", **{"data-case-body": key}) for key, _, _, content in tabs]
        return html.Section([html.Nav(heads, className="drawer-tabs", role="tablist"), *bodies], className="panel case-main")


_SIGNS = {"danger": "exclamation-triangle-fill", "warn": "clock-fill", "ok": "check-circle-fill"}


def case_page(
    key: str,
    path: str,
    title: str,
    flows: Sequence[Workflow],
    *,
    permission: str,
    own_permission: str,
    facts: Mapping[str, tuple[Fact | str, ...]],
    heading: Callable[[Any], str],
    marks: Callable[[Any], Iterable[Choice]],
    subtitle: Callable[[Viewer, Any], Iterable[Any]],
    more: More = lambda session, viewer, record: None,
    hides: Callable[[Any], frozenset[str]] = lambda record: frozenset(),
    module: str = "",
    group: str = "",
) -> Page:
    """The page of records of ``flows`` (all of one model) at ``path`` with ``<id>``; ``permission`` opens it to an authority,
    ``own_permission`` to the enterprise itself; ``hides`` names the facts that mean nothing for a record. Files may be added and taken off by whose turn it is."""
    from dashboard.case_answers import register

    model = flows[0].model
    names = dict.fromkeys(name for flow in flows for step in flow.transitions for name in step.fields)

    def resource(side: str, right: str) -> Resource:
        return Resource(
            key=f"{key}_{side}",
            model=model,
            path=path.rpartition("/")[0] or path,
            title=title,
            permission=right,
            columns=(Column("id", label="编号"),),
            facts=facts,
            heading=heading,
            form={"办理": tuple(FormField(name) for name in names)} if names else {"办理": ("state",)},
            edit_permission=right,
            can_edit=_why_not_change,
            shape=lambda session, record: Shape(hidden=hides(record) if record is not None else frozenset()),
            submit=_refuse,
            can_export=False,
            in_menu=False,
        )

    layout = CaseLayout(resource("case", permission), own=resource("own_case", own_permission), marks=marks, subtitle=subtitle, more=more)
    return Page(path, title, layout, permission="", module=module, group=group, in_menu=False, side="both", register=lambda app: register(app, layout))


def _why_not_change(viewer: Viewer, record: Record) -> str:
    session = object_session(record)
    case = case_of(session, record) if session is not None else None
    return why_not_act(session, viewer, case) if session is not None and case is not None else "这条记录不在办理中。"


def _refuse(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], rows: Any) -> str:
    raise Invalid("请在办理页面按步骤办理。")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound("没有找到这条记录。")
    return int(text)


def _look_at_copy(viewer: Viewer, resource: Resource, identity: int) -> None:
    """Whoever was informed of the case has read it now."""
    with read_session() as session:
        record = get(session, resource.model, identity, viewer)
        case = case_of(session, record)
        unread = select(WorkflowCopy.id).where(WorkflowCopy.user_id == viewer.id, WorkflowCopy.read_at.is_(None))
        is_unread = case is not None and session.scalar(unread.where(WorkflowCopy.case_id == case.id)) is not None
    if is_unread and case is not None:
        with write_session() as session:
            signing.mark_read(session, viewer, case, datetime.now(UTC))
