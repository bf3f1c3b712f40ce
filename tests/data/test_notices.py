"""Notices: who gets one, who read and answered it, and that nobody else sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import notices
from data.db import engine
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.messages import unread, urgent
from data.models import Enterprise, Message, Notice, NoticeReceipt, UnitType, User
from data.query import get, visible
from data.save import create, set_links
from data.viewer import Viewer
from data.viewers import viewer_from
from tests.data.workflow.conftest import NOW

Who = Callable[[str], Viewer]


@pytest.fixture
def current(demo_database: Any) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


@pytest.fixture
def firms(current: Session) -> list[Enterprise]:
    """Two enterprises of the department of user dept that have users of their own."""
    department = current.scalars(select(User.department_id).where(User.username == "dept")).one()
    mine = select(Enterprise).join(User, User.enterprise_id == Enterprise.id).where(Enterprise.department_id == department).order_by(Enterprise.id)
    return list(current.scalars(mine).unique().all()[:2])


@pytest.fixture
def who(current: Session, firms: list[Enterprise]) -> Who:
    """The viewer of a demo user, or with own or other of an enterprise."""

    def find(username: str) -> Viewer:
        places = {"own": firms[0].id, "other": firms[1].id}
        wanted = User.enterprise_id == places[username] if username in places else User.username == username
        return viewer_from(current.scalars(select(User).where(wanted, User.deleted_at.is_(None)).order_by(User.id)).first())  # type: ignore[arg-type]

    return find


@pytest.fixture
def notice(current: Session, who: Who, firms: list[Enterprise]) -> Notice:
    """A draft of the department to its first enterprise and to the officer, which wants an answer."""
    values = {"title": "汛期安全检查", "body": "请自查防汛物资。", "wants_answer": True, "answer_by": date(2026, 11, 30)}
    made = create(current, Notice, who("dept"), values)
    set_links(current, made, who("dept"), "enterprises", [firms[0]])
    made.users = [current.get_one(User, who("officer").id)]
    current.flush()
    return made


def receipt(session: Session, viewer: Viewer) -> NoticeReceipt:
    return session.scalars(visible(NoticeReceipt, viewer).order_by(NoticeReceipt.id.desc())).unique().first()  # type: ignore[return-value]


def test_it_reaches_those_it_is_addressed_to_and_nobody_else(current: Session, who: Who, notice: Notice) -> None:
    assert receipt(current, who("own")) is None
    assert notices.publish(current, who("dept"), notice, NOW) == (2, 0, 0)
    mine = receipt(current, who("own"))
    assert mine.notice_id == notice.id
    assert receipt(current, who("officer")).notice_id == notice.id
    assert [receipt(current, who(name)) for name in ("other", "leader", "admin")] == [None, None, None]
    with pytest.raises(NotFound):
        notices.received(current, who("other"), mine.id)
    with pytest.raises(NotFound):
        notices.received(current, who("admin"), mine.id)
    with pytest.raises(NotFound):
        get(current, Notice, notice.id, who("own"))
    told = current.scalars(select(Message).where(Message.href == notices.href_of(mine))).all()
    assert {one.user_id for one in told} >= {who("own").id}
    assert (told[0].title, told[0].kind) == (f"{notice.department.name}：汛期安全检查", "notice")  # type: ignore[union-attr]
    assert unread(current, who("own")) == 1


def test_reading_and_answering_are_on_the_receipt(current: Session, who: Who, notice: Notice) -> None:
    notices.publish(current, who("dept"), notice, NOW)
    own, mine = who("own"), receipt(current, who("own"))
    assert notices.waiting(current, own) == 1
    notices.read(current, own, mine, NOW)
    assert (mine.read_by_id, unread(current, own), notices.waiting(current, own)) == (own.id, 0, 1)
    with pytest.raises(Invalid) as caught:
        notices.answer(current, own, mine, "  ", NOW)
    assert caught.value.fields == {"answer": "请填写回复内容。"}
    notices.answer(current, own, mine, "已自查，物资齐全。", NOW)
    assert (mine.answer, mine.answered_by_id, notices.waiting(current, own)) == ("已自查，物资齐全。", own.id, 0)
    with pytest.raises(Conflict, match="已经回复过"):
        notices.answer(current, own, mine, "再说一次", NOW)
    assert notices.tally(current, [notice])[notice.id] == (2, 1, 1)
    assert [one.user_id for one in notices.receipts_of(current, notice)] == [who("officer").id, None]


def test_who_acts_as_the_enterprise_does_not_read_for_it(current: Session, who: Who, notice: Notice) -> None:
    from dataclasses import replace

    notices.publish(current, who("dept"), notice, NOW)
    acting = replace(who("own"), id=who("admin").id, acting_for="某企业", acting_as_id=who("own").id)
    notices.read(current, acting, receipt(current, acting), NOW)
    assert receipt(current, who("own")).read_at is None
    assert unread(current, acting) == 0


def test_types_narrow_and_only_what_the_sender_supervises_is_reached(current: Session, who: Who, firms: list[Enterprise]) -> None:
    sender = who("dept")
    mine = set(current.scalars(visible(Enterprise, sender).with_only_columns(Enterprise.id)))
    everybody = set(current.scalars(visible(Enterprise, who("admin")).with_only_columns(Enterprise.id)))
    made = create(current, Notice, sender, {"title": "全部", "body": "…", "to_all": True})
    assert notices.receivers(current, sender, made)[0] == mine < everybody
    made.to_all = False
    made.unit_types = [current.get_one(UnitType, firms[0].unit_type_id)]
    same = {one.id for one in current.scalars(visible(Enterprise, sender).where(Enterprise.unit_type_id == firms[0].unit_type_id)).unique()}
    assert same <= notices.receivers(current, sender, made)[0] < mine | {0}
    made.divisions = [firms[0].division]
    assert firms[0].id in notices.receivers(current, sender, made)[0] <= mine


def test_a_notice_without_anybody_or_too_late_is_not_sent(current: Session, who: Who, notice: Notice) -> None:
    with pytest.raises(Invalid, match="回复截止已经过了"):
        notices.publish(current, who("dept"), notice, NOW + timedelta(days=10))
    notice.enterprises, notice.users = [], []
    with pytest.raises(Invalid, match="没有收件人"):
        notices.publish(current, who("dept"), notice, NOW)
    assert notice.state == "draft"


def test_only_its_office_sends_and_recalls_it(current: Session, who: Who, notice: Notice) -> None:
    for name, error in (("town", Forbidden), ("leader", Forbidden), ("own", Forbidden)):
        with pytest.raises(error):
            notices.publish(current, who(name), notice, NOW)
    notices.publish(current, who("dept"), notice, NOW)
    with pytest.raises(Conflict, match="已经发布"):
        notices.publish(current, who("dept"), notice, NOW)
    with pytest.raises(Forbidden):
        notices.recall(current, who("town"), notice, "发错", NOW)
    notices.recall(current, who("dept"), notice, "发错", NOW)
    assert receipt(current, who("own")) is None
    assert unread(current, who("own")) == 0


def test_a_draft_of_another_office_is_not_seen(current: Session, who: Who, notice: Notice) -> None:
    seen = {name: notice.id in set(current.scalars(visible(Notice, who(name)).with_only_columns(Notice.id))) for name in ("dept", "town", "admin", "own")}
    assert seen == {"dept": True, "town": False, "admin": True, "own": False}


def test_an_urgent_one_waits_until_it_is_confirmed(current: Session, who: Who, notice: Notice) -> None:
    notice.is_urgent = True
    notices.publish(current, who("dept"), notice, NOW)
    own = who("own")
    [message] = urgent(current, own)
    with pytest.raises(NotFound):
        notices.confirm(current, who("other"), message.id, NOW)
    notices.confirm(current, own, message.id, NOW)
    assert urgent(current, own) == []
    assert receipt(current, own).read_by_id == own.id


def test_those_who_have_not_read_are_asked_again_once_an_hour(current: Session, who: Who, notice: Notice) -> None:
    notices.publish(current, who("dept"), notice, NOW)
    notices.read(current, who("officer"), receipt(current, who("officer")), NOW)
    notices.answer(current, who("officer"), receipt(current, who("officer")), "知道了", NOW)
    assert notices.remind(current, who("dept"), notice, NOW) == 1
    assert unread(current, who("own")) == 2
    with pytest.raises(Conflict, match="一小时内已经催阅过"):
        notices.remind(current, who("dept"), notice, NOW + timedelta(minutes=20))
    notices.answer(current, who("own"), receipt(current, who("own")), "已自查", NOW)
    with pytest.raises(Conflict, match="不用催阅"):
        notices.remind(current, who("dept"), notice, NOW + timedelta(hours=2))
