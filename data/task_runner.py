"""Does background tasks inside the jobs role: one thread a lane, woken by NOTIFY, each task in the name of who asked for it."""

from __future__ import annotations

import logging
import secrets
import select as sockets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from psycopg2 import Error
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from data.db import connection_raw, session
from data.errors import Forbidden, PlatformError
from data.models import Task
from data.settings import Settings
from data.tasks import CHANNEL, HANDLERS, LANES, Cancelled, Interrupted, Work
from data.viewer import Viewer, system_viewer

log = logging.getLogger(__name__)

# From the id of a user to the viewer with the rights of this moment; None when the account is gone or disabled.
ViewerOf = Callable[[Session, int], Viewer | None]
MOST_ATTEMPTS = 2
RESTARTED = "因重启中断，没有写入任何内容，可以重做。"


class Runner:
    """The worker threads of one leader. ``start`` first looks after what a process that died has left behind."""

    def __init__(self, settings: Settings, viewer_of: ViewerOf) -> None:
        self.settings, self.viewer_of = settings, viewer_of
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work."""
        recover()
        for lane in dict.fromkeys(("quick", *LANES.values())):
            thread = threading.Thread(target=self._work, args=(lane,), name=f"tasks-{lane}", daemon=True)
            thread.start()
            self.threads.append(thread)

    def stop(self, within_s: float = 8.0) -> None:
        """End the threads; what they are at goes back into the queue."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(within_s)

    def _work(self, lane: str) -> None:
        while not self.stopping.is_set():
            try:
                self._listen(lane)
            except (Error, SQLAlchemyError) as error:
                log.warning("tasks of lane %s: %s", lane, str(error).strip().splitlines()[0])
                self.stopping.wait(2)

    def _listen(self, lane: str) -> None:
        connection = connection_raw()
        connection.autocommit = True
        try:
            connection.cursor().execute(f"LISTEN {CHANNEL}")
            while not self.stopping.is_set():
                while not self.stopping.is_set() and run_next(self.settings, self.viewer_of, lane, self.stopping):
                    pass
                sockets.select([connection], [], [], 0.5)
                connection.poll()
                connection.notifies.clear()
        finally:
            connection.close()


def recover() -> int:
    """Put tasks that a dead process left running back into the queue, once; then they fail. How many there were."""
    with session() as current:
        left = current.scalars(select(Task).where(Task.state == "running").with_for_update()).all()
        for task in left:
            if task.attempts < MOST_ATTEMPTS:
                task.state = "waiting"
            else:
                task.state, task.error, task.finished_at = "failed", RESTARTED, datetime.now(UTC)
    return len(left)


def run_next(settings: Settings, viewer_of: ViewerOf, lane: str = "", stopping: threading.Event | None = None) -> bool:
    """Do the oldest task that waits in the lane (without one: in any); whether there was one."""
    identity = _claim(lane)
    if identity is not None:
        _run(settings, viewer_of, identity, stopping or threading.Event())
    return identity is not None


def _claim(lane: str) -> int | None:
    waiting = select(Task.id).where(Task.state == "waiting").order_by(Task.id).limit(1).with_for_update(skip_locked=True)
    if lane == "quick":  # and what nobody knows, so that it fails with a word instead of waiting for ever
        waiting = waiting.where(Task.kind.not_in([kind for kind, one in LANES.items() if one != lane]))
    elif lane:
        waiting = waiting.where(Task.kind.in_([kind for kind, one in LANES.items() if one == lane]))
    claimed = update(Task).where(Task.id == waiting.scalar_subquery())
    values: dict[str, Any] = {"state": "running", "started_at": datetime.now(UTC), "attempts": Task.attempts + 1}
    with session() as current:
        return current.scalar(claimed.values(**values).returning(Task.id))


def _run(settings: Settings, viewer_of: ViewerOf, identity: int, stopping: threading.Event) -> None:
    try:
        work, kind = _work_of(settings, viewer_of, identity, stopping)
        if kind not in HANDLERS:
            raise PlatformError("本系统版本不认识这种任务，请重新提交。")
        HANDLERS[kind](work)
        _end(identity, state="done", result=work.result, error=None, **_file(settings, work))
    except Cancelled:
        log.info("task %d was cancelled", identity)
    except Interrupted:
        _end(identity, state="waiting", finished_at=None, attempts=Task.attempts - 1)
    except PlatformError as error:
        _end(identity, state="failed", error=str(error))
    except Exception:
        number = f"E-{secrets.token_hex(3).upper()}"
        log.exception("%s in task %d", number, identity)
        _end(identity, state="failed", error=f"任务没有完成，请稍后重做。错误编号 {number}")


def _work_of(settings: Settings, viewer_of: ViewerOf, identity: int, stopping: threading.Event) -> tuple[Work, str]:
    with session() as current:
        task = current.get_one(Task, identity)
        viewer = system_viewer(task.username) if task.user_id is None else viewer_of(current, task.user_id)
    if viewer is None:
        raise Forbidden("提交任务的账号已停用或删除，任务没有执行。")
    return Work(task.id, task.title, viewer, task.params, settings, stopping), task.kind


def _file(settings: Settings, work: Work) -> dict[str, Any]:
    if work.made is None or not work.made[1].is_file():
        return {}
    name, path = work.made
    return {"file_name": name[:200], "file_path": str(path.relative_to(settings.data_dir.resolve()))}


def _end(identity: int, **values: Any) -> None:
    ended = update(Task).where(Task.id == identity, Task.state == "running")
    with session() as current:
        current.execute(ended.values(**{"finished_at": datetime.now(UTC)} | values))
