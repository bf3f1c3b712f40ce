"""Who signs in, what they may do, and the guard before every request. Knows Flask, not Dash."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from data.settings import Settings


def init_app(server: Flask, settings: Settings) -> None:
    """Put sessions, the guard and the sign-in pages on ``server``. Call it once, before any route is asked for."""
    from auth import answers, guard, login, session

    session.init_app(server, settings)
    guard.init_app(server, settings)
    answers.init_app(server)
    server.register_blueprint(login.blueprint(settings))
