"""Officers who act on cases over real HTTP, each with a session and a connection of their own, as browsers do; and what is left of it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from threading import Barrier, Thread
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import select

from data import db, save
from data.calendar import park_day
from data.models import Attachment, Enterprise, HiddenDanger, User, WorkflowCase, WorkflowStep
from data.viewer import system_viewer
from data.viewers import viewer_from
from data.workflow import steps
from data.workflows.general_danger import GENERAL_DANGER
from tests.platform import PASSWORD

MAKER = system_viewer("tests")


class Answer(NamedTuple):
    """What an officer got back, and how long it took."""

    officer: str
    danger: int
    version: int
    action: str
    status: int
    text: str
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether the step was taken."""
        return "已办理“" in self.text


class Officer:
    """A signed-in officer and the connection of their browser."""

    def __init__(self, username: str, name: str, port: int) -> None:
        self.name = name
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        answer, _ = self._send("/login", urlencode({"username": username, "password": PASSWORD}), {"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status == 302, f"{username} may sign in: {answer.status}"
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip", "Cookie": f"park_session={SimpleCookie(answer.getheader('Set-Cookie') or '')['park_session'].value}"}

    def act(self, danger: int, version: int, action: str, **values: str) -> Answer:
        """Submit the form of a step, as it was drawn when the case stood at ``version``."""
        place, form = ({"k": "danger_case", "t": part} for part in ("case-body", "form-submit"))
        names = {part["t"]: json.dumps(part, separators=(",", ":"), sort_keys=True) for part in (place, form)}
        typed = {"id": str(danger), "do": "edit", "version": str(version), "values": {"action": action, **values}}
        body = {
            "output": f"{names['case-body']}.children",
            "outputs": {"id": place, "property": "children"},
            "inputs": [{"id": form, "property": "data", "value": typed}],
            "changedPropIds": [f"{names['form-submit']}.data"],
        }
        sent = json.dumps(body)
        started = time.perf_counter()
        answer, content = self._send("/_dash-update-component", sent, self._headers)
        seconds = time.perf_counter() - started
        return Answer(self.name, danger, version, action, answer.status, _words(answer, content), seconds)

    def close(self) -> None:
        """Leave."""
        self._connection.close()

    def _send(self, path: str, body: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        self._connection.request("POST", path, body.encode(), headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def _words(answer: http.client.HTTPResponse, content: bytes) -> str:
    """The messages of an answer."""
    import gzip

    text = gzip.decompress(content) if answer.getheader("Content-Encoding") == "gzip" else content
    told = json.loads(text) if answer.status == 200 else {}
    return " ".join(one["text"] for one in told.get("sideUpdate", {}).get("messages-inbox", {}).get("data", {}).get("messages", []))


@contextmanager
def officers(port: int, count: int) -> Iterator[list[Officer]]:
    """So many new officers of the park, signed in at the web server on that port."""
    with db.session() as session:
        like = session.scalars(select(User).where(User.username == "officer")).unique().one()
        given = {"password_hash": like.password_hash, "role_id": like.role_id, "department_id": like.department_id, "division_id": like.division_id}
        people = [(f"acting{number:02}", f"监管员{number:02}") for number in range(1, count + 1)]
        for username, name in people:
            save.create(session, User, MAKER, {"username": username, "name": name, **given})
    found: list[Officer] = []
    try:
        found += [Officer(username, name, port) for username, name in people]
        yield found
    finally:
        for one in found:
            one.close()


def to_look_at(count: int) -> list[int]:
    """So many general dangers of enterprises of the demo park that were put right and wait to be looked at again (复查)."""
    now = datetime.now(UTC)
    with db.session() as session:
        people = session.scalars(select(User).join(Enterprise, Enterprise.id == User.enterprise_id).order_by(User.id).limit(20)).unique().all()
        found = []
        for number in range(count):
            own = viewer_from(people[number % len(people)])
            values = {"enterprise_id": own.enterprise_id, "name": f"第 {number + 1} 处电缆沟封堵不严", "level": "general", "found_on": park_day(now) - timedelta(days=3), "deadline_on": park_day(now)}
            danger = save.create(session, HiddenDanger, MAKER, values)
            case = steps.open_at(session, MAKER, GENERAL_DANGER, danger, "rectify", now=now)
            session.add(Attachment(table_name="hidden_danger", record_id=danger.id, slot="after", name="照片.jpg", size=1, sha256="0" * 64, content_type="image/jpeg"))
            session.flush()
            steps.act(session, own, case, "submit", version=case.version, now=now, values={"rectified_on": park_day(now), "result": "已封堵"})
            found.append(danger.id)
        return found


def at_once(people: Sequence[Officer], plans: Sequence[Sequence[Callable[[Officer], Answer]]], every: float = 0.0) -> list[Answer]:
    """The answers of all; each person goes through a plan, one action ``every`` so many seconds (0: without a pause), all at the same time."""
    start, found, failures = Barrier(len(people)), [], []  # type: ignore[var-annotated]

    def work(number: int, plan: Sequence[Callable[[Officer], Answer]]) -> None:
        try:
            start.wait()
            began = time.perf_counter() + every * number / len(people)
            for turn, do in enumerate(plan):
                time.sleep(max(0.0, began + every * turn - time.perf_counter()))
                found.append(do(people[number]))
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=work, args=pair) for pair in enumerate(plans)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if failures:
        raise failures[0]
    return found


class Trail(NamedTuple):
    """What the database says of a case afterwards: the record's state, where the case stands, its version, its steps in order."""

    state: str
    node: str
    version: int
    steps: list[WorkflowStep]


def trails(dangers: Sequence[int]) -> dict[int, Trail]:
    """The trail of each danger's case."""
    with db.read_session() as session:
        wanted = select(HiddenDanger.state, WorkflowCase).join(WorkflowCase, WorkflowCase.record_id == HiddenDanger.id).where(WorkflowCase.table_name == "hidden_danger", HiddenDanger.id.in_(dangers))
        found = {}
        for state, case in session.execute(wanted).unique():
            own = session.scalars(select(WorkflowStep).where(WorkflowStep.case_id == case.id).order_by(WorkflowStep.number)).all()
            found[case.record_id] = Trail(state, case.node, case.version, list(own))
        return found


def lost(answers: Sequence[Answer], found: dict[int, Trail]) -> int:
    """How many steps of which somebody was told that they are taken are not in the trail, or are there twice or besides."""
    told = sorted((one.danger, one.version, one.officer) for one in answers if one.is_done)
    first = {danger: min(one.version for one in answers if one.danger == danger) for danger in found}
    there = sorted((danger, step.number, step.user_name) for danger, trail in found.items() for step in trail.steps if step.number >= first[danger])
    gaps = sum([step.number for step in trail.steps] != list(range(1, trail.version)) for trail in found.values())
    return len(set(told) ^ set(there)) + len(told) - len(set(told)) + gaps
