"""Background tasks: one owner, today's rights, an end that is always told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from data import tasks
from data.db import session
from data.errors import Conflict, Invalid, NotFound
from data.models import Task, User
from data.settings import Settings, current_settings
from data.task_runner import RESTARTED, Runner, recover
from data.tasks import HANDLERS, LANES, Work
from data.viewer import Viewer
from tests.platform import wait_for
from tests.sheets import person, task, viewer_now, work


@pytest.fixture(scope="module")
def people(database: Settings) -> dict[str, Viewer]:
    with session() as current:
        return {name: person(current, name, "map.view") for name in ("anna", "bert")}


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch, people: dict[str, Viewer]) -> Iterator[dict[str, Any]]:
    """Handlers of this test only; and no task of another."""
    own: dict[str, Any] = {}
    monkeypatch.setattr("data.tasks.HANDLERS", own)
    monkeypatch.setattr("data.task_runner.HANDLERS", own)
    yield own
    with session() as current:
        current.execute(delete(Task))


def ask(viewer: Viewer, kind: str = "test", **params: Any) -> int:
    with session() as current:
        return tasks.enqueue(current, viewer, kind, "试做", params).id


def test_a_task_is_done_in_the_name_of_who_asked_and_keeps_its_file(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    def make(job: Work) -> None:
        job.progress(2, 2)
        job.file("结果/一.txt").write_text(f"{job.viewer.username} {job.params['n']}")
        job.result["message"] = "好了"

    handlers["test"] = make
    identity = ask(people["anna"], n=7)
    assert work() == 1
    done = task(identity)
    assert (done.state, done.done, done.total, done.file_name, done.result) == ("done", 2, 2, "结果/一.txt", {"message": "好了"})
    path = tasks.file_of(done, current_settings())
    assert path is not None and path.read_text() == "anna 7"


def test_only_the_owner_finds_a_task(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    handlers["test"] = lambda job: None
    identity = ask(people["anna"])
    with session() as current:
        assert tasks.own(current, people["anna"], identity).id == identity
        with pytest.raises(NotFound, match="没有找到这个任务"):
            tasks.own(current, people["bert"], identity)


def test_what_a_person_may_be_told_is_told_and_the_rest_is_a_number(handlers: dict[str, Any], people: dict[str, Viewer], caplog: pytest.LogCaptureFixture) -> None:
    def refuse(job: Work) -> None:
        raise Invalid("条件太多。")

    handlers.update(test=refuse, broken=lambda job: 1 / 0)
    refused, broken = ask(people["anna"]), ask(people["anna"], "broken")
    work()
    assert (task(refused).state, task(refused).error) == ("failed", "条件太多。")
    told = task(broken).error
    assert told is not None and told.startswith("任务没有完成，请稍后重做。错误编号 E-")
    assert told[-8:] in caplog.text, "the number stands in the log"


def test_a_disabled_account_gets_nothing_done(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    handlers["test"] = lambda job: None
    identity = ask(people["bert"])
    with session() as current:
        current.execute(update(User).where(User.id == people["bert"].id).values(is_active=False))
    work()
    with session() as current:
        current.execute(update(User).where(User.id == people["bert"].id).values(is_active=True))
    assert (task(identity).state, task(identity).error) == ("failed", "提交任务的账号已停用或删除，任务没有执行。")


def test_a_waiting_task_is_cancelled_at_once_and_may_be_done_again(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    handlers["test"] = lambda job: None
    identity = ask(people["anna"], n=1)
    with session() as current:
        tasks.cancel(current, people["anna"], identity)
    assert (work(), task(identity).state) == (0, "cancelled")
    with session() as current:
        with pytest.raises(Conflict, match="任务已经结束，不能取消。"):
            tasks.cancel(current, people["anna"], identity)
        again = tasks.repeat(current, people["anna"], identity).id
    assert (work(), task(again).state, task(again).params) == (1, "done", {"n": 1})


def test_a_running_task_ends_at_its_next_step_and_leaves_nothing(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    def take_back(job: Work) -> None:
        with session() as current:
            tasks.cancel(current, people["anna"], job.id)
        assert job.is_cancelled()
        with session() as current:
            current.execute(update(User).where(User.id == people["bert"].id).values(phone="123"))
            job.progress(1, 2)

    handlers["test"] = take_back
    identity = ask(people["anna"])
    work()
    with session() as current:
        assert current.get_one(User, people["bert"].id).phone is None
    assert (task(identity).state, task(identity).error) == ("cancelled", None)


def test_one_person_cannot_fill_the_queue(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    handlers["test"] = lambda job: None
    for _ in range(tasks.MOST_WAITING):
        ask(people["anna"])
    with pytest.raises(Conflict, match="您已有 20 个任务在排队"):
        ask(people["anna"])
    assert ask(people["bert"])


def test_what_a_dead_process_left_is_started_once_more_then_it_fails(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    identity = ask_running(people["anna"], handlers, attempts=1)
    assert (recover(), task(identity).state) == (1, "waiting")
    again = ask_running(people["anna"], handlers, attempts=2)
    recover()
    assert (task(again).state, task(again).error) == ("failed", RESTARTED)


def ask_running(viewer: Viewer, handlers: dict[str, Any], attempts: int) -> int:
    handlers["test"] = lambda job: None
    identity = ask(viewer)
    with session() as current:
        current.execute(update(Task).where(Task.id == identity).values(state="running", attempts=attempts))
    return identity


def test_a_task_starts_at_once_and_a_long_one_does_not_hold_up_a_quick_one(handlers: dict[str, Any], people: dict[str, Viewer], monkeypatch: pytest.MonkeyPatch) -> None:
    may_end = threading.Event()
    monkeypatch.setitem(LANES, "long", "import")
    handlers.update(test=lambda job: None, long=lambda job: may_end.wait(30))
    runner = Runner(current_settings(), viewer_now)
    runner.start()
    try:
        time.sleep(1)  # both threads listen by then
        slow = ask(people["anna"], "long")
        wait_for(lambda: task(slow).state == "running", 5, "the long task")
        quick = ask(people["anna"])
        wait_for(lambda: task(quick).state == "done", 5, "the quick task")
        begun = task(quick).started_at
        assert begun is not None and (begun - task(quick).created_at).total_seconds() < 1
        assert task(slow).state == "running"
    finally:
        may_end.set()
        runner.stop()
    assert task(slow).state == "done"


def test_a_process_that_ends_puts_its_task_back(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    begun = threading.Event()

    def for_ever(job: Work) -> None:
        begun.set()
        while True:
            job.progress(0, 1)
            time.sleep(0.01)

    handlers["test"] = for_ever
    runner = Runner(current_settings(), viewer_now)
    runner.start()
    identity = ask(people["anna"])
    assert begun.wait(10)
    runner.stop()
    assert (task(identity).state, task(identity).attempts) == ("waiting", 0)


def test_tasks_and_their_files_go_after_a_week(handlers: dict[str, Any], people: dict[str, Viewer]) -> None:
    handlers["test"] = lambda job: job.file("a.txt").write_text("a")
    identity = ask(people["anna"])
    work()
    folder = tasks.folder_of(current_settings(), identity)
    now = datetime.now(UTC)
    assert (tasks.clear(current_settings(), now + timedelta(days=6)), folder.exists()) == (0, True)
    assert (tasks.clear(current_settings(), now + timedelta(days=8)), folder.exists()) == (1, False)
    with session() as current:
        assert current.scalar(select(Task).where(Task.id == identity)) is None


def test_every_kind_that_is_registered_has_a_lane() -> None:
    assert {"export", "import-check", "import-commit", "import-undo", "import-errors"} <= HANDLERS.keys() == LANES.keys()


@pytest.mark.parametrize(("title", "name"), [("../../etc/passwd", "etc_passwd.xlsx"), ("a:b*c?\n", "a_b_c.xlsx"), (" . ", "文件.xlsx"), ("长" * 300, "长" * 120 + ".xlsx")])
def test_a_title_becomes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert tasks.file_name(title) == name
