"""The page of an import: 下载模板 → 上传文件 → 检查预览 → 完成. Its state is its address; what it asks for stands in ``import_answers``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice, tag
from dashboard.blocks.import_rows import rows_panel
from dashboard.blocks.state import blank
from dashboard.blocks.tables import Column, table
from dashboard.moments import moment_words
from dashboard.site import address
from data.choices import word
from data.choices.system import BATCH_STATES
from data.errors import PlatformError
from data.imports import Sheet, sheet_of
from data.imports.batches import UNDO_WITHIN, batch_of, earlier, refuse_commit, refuse_undo
from data.imports.workbook import MOST_BYTES
from data.models import ImportBatch
from data.settings import current_settings
from data.tasks import OPEN_STATES, file_of, own
from data.viewer import Viewer

STEPS = ("下载模板", "上传文件", "检查预览", "完成")
_TONES = {one.code: one.tone for one in BATCH_STATES}


def import_page(session: Session, viewer: Viewer, sheet_key: str, back_href: str, permission: str, query: Mapping[str, str]) -> Component:
    """The page for one sheet; ``query`` is the address's: ``batch``, ``show``, ``page``, ``size``, ``order``.

    ``permission`` is the page's; the right to import comes from the sheet besides.
    """
    viewer.require(permission)
    sheet = sheet_of(sheet_key)
    viewer.require(sheet.permission)
    number = query.get("batch", "")
    batch = batch_of(session, viewer, int(number)) if number.isdecimal() and len(number) < 18 else None
    if batch is not None and batch.sheet != sheet.code:
        batch = None
    parts = _first(session, viewer, sheet, back_href) if batch is None else _of_batch(session, viewer, sheet, batch, back_href, query)
    marks = {"data-import": sheet.code, "data-most": str(MOST_BYTES)}
    return html.Div(parts, className="import-page", **marks)


def _first(session: Session, viewer: Viewer, sheet: Sheet, back_href: str) -> list[Any]:
    return [
        html.Section([steps(2), _start(sheet)], className="panel import-head"),
        _earlier(session, viewer, sheet),
        html.Div([_back(back_href), html.Span("上传后先检查，确认后才会写入。", className="cap")], className="action-bar import-bar"),
    ]


def _start(sheet: Sheet) -> Component:
    key = "、".join(sheet.label(name) for name in sheet.key)
    most = MOST_BYTES // 2**20
    pages = f"工作表{'、'.join(f'“{one.title}”' for one in sheet.every_page)}一次导入，下级的行可引用上级新增的行。" if sheet.pages else ""
    return html.Div(
        [
            html.Div(
                [
                    html.B("1 下载模板"),
                    html.P("模板有下拉选项、每列的填写要求和示例；带 * 的列必填。"),
                    html.A([icon("file-earmark-arrow-down"), "下载模板"], href=f"/imports/{sheet.code}/template", className="button", **{"data-plain": "1", "download": ""}),
                ],
                className="import-card",
            ),
            html.Div(
                [
                    html.Span(icon("cloud-arrow-up"), className="import-mark"),
                    html.B("2 将填好的文件拖到这里，或点击选择"),
                    html.Span(f"仅支持 xlsx、xls 格式，不超过 {most} MB。按“{key}”查找已有记录：找到则更新，找不到则新增。{pages}", className="cap"),
                    html.Span(className="import-sent", **{"aria-live": "polite"}),
                ],
                className="import-drop",
                role="button",
                tabIndex=0,
            ),
        ],
        className="import-start",
    )


def _of_batch(session: Session, viewer: Viewer, sheet: Sheet, batch: ImportBatch, back_href: str, query: Mapping[str, str]) -> list[Any]:
    if batch.state == "checking" and _is_under_way(session, viewer, batch):
        return _waiting(sheet, batch, back_href)
    if batch.state in ("checking", "failed"):
        return _failed(sheet, batch, back_href)
    is_over = batch.state in ("committed", "undone")
    head = html.Section([steps(4 if is_over else 3, _file(batch)), cards(sheet, batch, query), _verdict(batch)], className="panel import-head")
    bar = _after(session, viewer, batch, back_href) if is_over else _before(batch, back_href)
    body = _file_faults(batch) if batch.messages else rows_panel(session, batch, sheet, query)
    return [head, body, bar]


def _is_under_way(session: Session, viewer: Viewer, batch: ImportBatch) -> bool:
    """Whether the check is still to be done: a task that was cancelled while it waited never told the batch."""
    try:
        return own(session, viewer, int(batch.check_task_id or 0)).state in OPEN_STATES
    except PlatformError:
        return False


def _waiting(sheet: Sheet, batch: ImportBatch, back_href: str) -> list[Any]:
    follow = {"data-import-task": str(batch.check_task_id), "data-title": f"检查 {batch.file_name}"}
    text = blank("hourglass-split", "正在检查文件", "逐格检查类型、必填、重复和数据字典，完成后自动显示结果，可以离开此页。", tone="blue")
    return [html.Section([steps(3, _file(batch)), text], className="panel import-head", **follow), html.Div([_back(back_href)], className="action-bar import-bar")]


def _failed(sheet: Sheet, batch: ImportBatch, back_href: str) -> list[Any]:
    why = batch.messages[0][1] if batch.messages else "检查没有完成或已取消，请重新上传。"
    again = html.Section([steps(2, _file(batch)), html.Div(notice(why, "danger"), className="import-note"), _start(sheet)], className="panel import-head")
    return [again, html.Div([_back(back_href)], className="action-bar import-bar")]


def steps(at: int, right: Any = None) -> Component:
    """The four steps with the present one marked; those before it are ticked."""
    shown: list[Component] = []
    for number, words in enumerate(STEPS, 1):
        look = "done" if number < at or at == len(STEPS) else "now" if number == at else ""
        mark = icon("check-lg") if look == "done" else str(number)
        current = {"aria-current": "step"} if number == at else {}
        shown += [html.I(className="import-line")] if shown else []
        shown.append(html.Span([html.Span(mark, className="import-dot"), words], className=f"import-step {look}".strip(), **current))
    return html.Div([html.Div(shown, className="import-steps-row"), html.Div(right, className="end row-line") if right is not None else None], className="import-steps")


def _file(batch: ImportBatch) -> list[Any]:
    size = f"{batch.file_size / 1024:,.0f} KB" if batch.file_size < 2**20 else f"{batch.file_size / 2**20:,.1f} MB"
    rows = f" · 共 {batch.row_count:,} 行" if batch.row_count else ""
    return [html.Span(icon("file-earmark-spreadsheet"), className="t-ok"), html.Span(batch.file_name, className="cut import-name", title=batch.file_name), html.Span(f"{size}{rows}", className="cap")]


def cards(sheet: Sheet, batch: ImportBatch, query: Mapping[str, str]) -> Component:
    """新增 更新 不变 拒绝: each is a filter of the rows below."""
    key = "、".join(sheet.label(name) for name in sheet.key)
    texts = {
        "new": ("新增", batch.new_count, f"平台中没有的{key}", "green"),
        "changed": ("更新", batch.changed_count, f"{key}已存在，字段有变化", "blue"),
        "same": ("不变", batch.same_count, "与平台完全一致，跳过", ""),
        "refused": ("拒绝", batch.refused_count, f"{batch.wrong_count:,} 个单元格有错，改好后整批导入" if batch.refused_count else "没有错误", "red" if batch.refused_count else ""),
    }
    shown = query.get("show", "")
    return html.Div([_card(batch, code, shown == code, *texts[code]) for code in texts], className="import-counts")


def _card(batch: ImportBatch, code: str, is_on: bool, label: str, number: int, about: str, tone: str) -> Component:
    body = [html.Div(label, className="l"), html.Div([f"{number:,}", html.Small("行")], className="v"), html.Div(about, className="d")]
    href = address("", batch=batch.id) if is_on else address("", batch=batch.id, show=code)
    look = f"panel kpi import-count {tone} {'on' if is_on else ''}".strip()
    return html.A(body, href=href, className=look, title="显示全部行" if is_on else f"只显示{label}的行", **{"aria-pressed": "true" if is_on else "false"})


def _verdict(batch: ImportBatch) -> Component:
    if batch.state == "committed":
        at = moment_words(batch.committed_at, datetime.now(UTC)) if batch.committed_at else ""
        text, tone = f"{at} 已导入 {batch.new_count + batch.changed_count:,} 行。{UNDO_WITHIN.days} 天内可整批撤销。", "ok"
    elif batch.state == "undone":
        at = moment_words(batch.undone_at, datetime.now(UTC)) if batch.undone_at else ""
        text, tone = f"{at} 已整批撤销，原因：{batch.undo_reason}。", "primary"
    elif batch.messages:
        text, tone = "文件有错，没有逐行检查。请改好下面列出的问题后重新上传。", "danger"
    elif batch.refused_count:
        text, tone = f"整批导入，全部成功或全部不写入。请在文件中改好 {batch.refused_count:,} 行后重新上传；“错误清单”已在对应单元格加批注，可直接修改。", "warn"
    elif batch.new_count + batch.changed_count:
        text, tone = "全部行检查通过。确认后整批写入，导入后 7 天内可整批撤销。", "ok"
    else:
        text, tone = "文件与平台完全一致，没有需要写入的行。", "primary"
    return html.Div(notice(text, tone), className="import-note")


def _file_faults(batch: ImportBatch) -> Component:
    columns = (Column("位置", lambda line: line[0] or "文件", width="120px"), Column("问题", lambda line: line[1]))
    return html.Section(table(columns, batch.messages), className="panel fill import-rows")


def _before(batch: ImportBatch, back_href: str) -> Component:
    rows = batch.new_count + batch.changed_count
    why = _refusal(lambda: refuse_commit(batch))
    commit = html.Button(
        f"确认导入（{rows + batch.refused_count:,} 行）",
        type="button",
        className="button primary",
        disabled=bool(why),
        title=why or None,
        **{"data-import-do": "commit", "data-batch": str(batch.id), "data-title": f"导入 {batch.file_name}"},
    )
    words = f"{why[:-1]}。导入后 7 天内可整批撤销。" if why else f"将新增 {batch.new_count:,} 行，更新 {batch.changed_count:,} 行；导入后 7 天内可整批撤销。"
    return html.Div([commit, _again(), _back(back_href), html.Span(words, className="cap")], className="action-bar import-bar")


def _after(session: Session, viewer: Viewer, batch: ImportBatch, back_href: str) -> Component:
    parts: list[Any] = [_result(session, viewer, batch), html.Button([icon("upload"), "继续导入"], type="button", className="button", **{"data-import-again": "1"}), _back(back_href)]
    why = _refusal(lambda: refuse_undo(batch))
    if not why:
        parts += [html.Span(className="rule"), _undo(batch)]
    return html.Div([*parts, html.Span(why, className="cap") if why else None], className="action-bar import-bar")


def _result(session: Session, viewer: Viewer, batch: ImportBatch) -> Component | None:
    try:
        task = own(session, viewer, int(batch.commit_task_id or 0))
    except PlatformError:
        return None
    if file_of(task, current_settings()) is None:
        return None
    return html.A([icon("file-earmark-arrow-down"), "下载导入结果"], href=f"/tasks/{task.id}/file", className="button primary", **{"data-plain": "1", "download": ""})


def _undo(batch: ImportBatch) -> Component:
    question = html.Form(
        [
            html.B("撤销本批"),
            html.P(f"将删除新增的 {batch.new_count:,} 行，{batch.changed_count:,} 行恢复原值。其后被他人修改过的，会列出并整批不撤销。"),
            html.Label([html.Span("撤销原因", className="must"), dcc.Input(name="reason", type="text", maxLength=200, className="input", autoComplete="off", required=True)]),
            html.Button("确认撤销", type="submit", className="button danger"),
        ],
        className="menu import-undo",
        **{"data-import-undo": str(batch.id), "data-title": f"撤销导入 {batch.file_name}"},
    )
    return html.Details([html.Summary([icon("arrow-counterclockwise"), "撤销本批"], className="button red"), question], className="more import-more")


def _earlier(session: Session, viewer: Viewer, sheet: Sheet) -> Component:
    batches = earlier(session, viewer, sheet.code)
    now = datetime.now(UTC)
    columns = (
        Column("文件", lambda one: html.A(one.file_name, href=address("", batch=one.id), title=one.file_name)),
        Column("上传时间", lambda one: moment_words(one.created_at, now), width="130px"),
        Column("状态", _state, width="110px"),
        Column("新增", lambda one: f"{one.new_count:,}", True, "90px"),
        Column("更新", lambda one: f"{one.changed_count:,}", True, "90px"),
        Column("不变", lambda one: f"{one.same_count:,}", True, "90px"),
        Column("拒绝", lambda one: f"{one.refused_count:,}", True, "90px"),
    )
    body = table(columns, batches) if batches else blank("inbox", "还没有导入过", "上传的文件和检查结果保留 7 天。")
    return html.Section([html.Header([html.H3("我的导入记录")]), body], className="panel fill import-earlier")


def _state(batch: ImportBatch) -> Component:
    if batch.state == "checked" and not batch.is_good:
        return tag("有错待改", "warn")
    return tag(word(BATCH_STATES, batch.state), _TONES[batch.state])


def _again() -> Component:
    return html.Button("重新上传", type="button", className="button pale", **{"data-import-again": "1"})


def _back(href: str) -> Component:
    return dcc.Link("返回", href=href, className="button")


def _refusal(ask: Any) -> str:
    try:
        ask()
    except PlatformError as error:
        return str(error)
    return ""
