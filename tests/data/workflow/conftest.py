"""A seeded park and its people, for the tests of workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.db import engine
from data.models import Attachment, Enterprise, HiddenDanger, User
from data.save import create
from data.viewer import Viewer, system_viewer
from data.viewers import viewer_from

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
MAKER = system_viewer("tests")


@pytest.fixture
def current(demo_database: Any) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


@pytest.fixture
def firm(current: Session) -> Enterprise:
    """An enterprise of the demo park that a user of the department supervises."""
    user = current.scalar(select(User).where(User.username == "dept"))
    assert user is not None
    found = select(Enterprise).join(User, User.enterprise_id == Enterprise.id).where(Enterprise.department_id == user.department_id)
    return current.scalars(found.order_by(Enterprise.id)).unique().first()  # type: ignore[return-value]


@pytest.fixture
def who(current: Session, firm: Enterprise) -> Callable[[str], Viewer]:
    """The viewer of a demo user, or with ``own`` of the enterprise."""

    def find(username: str) -> Viewer:
        wanted = User.enterprise_id == firm.id if username == "own" else User.username == username
        user = current.scalars(select(User).where(wanted, User.deleted_at.is_(None))).first()
        assert user is not None, f"the demo park has no user {username}"
        return viewer_from(user)

    return find


@pytest.fixture
def danger(current: Session, firm: Enterprise) -> HiddenDanger:
    """A major danger that nobody has submitted yet."""
    values = {"enterprise_id": firm.id, "name": "甲醇罐区 V-201 紧急切断阀未投用", "level": "major", "state": "report", "found_on": date(2026, 11, 18)}
    return create(current, HiddenDanger, MAKER, values)


def photo(session: Session, danger: HiddenDanger, slot: str = "after") -> None:
    """A picture hangs on the danger, as far as a workflow looks."""
    session.add(Attachment(table_name="hidden_danger", record_id=danger.id, slot=slot, name="照片.jpg", size=1, sha256="0" * 64, content_type="image/jpeg"))
    session.flush()
