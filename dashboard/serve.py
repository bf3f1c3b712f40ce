"""The servers that stand before the web application and the push application."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from data.servers.process import die_with_parent
from data.settings import Settings

WORKERS, THREADS = 2, 8
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class WebServer(BaseApplication):  # type: ignore[misc]
    """gunicorn in this process, so that the role is one command. The application is made in each worker after the fork:
    database connections may not cross a fork."""

    def __init__(self, make: Callable[[], Flask], settings: Settings) -> None:
        self._make = make
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """The options; ``gunicorn.conf.py`` and command lines are not read."""
        options = {
            "bind": f"{self._settings.host}:{self._settings.web_port}",
            "worker_class": "gthread",
            "workers": WORKERS,
            "threads": THREADS,
            "keepalive": 75,  # longer than a proxy's 60 s, so that the proxy closes first
            "graceful_timeout": 5,
            "timeout": 60,
            "control_socket_disable": True,
            "post_fork": lambda server, worker: die_with_parent(signal.SIGKILL, os.getppid()),
            # Taking the interpreter apart costs seconds of a stop; everything is written by now.
            "worker_exit": lambda server, worker: os._exit(0),
            "logger_class": "dashboard.serve.QuietLogger",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application of this worker."""
        return self._make()


def _logger_class() -> type[Any]:
    from gunicorn.glogging import Logger

    class QuietLogger(Logger):  # type: ignore[misc]
        """gunicorn's log in the format of all other logs."""

        error_fmt = LOG_FORMAT
        datefmt = None

    return QuietLogger


QuietLogger = _logger_class()


def serve_web(make: Callable[[], Flask], settings: Settings) -> None:
    """Serve the web application until SIGTERM."""
    WebServer(make, settings).run()


def serve_push(settings: Settings) -> None:
    """Serve the push application until SIGTERM; open streams are cut after three seconds, browsers reconnect."""
    import uvicorn

    uvicorn.run(
        "dashboard.push:create_app",
        factory=True,
        host=settings.host,
        port=settings.push_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
    )
