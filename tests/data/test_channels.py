"""Messages that leave the platform: to a real mail server and a real robot's address, tried again when they fail."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from data import channels, db
from data.errors import Conflict
from data.messages import tell
from data.models import Delivery, User
from data.settings import Settings, current_settings
from data.viewer import system_viewer

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Mail(socketserver.StreamRequestHandler):
    """As much of a mail server (RFC 5321) as takes one letter after the other."""

    def handle(self) -> None:
        self.say("220 test ESMTP")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "RCPT" and "nobody@" in line:
                self.say("550 no such user")
            elif verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(lines))  # type: ignore[attr-defined]
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Robot(BaseHTTPRequestHandler):
    """A group robot: notes what it was sent and answers as it was told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        """Nothing on the test's output."""


def served(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mail() -> Iterator[Any]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    server.daemon_threads = True
    server.letters = []  # type: ignore[attr-defined]
    yield from served(server)


@pytest.fixture
def robot() -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), Robot)
    server.heard, server.answer = [], b'{"errcode":0}'  # type: ignore[attr-defined]
    yield from served(server)


@pytest.fixture
def configure(fresh_demo_database: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets settings for this test."""

    def set_them(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"PARK_{name.upper()}", value)
        current_settings.cache_clear()
        return current_settings()

    yield set_them
    monkeypatch.undo()
    current_settings.cache_clear()


def told(*addresses: str | None, title: str = "超期 3 天：整改 · 灭火器过期") -> None:
    """As many users as there are addresses are told, each with theirs."""
    with db.session() as session:
        users = session.scalars(select(User).order_by(User.id).limit(len(addresses))).unique().all()
        for user, address in zip(users, addresses, strict=True):
            user.email = address
        session.flush()
        tell(session, [one.id for one in users], "overdue", title, body="请立即办理。", href="/dangers/7", now=NOW)


def deliveries() -> list[Delivery]:
    with db.read_session() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def smtp(server: Any) -> dict[str, str]:
    return {"smtp_url": f"smtp://127.0.0.1:{server.server_address[1]}", "smtp_from": "park@example.com", "public_url": "https://park.example.com/"}


def hook(server: Any, **more: str) -> dict[str, str]:
    return {"webhook_url": f"http://127.0.0.1:{server.server_address[1]}/robot?key=secret"} | more


def test_nothing_is_queued_until_a_channel_is_configured(configure: Any) -> None:
    configure()
    told("a@example.com")
    assert deliveries() == []


def test_a_letter_reaches_who_has_an_address(configure: Any, mail: Any) -> None:
    settings = configure(**smtp(mail))
    told("li@example.com", None)
    assert [(one.channel, one.address, one.state) for one in deliveries()] == [("email", "li@example.com", "waiting")]
    assert channels.send_waiting(settings, NOW) == 1
    assert channels.send_waiting(settings, NOW) == 0
    [letter] = [email.message_from_bytes(one, policy=email.policy.default) for one in mail.letters]
    assert (letter["Subject"], letter["To"], letter["From"]) == ("超期 3 天：整改 · 灭火器过期", "li@example.com", "park@example.com")
    assert letter.get_content().splitlines()[:3] == ["请立即办理。", "", "https://park.example.com/dangers/7"]
    [one] = deliveries()
    assert (one.state, one.attempts, one.sent_at, one.error) == ("sent", 1, NOW, None)


def test_a_title_cannot_add_a_header(configure: Any, mail: Any) -> None:
    settings = configure(**smtp(mail))
    told("li@example.com", title="通知\r\nBcc: all@example.com")
    assert channels.send_waiting(settings, NOW) == 1
    letter = email.message_from_bytes(mail.letters[0], policy=email.policy.default)
    assert (letter["Subject"], letter["Bcc"]) == ("通知 Bcc: all@example.com", None)


def test_one_refused_address_does_not_hold_up_the_others(configure: Any, mail: Any) -> None:
    settings = configure(**smtp(mail))
    told("nobody@example.com", "li@example.com")
    assert channels.send_waiting(settings, NOW) == 1
    states = {one.address: (one.state, one.error) for one in deliveries()}
    assert states["li@example.com"] == ("sent", None)
    assert states["nobody@example.com"] == ("waiting", "邮件服务器不接收 nobody@example.com：550 no such user")


def test_a_channel_that_is_down_is_tried_later_and_given_up_in_the_end(configure: Any, mail: Any) -> None:
    settings = configure(smtp_url="smtp://127.0.0.1:9", smtp_from="park@example.com")
    told("li@example.com", "wang@example.com")
    assert channels.send_waiting(settings, NOW) == 0
    first, second = deliveries()
    assert (first.state, first.attempts, first.next_at) == ("waiting", 1, NOW + timedelta(minutes=1))
    assert first.error is not None and first.error.startswith("邮件服务器 127.0.0.1 没有接收：")
    assert second.attempts == 0, "the rest waits for the channel"
    with db.read_session() as session:
        assert channels.health(session, settings) == {"email": (1, first.error)}
    at = NOW
    for _ in range(40):
        at += timedelta(hours=6)
        channels.send_waiting(settings, at)
    assert [(one.state, one.attempts) for one in deliveries()] == [("failed", channels.MOST_ATTEMPTS)] * 2
    settings = configure(**smtp(mail))
    with db.session() as session:
        channels.resend(session, system_viewer("tests"), session.get_one(Delivery, first.id), at)
    assert channels.send_waiting(settings, at) == 1
    with db.session() as session, pytest.raises(Conflict, match="已经发送"):
        channels.resend(session, system_viewer("tests"), session.get_one(Delivery, first.id), at)


def test_pauses_grow_up_to_six_hours() -> None:
    assert [channels.pause(n) for n in (1, 2, 3, 20)] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(hours=6)]


def test_the_robot_gets_one_text_however_many_are_told(configure: Any, robot: Any) -> None:
    settings = configure(**hook(robot))
    told(None, None, None)
    assert [(one.channel, one.address) for one in deliveries()] == [("webhook", "127.0.0.1")], "the key of the address is not kept"
    assert channels.send_waiting(settings, NOW) == 1
    assert robot.heard == [("/robot?key=secret", {"msgtype": "text", "text": {"content": "超期 3 天：整改 · 灭火器过期\n请立即办理。"}})]


def test_a_robot_that_says_no_is_believed(configure: Any, robot: Any) -> None:
    settings = configure(**hook(robot, webhook_secret="SEC"))
    robot.answer = '{"errcode":310000,"errmsg":"签名不匹配"}'.encode()
    told(None)
    assert channels.send_waiting(settings, NOW) == 0
    [one] = deliveries()
    assert (one.state, one.error) == ("waiting", "群机器人拒收：310000 签名不匹配")
    assert "&timestamp=" in robot.heard[0][0] and "&sign=" in robot.heard[0][0]


def test_a_message_that_is_rolled_back_is_not_sent(configure: Any, mail: Any) -> None:
    configure(**smtp(mail))
    with pytest.raises(ZeroDivisionError), db.session() as session:
        user = session.scalars(select(User).order_by(User.id)).unique().first()
        assert user is not None
        user.email = "li@example.com"
        session.flush()
        assert tell(session, [user.id], "due", "提醒", now=NOW) == 1
        raise ZeroDivisionError
    assert deliveries() == []
