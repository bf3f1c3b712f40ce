"""Background tasks as their owner follows them: how far, the file, 取消 and 重做. In the browser: ``assets/25-tasks.js``."""

from __future__ import annotations

from typing import Any

from dash import set_props
from flask import Flask, Response, jsonify, send_file

from auth.session import current_viewer
from dashboard.ids import TASKS
from data import tasks
from data.choices import word
from data.choices.system import TASK_STATES
from data.db import read_session, session
from data.errors import NotFound
from data.models import Task
from data.settings import current_settings


def register(server: Flask) -> None:
    """Add the routes. Only the owner of a task is answered; for everybody else it does not exist."""

    @server.get("/tasks/<int:identity>")
    def task(identity: int) -> Response:
        with read_session() as current:
            return jsonify(state_of(tasks.own(current, current_viewer(), _small(identity))))

    @server.get("/tasks/<int:identity>/file")
    def task_file(identity: int) -> Response:
        with read_session() as current:
            found = tasks.own(current, current_viewer(), _small(identity))
        path = tasks.file_of(found, current_settings())
        if path is None:
            raise NotFound("文件已过期清除，或任务还没有完成。")
        return send_file(path, as_attachment=True, download_name=found.file_name or path.name, max_age=0)

    @server.post("/tasks/<int:identity>/cancel")
    def task_cancel(identity: int) -> Response:
        with session() as current:
            return jsonify(state_of(tasks.cancel(current, current_viewer(), _small(identity))))

    @server.post("/tasks/<int:identity>/repeat")
    def task_repeat(identity: int) -> Response:
        with session() as current:
            return jsonify(state_of(tasks.repeat(current, current_viewer(), _small(identity))))


def follow(task: Task) -> None:
    """Show the box of a task that was just asked for, from within a callback; its file is fetched when it is there."""
    set_props(TASKS, {"data": {"id": task.id, "title": task.title}})


def state_of(task: Task) -> dict[str, Any]:
    """What the browser is told of a task."""
    result = task.result or {}
    return {
        "id": task.id,
        "title": task.title,
        "state": task.state,
        "word": word(TASK_STATES, task.state),
        "done": task.done,
        "total": task.total,
        "message": task.error or result.get("message", ""),
        "file": f"/tasks/{task.id}/file" if task.state == "done" and task.file_path else "",
        "name": task.file_name or "",
        "result": {name: value for name, value in result.items() if name != "message"},
    }


def _small(identity: int) -> int:
    if identity >= 2**63:
        raise NotFound("没有找到这个任务，它可能已过期清除。")
    return identity
