"""Walks hidden dangers of the demo park through their workflows without a database, writing what the engine would write.

Nodes, actions and due times are those of the declaration; a test holds every row against it (tests/data/demo/test_dangers.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from data.audit import entry
from data.calendar import park_day
from data.models import HiddenDanger
from data.viewer import Viewer
from data.workflow.declaration import RETURN, Node, Workflow
from data.workflow.steps import due_at
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.major_danger import MAJOR_DANGER

Row = dict[str, Any]


class Act(NamedTuple):
    """An action that somebody takes. ``target`` is where 退回 returns to; ``words`` read what ``values`` refer to."""

    viewer: Viewer
    action: str
    at: datetime
    values: Mapping[str, Any] = {}
    opinion: str = ""
    target: str = ""
    words: Mapping[str, str] = {}


@dataclass
class Way:
    """One danger with its cases, steps and audit entries, up to ``until``: what would happen later has not happened yet."""

    danger: Row
    until: datetime
    cases: list[Row] = field(default_factory=list)
    steps: list[list[Row]] = field(default_factory=list)  # of each case
    entries: list[Row] = field(default_factory=list)

    @property
    def flow(self) -> Workflow:
        return GENERAL_DANGER if self.cases[-1]["workflow"] == "general_danger" else MAJOR_DANGER

    @property
    def is_over(self) -> bool:
        return self.cases[-1]["ended_at"] is not None

    def enter(self, viewer: Viewer, at: datetime) -> None:
        """The danger is registered by the viewer."""
        self.danger |= {"state": "draft", "created_at": at, "created_by_id": viewer.id, "updated_at": at, "updated_by_id": viewer.id, "version": 1}
        given = {name: [None, value] for name, value in self.danger.items() if value is not None and name not in _OWN}
        self._note(viewer, at, "create", given, None)

    def open(self, flow: Workflow, viewer: Viewer, node: str, at: datetime) -> None:
        """A case begins at the node."""
        common = {"table_name": HiddenDanger.__tablename__, "title": self.danger["name"][:300], "enterprise_id": self.danger["enterprise_id"]}
        people = {"started_by_id": viewer.id, "sent_by_id": viewer.id, "started_at": at, "since": at}
        self.cases.append({"workflow": flow.key, "node": node, "version": 1, **common, **people})
        self.steps.append([])
        self._write(viewer, at, {"state": node}, None)
        self._stand(flow.node(node), at)

    def act(self, act: Act) -> bool:
        """Take the action; False, and nothing done, when it lies in the future."""
        if act.at > self.until:
            return False
        case, flow = self.cases[-1], self.flow
        node = flow.node(case["node"])
        if act.action == RETURN:
            assert act.target in node.returns_to and act.opinion, (act.action, node.key)
            kind, label, target, values = "return", "退回", act.target, {}
        else:
            step = next(one for one in flow.leaving(node.key) if one.key == act.action)
            kind, label, target = step.kind, step.label, step.target
            values = {name: value for name, value in act.values.items() if name in step.fields}
        kind = "start" if not self.steps[-1] and node is flow.start and node.key == "report" and case["started_by_id"] == act.viewer.id else kind
        self._write(act.viewer, act.at, {**values, **_effect(self.danger, act.action, act.at), "state": target}, f"{label}：{act.opinion}" if act.opinion else label)
        self._step(act, kind, label, node.key, target, values)
        if kind != "note":
            self._arrive(act, flow.node(target))
        return True

    def _arrive(self, act: Act, node: Node) -> None:
        self.cases[-1]["sent_by_id"] = act.viewer.id
        self._stand(node, act.at)
        if node.enter:
            self._write(act.viewer, act.at, {"closed_on": park_day(act.at)}, node.label)
        if node.is_end and node.goes_on[0]:
            self.open(GENERAL_DANGER, act.viewer, node.goes_on[1], act.at)

    def _stand(self, node: Node, at: datetime) -> None:
        due = None if node.is_end else due_at(node, node.due_days, _Danger(self.danger), at)
        self.cases[-1] |= {"node": node.key, "since": at, "due_at": due, "ended_at": at if node.is_end else None}

    def _step(self, act: Act, kind: str, label: str, start: str, end: str, values: Mapping[str, Any]) -> None:
        case = self.cases[-1]
        shown = {name: act.words.get(name) or (value.isoformat() if isinstance(value, date) else value) for name, value in values.items() if value not in (None, "")}
        taken = {"kind": kind, "action": act.action, "label": label, "from_node": start, "to_node": end, "at": act.at}
        person = {"user_id": act.viewer.id, "user_name": act.viewer.name, "opinion": act.opinion or None}
        waited = max(0, int((act.at - case["since"]).total_seconds()))
        self.steps[-1].append({"number": case["version"], **taken, "waited_s": waited, **person, "values": shown})
        case["version"] += 1

    def _write(self, viewer: Viewer, at: datetime, values: Mapping[str, Any], reason: str | None) -> None:
        changes = {name: [self.danger.get(name), value] for name, value in values.items() if self.danger.get(name) != value}
        if changes:
            self.danger |= {name: new for name, (_, new) in changes.items()}
            self.danger |= {"updated_at": at, "updated_by_id": viewer.id, "version": self.danger["version"] + 1}
            self._note(viewer, at, "step", changes, reason)

    def _note(self, viewer: Viewer, at: datetime, verb: str, changes: Mapping[str, list[Any]], reason: str | None) -> None:
        self.entries.append(entry(viewer, verb, HiddenDanger, 0, self.danger["name"], changes, reason) | {"at": at})


_ZONE = ZoneInfo("Asia/Shanghai")
_OWN = {"state", "created_at", "created_by_id", "updated_at", "updated_by_id", "version"}


class _Danger:
    """A row as the declaration looks at a record."""

    def __init__(self, row: Row) -> None:
        self.deadline_on = row.get("deadline_on")


def _effect(danger: Row, action: str, at: datetime) -> Row:
    """What the declared effects write besides what was filled in."""
    effects: dict[str, Row] = {
        "county": {"supervision": "county"},
        "county_instead": {"supervision": "county"},
        "city": {"supervision": "city"},
        "downgrade": {"level": "general", "supervision": None},
        "grant": {"deadline_on": danger.get("extended_until"), "extended_until": None},
        "deny": {"extended_until": None},
    }
    if action == "pass" and danger["state"] == "acceptance":
        return {"accepted_on": park_day(at)}
    return effects.get(action, {})


def moment(day: date, hour: float) -> datetime:
    """The instant at which it is ``hour`` o'clock in the park (Asia/Shanghai, UTC+8 all year)."""
    return datetime(day.year, day.month, day.day, int(hour), int(hour % 1 * 60), tzinfo=_ZONE).astimezone(UTC)
