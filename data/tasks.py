"""Background work: asked for on a page, done by the jobs role, followed by its owner. The doing stands in ``data.task_runner``."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from threading import Event
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from data import db
from data.errors import Conflict, Forbidden, NotFound
from data.models import Task
from data.settings import Settings, current_settings
from data.viewer import Viewer

CHANNEL = "park_task"  # NOTIFY of it starts work at once
KEPT = timedelta(days=7)
MOST_WAITING = 20
OPEN_STATES = ("waiting", "running")
_EVERY_S = 0.5  # progress is written at most this often

Handler = Callable[["Work"], None]
HANDLERS: dict[str, Handler] = {}
# A lane is a thread of the jobs role: what is quick does not wait behind a long import.
LANES: dict[str, str] = {}


class Cancelled(Exception):
    """The owner took the task back; raised by ``Work.progress``."""


class Interrupted(Exception):
    """The process is about to end; the task is started again by the next one."""


def handler(kind: str, lane: str = "quick") -> Callable[[Handler], Handler]:
    """Register the decorated function as what does tasks of that kind."""

    def register(function: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"two handlers do tasks of kind {kind}")
        HANDLERS[kind], LANES[kind] = function, lane
        return function

    return register


def enqueue(session: Session, viewer: Viewer, kind: str, title: str, params: Mapping[str, Any]) -> Task:
    """The new task, flushed; it starts as soon as the session commits. Conflict when too many of the viewer's wait already,
    Forbidden while acting as an enterprise: the task would run with the rights of who acts."""
    if kind not in HANDLERS:
        raise ValueError(f"nothing does tasks of kind {kind}")
    if viewer.acting_for:
        raise Forbidden(f"代{viewer.acting_for}操作时不能导入、导出，请先返回管理端。")
    mine = select(func.count()).where(Task.user_id == viewer.id, Task.state.in_(OPEN_STATES))
    if viewer.id is not None and (session.scalar(mine) or 0) >= MOST_WAITING:
        raise Conflict(f"您已有 {MOST_WAITING} 个任务在排队，请等其中一些完成后再试。")
    task = Task(
        kind=kind,
        title=title[:200],
        params=dict(params),
        user_id=viewer.id,
        username=viewer.username,
        address=viewer.address,
        created_at=datetime.now(UTC),
    )
    session.add(task)
    session.flush()
    db.notify(session, CHANNEL, str(task.id))
    return task


def own(session: Session, viewer: Viewer, identity: int) -> Task:
    """The viewer's task of that id; NotFound for everybody else."""
    task = session.get(Task, identity) if viewer.id is not None else None
    if task is None or task.user_id != viewer.id:
        raise NotFound("没有找到这个任务，它可能已过期清除。")
    return task


def cancel(session: Session, viewer: Viewer, identity: int) -> Task:
    """The viewer's task, ended: at once when it waits, else at its next step. Conflict when it is over already."""
    task = own(session, viewer, identity)
    ended = update(Task).where(Task.id == identity, Task.state.in_(OPEN_STATES))
    done = session.execute(ended.values(state="cancelled", finished_at=datetime.now(UTC)).returning(Task.id)).first()
    if done is None:
        raise Conflict("任务已经结束，不能取消。")
    session.refresh(task)
    return task


def repeat(session: Session, viewer: Viewer, identity: int) -> Task:
    """A new task like the viewer's old one that failed or was cancelled; Conflict for any other."""
    task = own(session, viewer, identity)
    if task.state not in ("failed", "cancelled"):
        raise Conflict("只有失败或已取消的任务可以重做。")
    return enqueue(session, viewer, task.kind, task.title, task.params)


def file_of(task: Task, settings: Settings) -> Path | None:
    """Where the file of a finished task lies; None when it has none, or it was cleared away."""
    if task.state != "done" or not task.file_path:
        return None
    path = settings.data_dir.resolve() / task.file_path
    return path if path.is_file() else None


def clear(settings: Settings, now: datetime | None = None) -> int:
    """Remove tasks older than a week with their files; how many there were."""
    before = (now or datetime.now(UTC)) - KEPT
    with db.session() as session:
        old = session.scalars(delete(Task).where(Task.created_at < before, Task.state != "running").returning(Task.id)).all()
    for identity in old:
        rmtree(folder_of(settings, identity), ignore_errors=True)
    return len(old)


def folder_of(settings: Settings, identity: int) -> Path:
    """The folder of a task's files."""
    return settings.data_dir.resolve() / "files" / "tasks" / str(identity)


def file_name(title: str, ending: str = "xlsx") -> str:
    """``title`` as the name of a file that every system takes."""
    plain = re.sub(r'[\x00-\x1f\\/:*?"<>|]+', "_", title).strip(" ._") or "文件"
    return f"{plain[:120]}.{ending}"


@dataclass
class Work:
    """What a handler gets: who asks, with today's rights, what for, and the means to say how far it is."""

    id: int
    title: str
    viewer: Viewer
    params: Mapping[str, Any]
    settings: Settings = field(default_factory=current_settings)
    stopping: Event = field(default_factory=Event)
    result: dict[str, Any] = field(default_factory=dict)
    made: tuple[str, Path] | None = None
    _told_at: float = float("-inf")

    def session(self) -> AbstractContextManager[Session]:
        """A session that commits at its end."""
        return db.session()

    def read_session(self) -> AbstractContextManager[Session]:
        """A session for reading."""
        return db.read_session()

    def progress(self, done: int, total: int = 0) -> None:
        """Say how far the work is, in a transaction of its own. Raises Cancelled or Interrupted when it is to end here."""
        if self.stopping.is_set():
            raise Interrupted
        now = time.monotonic()
        if now - self._told_at < _EVERY_S and done != total:
            return
        self._told_at = now
        said = update(Task).where(Task.id == self.id, Task.state == "running").values(done=done, total=total)
        with db.session() as session:
            if session.execute(said.returning(Task.id)).first() is None:
                raise Cancelled

    def is_cancelled(self) -> bool:
        """Whether the owner took the task back."""
        with db.read_session() as session:
            return session.scalar(select(Task.state).where(Task.id == self.id)) != "running"

    def file(self, name: str) -> Path:
        """Where to write the file that the owner gets under ``name``."""
        folder = folder_of(self.settings, self.id)
        folder.mkdir(parents=True, exist_ok=True)
        # The name on the disk is made up: titles are typed by people.
        path = folder / f"{secrets.token_hex(8)}{Path(name).suffix}"
        self.made = (name, path)
        return path
