"""Whatever people do in whatever order: a case is always at a declared node, with somebody for whom it waits, or at an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import hazard_filings
from data.calendar import park_day
from data.errors import PlatformError
from data.models import (
    Attachment,
    AuditEntry,
    Department,
    Enterprise,
    HazardFiling,
    HiddenDanger,
    MajorCriterion,
    OwnItem,
    OwnStandard,
    RiskObject,
    Role,
    User,
    WorkflowCase,
    WorkflowSign,
    WorkflowStep,
)
from data.save import create
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from
from data.workflow import rules, signing, steps, todos
from data.workflow.declaration import RETURN, Transition, Workflow
from data.workflow.offers import offers
from data.workflow.people import candidates, holders
from data.workflow.registry import workflow, workflows
from tests.hazards import filed_installation
from tests.risks import risk_tree

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MAKER = system_viewer("tests")
ATTEMPTS = 12  # of a walk: enough for the longest way and some detours
WALKS = 2  # of each workflow
VERBS = (*["act"] * 14, RETURN, "withdraw", "transfer", "urge", "ask", "sign", "drop", "copy", "stale", "made_up")
WORDS = ("", "同意", "材料不全，请补充")


@dataclass
class Walk:
    """One record on its way, the people around it, and what has happened so far."""

    session: Session
    chance: Random
    flow: Workflow
    record: Any
    people: Sequence[User]
    now: datetime = NOW
    done: Counter[str] = field(default_factory=Counter)
    visited: set[tuple[str, str]] = field(default_factory=set)

    @property
    def case(self) -> WorkflowCase:
        found = steps.case_of(self.session, self.record)
        assert found is not None
        return found

    def values(self, step: Transition) -> dict[str, Any]:
        """What somebody might fill in: mostly right, sometimes with a field left empty or out of time."""
        given = {name: self._value(name) for name in step.fields}
        if given and self.chance.random() < 0.15:
            given[self.chance.choice(sorted(given))] = None
        return given

    def _value(self, name: str) -> Any:
        today = park_day(self.now)
        match name:
            case "criterion_id":
                return self.session.scalar(select(func.min(MajorCriterion.id)))
            case "supervisor_id":
                return self.session.scalar(select(func.min(Department.id)))
            case "deadline_on" | "extended_until":
                return today + timedelta(days=self.chance.choice([-3, 5, 30, 60, 90, 120]))
            case "rectified_on":
                return today - timedelta(days=self.chance.choice([-2, 0, 0, 0, 400]))
            case "progress":
                return self.chance.choice([10, 60, 100])
            case "funds":
                return 12.5
            case _:
                return "已按要求办理"

    def attempt(self) -> None:
        """Somebody does something, allowed or not; what is refused changes nothing."""
        case, verb = self.case, self.chance.choice(VERBS)
        waiting = holders(self.session, case)
        user = self.chance.choice(waiting) if waiting and self.chance.random() < 0.85 else self.chance.choice(self.people)
        if verb == "withdraw" and self.chance.random() < 0.75:
            user = self.session.scalars(select(User).join(WorkflowStep, WorkflowStep.user_id == User.id).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number.desc())).unique().first() or user
        before = picture(self.session, self.record)
        try:
            with self.session.begin_nested():
                self._take(verb, viewer_from(user), case)
        except PlatformError as error:
            assert str(error), "a refusal says why"
            assert picture(self.session, self.record) == before, f"{verb} by {user.username} was refused, and something changed"
            self.done["refused"] += 1
        else:
            self.done[verb] += 1
            self.visited.add((case.workflow, case.node))
        self.now += timedelta(hours=self.chance.choice([0, 0, 1, 6, 30]))

    def _take(self, verb: str, viewer: Viewer, case: WorkflowCase) -> None:
        words, given = self.chance.choice(WORDS), {"version": case.version, "now": self.now}
        someone = [one.id for one in self.chance.sample(list(self.people), 2)]
        flow = workflow(case.workflow)
        match verb:
            case "act":
                step = self.chance.choice(flow.leaving(case.node) or list(flow.transitions))
                steps.act(self.session, viewer, case, step.key, values=self.values(step), opinion=words, **given)
            case "return":
                steps.act(self.session, viewer, case, RETURN, opinion=words, target=self.chance.choice(["", *flow.keys]), **given)
            case "withdraw":
                steps.withdraw(self.session, viewer, case, opinion=words, **given)
            case "transfer":
                able = [one.id for one in self.session.scalars(candidates(self.session, flow, case.node, case.enterprise_id)).unique() if one.id != viewer.id]
                steps.transfer(self.session, viewer, case, self.chance.choice([*able, someone[0]]), opinion=words, **given)
            case "urge":
                steps.urge(self.session, viewer, case, opinion=words, **given)
            case "ask":
                signing.ask(self.session, viewer, case, someone, opinion=words, **given)
            case "sign":
                asked = self.session.scalars(select(WorkflowSign).where(WorkflowSign.case_id == case.id, WorkflowSign.answered_at.is_(None), WorkflowSign.dropped_at.is_(None))).unique().all()
                signer = viewer_from(self.chance.choice(asked).user) if asked else viewer
                signing.sign(self.session, signer, case, self.chance.choice(["agree", "agree", "refuse", "x"]), opinion=words, **given)
            case "drop":
                signing.drop(self.session, viewer, case, someone[0], **given)
            case "copy":
                signing.copy_to(self.session, viewer, case, someone, opinion=words, **given)
            case "stale":
                step = self.chance.choice(list(flow.transitions))
                steps.act(self.session, viewer, case, step.key, version=case.version - 1, now=self.now, values=self.values(step))
            case _:
                steps.act(self.session, viewer, case, self.chance.choice(["", "delete", "state", "lifted"]), values={"state": "lifted", "closed_on": date(2026, 1, 1)}, **given)

    def check(self) -> None:
        """What holds after every step."""
        cases = self.session.scalars(select(WorkflowCase).where(WorkflowCase.table_name == self.flow.model.__tablename__, WorkflowCase.record_id == self.record.id)).unique().all()
        case = self.case
        assert self.record.state == case.node
        assert sum(one.ended_at is None for one in cases) <= 1
        for one in cases:
            flow = workflow(one.workflow)
            node = flow.node(one.node)
            assert node.is_end == (one.ended_at is not None), f"{one.node} is an end, or it is open"
            taken = self.session.scalars(select(WorkflowStep).where(WorkflowStep.case_id == one.id).order_by(WorkflowStep.number)).all()
            assert [step.number for step in taken] == list(range(1, one.version)), "numbered without a gap"
            assert all({step.from_node, step.to_node} <= flow.keys for step in taken)
            assert all(before.to_node == after.from_node for before, after in pairwise(taken)), "each step begins where the last one ended"
            assert not taken or taken[-1].to_node == one.node
        if case.ended_at is None:
            waiting = holders(self.session, case)
            assert waiting, f"nobody can act at {case.workflow}.{case.node}"
            first = viewer_from(self.chance.choice(waiting))
            assert case.id in set(self.session.scalars(todos.todo(self.session, first).with_only_columns(WorkflowCase.id))), f"{first.username} can act, and has no to-do"
            assert {one.key for one in offers(self.session, first, case, self.record, self.now)} >= {step.key for step in workflow(case.workflow).leaving(case.node)}
            assert self.record.deleted_at is None and getattr(self.record, "closed_on", None) is None


def picture(session: Session, record: Any) -> tuple[Any, ...]:
    """Everything that a step writes, as it stands in the database."""
    session.flush()
    table = type(record).__table__
    row = session.execute(select(table).where(table.c.id == record.id)).one()
    cases = session.execute(select(WorkflowCase.__table__).where(WorkflowCase.table_name == table.name, WorkflowCase.record_id == record.id).order_by(WorkflowCase.id)).all()
    ids = [one.id for one in cases]
    signs = session.execute(select(WorkflowSign.__table__).where(WorkflowSign.case_id.in_(ids)).order_by(WorkflowSign.id)).all()
    taken = session.scalar(select(func.count()).select_from(WorkflowStep).where(WorkflowStep.case_id.in_(ids)))
    written = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.table_name == table.name, AuditEntry.record_id == record.id))
    return tuple(row), [tuple(one) for one in cases], [tuple(one) for one in signs], taken, written


def people_around(session: Session, firm: Enterprise) -> list[User]:
    """Two of every role of the authority, all users of the enterprise, and one of another."""
    found: list[User] = list(session.scalars(select(User).where(User.enterprise_id == firm.id)).unique())
    found += session.scalars(select(User).where(User.enterprise_id.is_not(None), User.enterprise_id != firm.id).order_by(User.id).limit(1)).unique()
    for role in session.scalars(select(Role).where(Role.scope != "own_enterprise").order_by(Role.id)):
        found += session.scalars(select(User).where(User.role_id == role.id, User.is_active).order_by(User.id).limit(2)).unique()
    return found


def begun(session: Session, chance: Random, flow: Workflow, firm: Enterprise, people: Sequence[User]) -> Walk:
    """A record of the workflow's model, put on its way."""
    own = viewer_from(next(one for one in people if one.enterprise_id == firm.id))
    record: Any
    if flow.model is OwnStandard:
        record = create(session, OwnStandard, MAKER, {"enterprise_id": firm.id, "name": "罐区自查标准"})
        create(session, OwnItem, MAKER, {"own_standard_id": record.id, "enterprise_id": firm.id, "number": 1, "category": "罐区", "name": "液位计"})
    elif flow.model is RiskObject:
        record = risk_tree(session, own)
    elif flow.model is HazardFiling:
        record = hazard_filings.save_filing(session, own, None, {"installation_id": filed_installation(session, firm).id})
    else:
        level = "major" if flow.key == "major_danger" else "general"
        given = {"enterprise_id": firm.id, "name": "切断阀未投用", "level": level, "found_on": date(2026, 11, 18), "deadline_on": date(2026, 12, 20)}
        record = create(session, HiddenDanger, MAKER, given | {"state": flow.start.key})
    if flow.model.__files__:
        session.add(Attachment(table_name=flow.model.__tablename__, record_id=record.id, slot="after", name="照片.jpg", size=1, sha256="0" * 64, content_type="image/jpeg"))
        session.flush()
    steps.open_at(session, own, flow, record, flow.start.key, now=NOW)
    return Walk(session, chance, flow, record, people)


