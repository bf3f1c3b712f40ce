"""企业档案 on the enterprise side: the enterprise looks at its whole file and submits what it wants changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, panel, section, state_tag
from dashboard.blocks.change_table import change_count, change_table
from dashboard.blocks.file_view import file_view, is_shown, list_fields
from dashboard.blocks.record_drawer import EDIT
from dashboard.blocks.record_form import Draft, form, text_of
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource import Resource, ResourceLayout
from dashboard.resource_parts import Column, FormField, Parts, Rows
from dashboard.resource_state import State
from dashboard.resource_work import Refused, perform
from dashboard.site import HOME, Page
from data.choices.enterprises import CONFIRM_STATES
from data.completeness import SECTIONS, rules_for
from data.db import read_session
from data.db import session as write_session
from data.enterprise_changes import KEPT, open_change, put_aside, submit_change, withdraw_change
from data.errors import Forbidden, Invalid, NotFound
from data.models import FILE_LISTS, Enterprise, EnterpriseChange
from data.query import get
from data.rules.completeness import Rule
from data.viewer import Viewer
from pages.enterprises import measure

PERMISSION = "own.file"
WITHDRAW = "withdraw"
KEPT_HELP = "由监管部门设置，如需调整请联系主管部门"


def _submit(session: Session, viewer: Viewer, enterprise: Enterprise, values: dict[str, Any], rows: dict[str, Rows]) -> str:
    submit_change(session, viewer, enterprise, values, rows, now=datetime.now(UTC))
    who = enterprise.department.name if enterprise.department else "主管部门"
    return f"已提交，等待{who}确认。确认前档案不变，可以撤回。"


def _field(name: str, rules: Mapping[str, Rule]) -> FormField:
    if name in KEPT:
        return FormField(name, is_fixed=True, is_required=False, help=KEPT_HELP)
    return FormField(name, "位置" if name == "lon" else "", is_due=name in rules and rules[name].is_required)


def _parts(rules: Mapping[str, Rule]) -> tuple[Parts, ...]:
    lists = ((name, model) for name, model in FILE_LISTS.items() if is_shown(rules, name))
    return tuple(Parts(name, model, list_fields(model), "应填，至少 1 条" if name in rules and rules[name].is_required else "") for name, model in lists)


def _form(rules: Mapping[str, Rule]) -> dict[str, tuple[FormField | str, ...]]:
    groups = {title: tuple(_field(name, rules) for name in names if is_shown(rules, name) and name != "lat") for title, names in SECTIONS.values()}
    return {title: fields for title, fields in groups.items() if fields}


@dataclass(frozen=True)
class OwnFileLayout(ResourceLayout):
    """The page of the one file that its viewer has. As a resource it answers pickers and attachments."""

    def __call__(self, viewer: Viewer, fresh: str = "", at: str = "") -> Component:
        with read_session() as session:
            return html.Div(
                [
                    dcc.Store(id=part_id("form-submit", self.resource.key)),
                    html.Div(_body(session, viewer, is_fresh=fresh == "1"), id=part_id("own-file", self.resource.key), className="own-file-place"),
                ],
                className="own-file fill",
                **{"data-form-page": self.resource.key, "data-user": str(viewer.id)},
            )


OWN_FILE = Resource(
    key="own_file",
    model=Enterprise,
    path="/own/file",
    title="企业档案",
    permission=PERMISSION,
    columns=(Column("name"), Column("unit_type.name"), Column("division.name")),
    sort="name",
    form=_form({}),
    parts=_parts({}),
    edit_permission=PERMISSION,
    submit=_submit,
    after_save=measure,  # of a file that was uploaded or taken off: the rest waits for confirmation
    save_label="提交",
    back="/",
    save_note="提交后由监管部门确认，确认前档案不变；附件上传后立即生效。",
    can_export=False,
)


def shaped(session: Session, enterprise: Enterprise) -> Resource:
    """The form as 企业信息配置 has it for the enterprise's type: what is hidden is neither shown nor taken."""
    rules = rules_for(session, enterprise.unit_type_id)
    slots = [one for one in Enterprise.__files__ if is_shown(rules, f"file:{one.code}")]
    marked = tuple(one._replace(label=f"{one.label}（应填）") if rules[f"file:{one.code}"].is_required else one for one in slots)
    return replace(OWN_FILE, form=_form(rules), parts=_parts(rules), slots=marked)


def own_enterprise(session: Session, viewer: Viewer) -> Enterprise:
    """The enterprise on whose side the viewer is; Forbidden for anybody else."""
    if not viewer.is_enterprise or viewer.enterprise_id is None:
        raise Forbidden("只有企业自己的用户可以填报本企业档案。")
    return get(session, Enterprise, viewer.enterprise_id, viewer)


