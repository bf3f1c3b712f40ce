"""流程 of a case: every step that was taken, and the opinions that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, section, state_tag, tag
from dashboard.blocks.tables import Column, table
from dashboard.blocks.workflow_strip import waited_words
from dashboard.moments import full_words, moment_words
from data.choices import Choice
from data.choices.system import SIGN_ANSWERS, STEP_KINDS
from data.columns import label_of
from data.models import WorkflowCase, WorkflowStep
from data.workflow.registry import workflow
from data.workflow.signing import signs


def steps_of(session: Session, cases: Sequence[WorkflowCase], now: datetime) -> Component:
    """The steps of the cases of one record, the newest case first."""
    parts: list[Component] = []
    for case in cases:
        flow = workflow(case.workflow)
        taken = session.scalars(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number)).all()
        labels = {one.key: one.label for one in flow.nodes}
        tones = {one.code: one.tone for one in STEP_KINDS}
        columns = [
            Column("步骤", lambda one, labels=labels: labels.get(one.from_node, one.from_node)),
            Column("办理", lambda one, tones=tones: tag(one.label, tones.get(one.kind, ""))),
            Column("谁", lambda one: one.user_name),
            Column("何时", lambda one: html.Span(moment_words(one.at, now), title=full_words(one.at))),
            Column("停留", lambda one: waited_words(one.waited_s)),
            Column("意见", lambda one: one.opinion or NO_VALUE),
            Column("填写内容", lambda one, flow=flow: _filled(flow, one)),
        ]
        parts.append(section(flow.title))
        parts.append(html.Div(table(columns, taken), className="flow-steps"))
        if case.ended_at is None:
            parts += _asked(session, case, now)
    return html.Div(parts)


def _filled(flow: Any, step: WorkflowStep) -> Any:
    pairs = [html.Div([html.Span(f"{label_of(flow.model, name)}：", className="muted"), str(value)]) for name, value in step.values.items()]
    return html.Div(pairs) if pairs else NO_VALUE


def _asked(session: Session, case: WorkflowCase, now: datetime) -> list[Component]:
    asked = signs(session, case)
    if not asked:
        return []
    waiting = Choice("waiting", "未答复", "primary")
    columns = [
        Column("会签人", lambda one: one.user.name),
        Column("结果", lambda one: state_tag(SIGN_ANSWERS, one.answer) if one.answer else tag(waiting.word, waiting.tone)),
        Column("意见", lambda one: one.opinion or NO_VALUE),
        Column("答复时间", lambda one: moment_words(one.answered_at, now) if one.answered_at else NO_VALUE),
    ]
    return [section("会签"), html.Div(table(columns, asked), className="flow-steps")]