@pytest.mark.parametrize("key", sorted(workflows()))
def test_no_walk_leads_astray(key: str, current: Session, firm: Enterprise) -> None:
    flow, people = workflow(key), people_around(current, firm)
    done: Counter[str] = Counter()
    visited: set[tuple[str, str]] = set()
    for seed in range(WALKS):
        walk = begun(current, Random(f"{key} {seed}"), flow, firm, people)
        walk.check()
        for _ in range(ATTEMPTS if len(flow.nodes) < 6 else 2 * ATTEMPTS):
            before = walk.case.version, walk.case.id
            walk.attempt()
            if (walk.case.version, walk.case.id) != before:
                walk.check()
        done += walk.done
        visited |= walk.visited
    assert done["refused"] and done["act"], done
    assert len(visited) >= min(3, len(flow.nodes) - 1), f"the walks get somewhere: {visited}"


@pytest.mark.parametrize("key", [key for key, flow in workflows().items() if any(one.is_optional for one in flow.nodes)])
def test_no_walk_leads_astray_with_the_optional_steps_switched_off(key: str, current: Session, firm: Enterprise) -> None:
    flow, people = workflow(key), people_around(current, firm)
    admin = viewer_from(next(one for one in people if one.role.code == "admin"))
    optional = [one.key for one in flow.nodes if one.is_optional]
    for node in optional:
        rules.set_rule(current, admin, key, node, {"is_on": False})
    for seed in range(1):
        walk = begun(current, Random(f"off {key} {seed}"), flow, firm, people)
        for _ in range(2 * ATTEMPTS):
            before = walk.case.version
            walk.attempt()
            if walk.case.version != before:
                walk.check()
                assert walk.case.node not in optional