def submitted_texts(session: Session, enterprise: Enterprise, change: EnterpriseChange) -> dict[str, str]:
    """What the change wanted, as the texts of the form; rows that are gone meanwhile are left out."""
    texts = {name: text_of(pair[1]) for name, pair in change.values.items() if name not in FILE_LISTS}
    for name, steps in change.values.items():
        if name not in FILE_LISTS:
            continue
        model = FILE_LISTS[name]
        fields = list_fields(model)
        wanted = {step["id"]: {key: pair[1] for key, pair in step["values"].items()} for step in steps["changed"]}
        removed = {step["id"] for step in steps["removed"]}
        there = session.scalars(select(model).where(model.enterprise_id == enterprise.id, model.deleted_at.is_(None)).order_by(model.id))
        kept = [one for one in there if one.id not in removed]
        rows = [{"id": str(one.id), **{key: text_of(wanted.get(one.id, {}).get(key, getattr(one, key))) for key in fields}} for one in kept]
        rows += [{"id": "", **{key: text_of(values.get(key)) for key in fields}} for values in steps["added"]]
        texts[f"rows:{name}"] = orjson.dumps(rows).decode()
    return texts


def _body(session: Session, viewer: Viewer, *, draft: Draft | None = None, is_fresh: bool = False) -> Component:
    enterprise = own_enterprise(session, viewer)
    resource = shaped(session, enterprise)
    waiting = open_change(session, enterprise.id)
    if waiting is not None:
        return html.Div(_waiting(session, viewer, enterprise, waiting, resource), className="own-file-waiting", key=f"waiting:{waiting.id}")
    last = put_aside(session, enterprise.id) if draft is None and not is_fresh else None
    if last is not None:
        draft = Draft(submitted_texts(session, enterprise, last), {}, is_refused=False)
    parts = [_state(enterprise, last), html.Div(form(session, viewer, resource, State(sort=resource.sort), enterprise, draft), className="wide own-file-form")]
    return html.Div(parts, className="own-file-body", key=f"form:{enterprise.version}:{id(draft)}")


def _state(enterprise: Enterprise, last: EnterpriseChange | None) -> Component:
    """Where the file stands, why it came back, and what the form is filled with."""
    again = [html.A("不用这些内容，按现有档案重新填", href=f"{OWN_FILE.path}?fresh=1")]
    parts: list[Component | None] = []
    if enterprise.confirm_state == "returned" and enterprise.return_reason:
        words: list[Any] = [html.B("已退回："), enterprise.return_reason]
        words += ["。下面是您上次提交的内容，请修改后再次提交。", *again] if last is not None and last.state == "returned" else ["。请修改后提交。"]
        parts.append(notice(words, "warn"))
    elif last is not None:
        parts.append(notice(["下面是您撤回的内容，尚未提交。", *again], "primary"))
    return html.Div(parts, className="own-file-state")


def _waiting(session: Session, viewer: Viewer, enterprise: Enterprise, change: EnterpriseChange, resource: Resource) -> list[Component]:
    now = datetime.now(UTC)
    who = change.submitted_by.name if change.submitted_by else ""
    words = f"{moment_words(change.submitted_at, now)} 提交" + (f"，{who}" if who else "")
    marks = {"data-record-form": resource.key, "data-id": str(change.id), "data-do": WITHDRAW, "data-version": str(change.version)}
    back = html.Form(html.Button("撤回", type="submit", className="button"), noValidate=True, **marks)
    told = notice(f"已提交 {change_count(change)} 项修改，{enterprise.department.name if enterprise.department else '主管部门'}确认后生效。确认前不能再改，如需再改请先撤回。", "primary")
    rules = rules_for(session, enterprise.unit_type_id)
    return [
        told,
        panel("提交的修改", change_table(session, change), note=words, actions=[state_tag(CONFIRM_STATES, "pending"), back], className="flush"),
        panel("现有档案", [section(enterprise.name), file_view(session, viewer, enterprise, rules, resource)]),
    ]


def _done(viewer: Viewer, data: Any) -> Component:
    """Do what was sent, and draw the page as it is then; a refused form comes back as it was typed."""
    if not isinstance(data, Mapping):
        raise Invalid("提交的内容不完整，请刷新页面。")
    given = data.get("values")
    typed = {str(name): text for name, text in given.items()} if isinstance(given, Mapping) else {}
    draft = None
    if data.get("do") == WITHDRAW:
        with write_session() as session:
            change = open_change(session, own_enterprise(session, viewer).id)
            if change is None:
                raise NotFound("没有等待确认的变更，它可能刚刚处理过，请刷新页面。")
            withdraw_change(session, viewer, change, now=datetime.now(UTC))
        say("success", "已撤回，内容保留在下面，可以修改后再次提交。")
    elif data.get("do") == EDIT:
        with read_session() as session:
            enterprise = own_enterprise(session, viewer)
            resource, identity = shaped(session, enterprise), enterprise.id
        try:
            say("success", perform(viewer, resource, identity, EDIT, typed, data.get("version")).said)
        except Refused as refused:
            draft = refused.draft
        except Invalid as error:
            if not error.fields:
                raise
            draft = Draft(typed, error.fields)
    else:
        raise Invalid("没有这个操作，请刷新页面。")
    with read_session() as session:
        return _body(session, viewer, draft=draft)


def register(app: Dash) -> None:
    """Register what answers the form, besides what every resource has."""
    output = Output(part_id("own-file", OWN_FILE.key), "children")

    @guarded(app, output, Input(part_id("form-submit", OWN_FILE.key), "data"), permission=PERMISSION, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> Component:
        return _done(viewer, data)


PAGES = [Page(OWN_FILE.path, OWN_FILE.title, OwnFileLayout(OWN_FILE), permission=PERMISSION, module=HOME, group="工作台", icon="file-earmark-text", side="enterprise", register=register)]
