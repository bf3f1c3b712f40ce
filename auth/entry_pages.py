"""The pages of 快速登录企业端: a question before it (GET), the beginning (POST), and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from auth import session as sign_in
from auth.answers import plain_page
from auth.entering import enter, enterprise_for, leave
from auth.session import current_person, current_viewer
from data.db import read_session, session
from data.settings import Settings


def add_to(pages: Blueprint, settings: Settings) -> None:
    """Add the addresses. The guard before them has checked sign-in and, for a POST, that it comes from a page of this site."""
    pages.add_url_rule("/enterprise/enter/<int:enterprise_id>", "entry_question", lambda enterprise_id: _question(enterprise_id, settings), methods=["GET"])
    pages.add_url_rule("/enterprise/enter/<int:enterprise_id>", "entry", lambda enterprise_id: _begin(enterprise_id, settings), methods=["POST"])
    pages.add_url_rule("/enterprise/leave", "entry_end", _end, methods=["POST"])


def _question(enterprise_id: int, settings: Settings) -> str:
    viewer = current_viewer()
    with read_session() as current:
        enterprise, user = enterprise_for(current, viewer, enterprise_id)
        words = {"enterprise": enterprise.name, "user": user.name, "who": viewer.name, "action": request.path}
    return plain_page("enter.html", minutes=settings.enter_minutes, **words)


def _begin(enterprise_id: int, settings: Settings) -> ResponseReturnValue:
    with session() as current:
        entry = enter(current, current_viewer(), enterprise_id, request.user_agent.string, settings, datetime.now(UTC))
    sign_in.begin_entry(entry)
    return redirect("/")


def _end() -> ResponseReturnValue:
    person = current_person()
    if person is not None and person.entry is not None:
        with session() as current:
            leave(current, person.viewer, request.user_agent.string, datetime.now(UTC))
    sign_in.end_entry()
    return redirect(_onward(request.form.get("next", "")))


def _onward(text: str) -> str:
    from auth.login import local_path

    path = local_path(text)
    return "/" if urlsplit(path).path.startswith(("/enterprise/", "/own/")) else path
