"""Imports in a process of their own: how much memory they take, and what a kill in the middle leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from data.db import session
from data.exports import Listing, ask
from data.imports import receive, sheet_of
from data.imports.batches import ask_commit
from data.models import AuditEntry, Division, Enterprise, ImportRow, Role, Task, UnitType
from data.query import Question
from data.save import create
from data.settings import Settings, current_settings
from data.task_runner import recover
from data.viewer import Viewer
from tests.park import MAKER
from tests.platform import ROOT, wait_for
from tests.sheets import batch, book, firm, person, task, towns, upload, work

ROWS = 6_000
MOST_MB = 300
WORKER = """
from data import exports, imports, jobs
from data.task_runner import run_next
from data.settings import current_settings
from tests.sheets import viewer_now
while run_next(current_settings(), viewer_now):
    pass
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.fixture
def officer(fresh_database: Settings) -> Viewer:
    with session() as current:
        towns(current)
        return person(current, "officer", "enterprise.edit", "enterprise.view")


def worker() -> subprocess.Popen[str]:
    """A process that does the tasks that wait and prints how much memory it had at most, in MB."""
    return subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)


def peak() -> int:
    done = worker()
    told, _ = done.communicate()
    assert done.returncode == 0
    return int(told)


def test_check_commit_and_export_of_many_rows_stay_within_300_mb(officer: Viewer) -> None:
    with session() as current:
        content = book(firm(number) for number in range(1, ROWS + 1))
        found = receive(current, officer, sheet_of("enterprise"), content, "企业.xlsx", current_settings())
    check = peak()
    with session() as current:
        ask_commit(current, officer, found.id)
    commit = peak()
    with session() as current:
        columns = tuple((name, name) for name in ("name", "credit_code", "division.name", "scale", "employee_count", "lon", "lat", "created_at"))
        identity = ask(current, officer, Listing("enterprise", columns, Question(), "单位", "enterprise.view")).id
    export = peak()
    assert (batch(found.id).state, task(identity).result) == ("committed", {"count": ROWS, "message": f"已导出 {ROWS:,} 行。"})
    assert {"check": check < MOST_MB, "commit": commit < MOST_MB, "export": export < MOST_MB} == {"check": True, "commit": True, "export": True}, (check, commit, export)


def count(model: type) -> int:
    with session() as current:
        return current.scalar(select(func.count()).select_from(model)) or 0


def test_a_kill_in_the_middle_of_an_import_leaves_nothing_half_written(officer: Viewer) -> None:
    found = upload(officer, book(firm(number) for number in range(1, 3_001)))
    before = count(AuditEntry)
    with session() as current:
        identity = ask_commit(current, officer, found.id).id
    with session() as other:
        town = other.scalars(select(Division).where(Division.level == "town")).first()
        kind = other.scalars(select(UnitType).where(UnitType.parent_id.is_not(None))).first()
        name = {"name": firm(2_900)[0], "code": "Q9", "short_name": "同名", "division_id": town.id, "unit_type_id": kind.id, "lon": 120.43, "lat": 41.42}
        create(other, Enterprise, MAKER, name)  # not committed: the import waits at the row of this name
        process = worker()
        wait_for(lambda: task(identity).done > 0 and sessions_at_work(waiting=True), 60, "the first rows, and the one that waits")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        other.rollback()
    wait_for(lambda: not sessions_at_work(), 30, "the server to notice")
    assert (count(Enterprise), count(AuditEntry), batch(found.id).state) == (0, before, "checked")
    recover()
    assert task(identity).state == "waiting", "it is started once more"
    work()
    assert (task(identity).state, count(Enterprise), batch(found.id).state) == ("done", 3_000, "committed")


def sessions_at_work(*, waiting: bool = False) -> int:
    """Other sessions of this database that are in a transaction; or only those ``waiting`` for another one's lock."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    with session() as current:
        return current.scalar(text(question + (" AND wait_event_type = 'Lock'" if waiting else ""))) or 0


def test_a_kill_in_the_middle_of_a_check_starts_it_again(officer: Viewer) -> None:
    with session() as current:
        found = receive(current, officer, sheet_of("enterprise"), book(firm(number) for number in range(1, 4_001)), "企业.xlsx", current_settings())
    process = worker()
    wait_for(lambda: task(found.check_task_id).done > 0, 60, "the first rows")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_for(lambda: not sessions_at_work(), 30, "the server to notice")
    assert (count(ImportRow), batch(found.id).state) == (0, "checking")
    recover()
    work()
    assert (count(ImportRow), batch(found.id).state, batch(found.id).new_count) == (4_000, "checked", 4_000)


def test_the_jobs_role_does_tasks_within_a_second(officer: Viewer, tmp_path: Path) -> None:
    with session() as current:
        current.execute(update(Role).where(Role.code == "officer").values(permissions=["enterprise.view"]))
    log = (tmp_path / "jobs.log").open("w")
    jobs = subprocess.Popen([sys.executable, "app.py", "jobs"], cwd=ROOT, stdout=log, stderr=log)
    try:
        first = export(officer)
        wait_for(lambda: task(first).state == "done", 60, "the first task, with the start of the role")
        time.sleep(0.5)
        second = task(export(officer))
        wait_for(lambda: task(second.id).state == "done", 30, "the second task")
        begun = task(second.id).started_at
        assert begun is not None and (begun - second.created_at).total_seconds() < 1
    finally:
        jobs.send_signal(signal.SIGTERM)
        assert jobs.wait(20) == 0
        log.close()
    assert count(Task) == 2


def export(viewer: Viewer) -> int:
    with session() as current:
        return ask(current, viewer, Listing("enterprise", (("name", "名称"),), Question(), "单位", "enterprise.view")).id
