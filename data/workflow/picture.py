"""A case as it is drawn: the strip of its straight way and the diagram of all its nodes, with where it stands and who acted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.models import WorkflowCase, WorkflowStep
from data.workflow.declaration import Workflow
from data.workflow.people import holders, shortened, whom
from data.workflow.rules import declared, rules

Standing = Literal["done", "current", "returned", "coming", "off"]


class Mark(NamedTuple):
    """A node as it is drawn: ``who`` acted, must act, or will act; ``at`` when it was left, or since when it waits."""

    key: str
    label: str
    standing: Standing
    who: str = ""
    at: datetime | None = None
    due_at: datetime | None = None
    opinion: str = ""
    is_end: bool = False
    place: tuple[int, int] = (0, 0)


class Edge(NamedTuple):
    """An arrow of the diagram. ``is_back`` ones return; ``is_taken`` ones were gone and lead to where the case stands."""

    start: str
    end: str
    label: str
    is_back: bool = False
    is_taken: bool = False


def marks(session: Session, case: WorkflowCase | None, flow: Workflow) -> list[Mark]:
    """Every node of the workflow as it stands in the case; without a case as it will be."""
    left = _left(session, case) if case is not None else {}
    found, own = [], rules(session)
    for node in flow.nodes:
        rule = own.get((flow.key, node.key)) or declared(node)
        standing: Standing = "coming"
        who, at, due_at, opinion = "" if node.is_end else shortened(whom(session, node, rule).split("、"), "类人员"), None, None, ""
        step = left.get(node.key)
        if case is not None and case.node == node.key:
            standing = "done" if node.is_end else "returned" if _came_back(session, case) else "current"
            names = [one.name for one in holders(session, case)] if not node.is_end else []
            who = shortened(names, "人") or who
            at, due_at = case.since, case.due_at
        elif step is not None:
            standing, who, at, opinion = "done", step.user_name, step.at, step.opinion or ""
        elif not rule.is_on:
            standing = "off"
        found.append(Mark(node.key, node.label, standing, who, at, due_at, opinion, node.is_end, node.at))
    return found


def strip(found: Sequence[Mark], flow: Workflow) -> list[Mark]:
    """The marks of the straight way; a case that stands elsewhere brings its node in at the end of what is done."""
    by_key = {one.key: one for one in found}
    line = [by_key[key] for key in flow.strip]
    aside = next((one for one in found if one.standing in ("current", "returned") and one.key not in flow.strip), None)
    aside = aside or next((one for one in found if one.is_end and one.standing == "done" and one.key not in flow.strip), None)
    if aside is None:
        return line
    done = max((number for number, one in enumerate(line, 1) if one.standing == "done"), default=0)
    return [*line[:done], aside, *([] if aside.is_end else line[done:])]


def edges(session: Session, case: WorkflowCase | None, flow: Workflow) -> list[Edge]:
    """The arrows of the diagram: declared actions and the ways back."""
    gone = _gone(session, case) if case is not None else set()
    found: dict[tuple[str, str], Edge] = {}
    for one in flow.transitions:
        if one.kind != "note":
            is_back = one.kind == "return"
            found.setdefault((one.source, one.target), Edge(one.source, one.target, one.label, is_back, (one.source, one.target) in gone))
    for node in flow.nodes:
        for key in node.returns_to:
            found.setdefault((node.key, key), Edge(node.key, key, "退回", True, (node.key, key) in gone))
    return list(found.values())


def _left(session: Session, case: WorkflowCase) -> dict[str, WorkflowStep]:
    """The last step by which each node was left for good: what came after a return has to be done again."""
    found: dict[str, WorkflowStep] = {}
    for step in _steps(session, case):
        if step.from_node == step.to_node:
            continue
        if step.kind in ("return", "withdraw"):
            found = _undone(found, step)
        else:
            found[step.from_node] = step
    return found


def _undone(found: dict[str, WorkflowStep], step: WorkflowStep) -> dict[str, WorkflowStep]:
    again = found.get(step.to_node)
    return {key: one for key, one in found.items() if again is not None and one.number < again.number}


def _came_back(session: Session, case: WorkflowCase) -> bool:
    moved = [one for one in _steps(session, case) if one.from_node != one.to_node]
    return bool(moved) and moved[-1].kind == "return"


def _gone(session: Session, case: WorkflowCase) -> set[tuple[str, str]]:
    left = _left(session, case)
    return {(one.from_node, one.to_node) for one in left.values()}


def _steps(session: Session, case: WorkflowCase) -> Sequence[WorkflowStep]:
    return session.scalars(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number)).all()
