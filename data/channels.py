"""Messages on their way out of the platform: queued with what they tell, sent by the jobs role, tried again when a channel fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import smtplib
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import quote_plus, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import orjson
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from data import db
from data.errors import Conflict
from data.models import Delivery, User
from data.settings import Settings, current_settings
from data.viewer import Viewer

log = logging.getLogger(__name__)

RESEND = "log.view"
TIMEOUT_S = 10.0
AT_ONCE = 100
MOST_ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MOST_ANSWER = 64 * 1024
MOST_MARKDOWN = 4000


class NotSent(Exception):
    """Why one message was not taken. ``is_channel``: the channel itself is out of order, so the rest waits, too. ``is_final``: it must
    not be sent any more, so it is not tried again."""

    def __init__(self, reason: str, *, is_channel: bool = False, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_channel, self.is_final = is_channel, is_final


class Letter(NamedTuple):
    """What a message says on each way: text, a page with its pictures (PNG, by content id), markdown for robots."""

    text: str
    html: str = ""
    pictures: Mapping[str, bytes] = {}
    markdown: str = ""


Writer = Callable[[Delivery], Letter]
_writers: list[Writer] = []


def writer(write: Writer) -> Writer:
    """Let the decorated function write what is told of subscriptions, each time that it is sent; it may raise NotSent."""
    _writers.append(write)
    return write


def configured(settings: Settings) -> list[str]:
    """The channels that the settings open."""
    return [name for name, value in (("email", settings.smtp_url and settings.smtp_from), ("webhook", settings.webhook_url)) if value]


def queue(session: Session, told: Sequence[tuple[int, int]], title: str, body: str, href: str, *, to_robot: bool = True, now: datetime) -> int:
    """Queue what (message, user) pairs were told: an e-mail to each who has an address, one text for the group's robot."""
    settings = current_settings()
    open_to = configured(settings)
    if not open_to or not told:
        return 0
    text = _text(settings, body, href)
    people = dict(session.execute(select(User.id, User.email).where(User.id.in_([user for _, user in told]))).all())
    rows: list[tuple[str, str, int | None]] = [("email", str(people[user]), message) for message, user in told if "email" in open_to and people.get(user)]
    if to_robot and "webhook" in open_to:
        rows.append(("webhook", urlsplit(settings.webhook_url).hostname or "webhook", told[0][0]))
    session.add_all(
        Delivery(message_id=message, channel=channel, address=address, title=title, body=text, state="waiting", attempts=0, next_at=now, created_at=now)
        for channel, address, message in rows
    )
    return len(rows)


def tell_robot(session: Session, title: str, body: str, href: str, *, now: datetime) -> None:
    """Queue one text for the group's robot alone, where there is one."""
    settings = current_settings()
    if "webhook" in configured(settings):
        host = urlsplit(settings.webhook_url).hostname or "webhook"
        session.add(Delivery(channel="webhook", address=host, title=title[:300], body=_text(settings, body, href), state="waiting", attempts=0, next_at=now, created_at=now))


def send_waiting(settings: Settings, now: datetime) -> int:
    """Send what is due, oldest first; how many were sent. Called by one process at a time: the leader of the jobs."""
    open_to = configured(settings)
    with db.read_session() as session:
        due = select(Delivery).where(Delivery.state == "waiting", Delivery.next_at <= now, Delivery.channel.in_(open_to)).order_by(Delivery.id)
        waiting = session.scalars(due.limit(AT_ONCE)).all()
    broken: dict[str, str] = {}
    sent = 0
    for one in waiting:
        if one.channel in broken:
            continue  # it is due again as soon as the channel's next attempt
        try:
            _SENDERS[one.channel](settings, one, _letter(one))
        except NotSent as error:
            _failed(one.id, str(error), now, is_final=error.is_final)
            if error.is_channel:
                broken[one.channel] = str(error)
                log.warning("%s does not work: %s", one.channel, error)
        else:
            sent += 1
            _ended(one.id, now)
    return sent


def resend(session: Session, viewer: Viewer, delivery: Delivery, now: datetime) -> None:
    """Try a message again at once that was given up or waits for its next attempt."""
    viewer.require(RESEND)
    if delivery.state == "sent":
        raise Conflict("这条消息已经发送。")
    if delivery.channel not in configured(current_settings()):
        raise Conflict("这个渠道没有配置，请系统管理员先在服务器上配置。")
    delivery.state, delivery.attempts, delivery.next_at = "waiting", 0, now


def health(session: Session, settings: Settings) -> Mapping[str, tuple[int, str]]:
    """How each open channel stands: (messages that could not be sent yet, the last reason)."""
    found = {}
    for channel in configured(settings):
        stuck = select(Delivery).where(Delivery.channel == channel, Delivery.state != "sent", Delivery.error.is_not(None))
        last = session.scalars(stuck.order_by(Delivery.id.desc()).limit(1)).first()
        number = session.scalar(select(func.count()).select_from(stuck.subquery())) or 0
        found[channel] = (number, (last.error or "") if last is not None else "")
    return found


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures: a minute, doubled each time, six hours at most."""
    return min(FIRST_PAUSE * 2 ** max(0, attempts - 1), LONGEST_PAUSE)


def _ended(identity: int, now: datetime) -> None:
    with db.session() as session:
        one = session.get_one(Delivery, identity)
        one.state, one.sent_at, one.error, one.attempts = "sent", now, None, one.attempts + 1


def _failed(identity: int, reason: str, now: datetime, *, is_final: bool = False) -> None:
    with db.session() as session:
        one = session.get_one(Delivery, identity)
        one.attempts += 1
        one.error, one.next_at = reason[:500], now + pause(one.attempts)
        one.state = "failed" if is_final or one.attempts >= MOST_ATTEMPTS else "waiting"


def _letter(one: Delivery) -> Letter:
    if one.subscription_delivery_id is None:
        return Letter(one.body)
    if not _writers:
        raise NotSent("这个进程不会写订阅的内容。")
    try:
        return _writers[0](one)
    except (NotSent, SQLAlchemyError):
        raise
    except Exception as error:  # one that cannot be written must not hold up the others
        number = f"E-{secrets.token_hex(3).upper()}"
        log.exception("%s in delivery %d", number, one.id)
        raise NotSent(f"内容没有写成，错误编号 {number}") from error


def _text(settings: Settings, body: str, href: str) -> str:
    link = f"{settings.public_url.rstrip('/')}{href}" if settings.public_url and href else ""
    return "\n\n".join(one for one in (body.strip(), link) if one)


def _email(settings: Settings, one: Delivery, told: Letter) -> None:
    """By SMTP (RFC 5321). A refusal of the one address says nothing of the channel."""
    letter = EmailMessage()
    letter["Subject"] = " ".join(one.title.split())
    letter["From"], letter["To"] = settings.smtp_from, one.address
    letter["Message-ID"] = make_msgid(str(one.id), domain=settings.smtp_from.rpartition("@")[2] or "localhost")
    letter.set_content(f"{told.text or one.title}\n\n{settings.park_name}{settings.platform_name}\n")
    if told.html:
        letter.add_alternative(told.html, subtype="html")
        page = letter.get_payload()[1]  # type: ignore[index]
        for name, picture in told.pictures.items():
            page.add_related(picture, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")  # type: ignore[union-attr]
    parts = urlsplit(settings.smtp_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise NotSent("PARK_SMTP_URL 不是 smtp:// 或 smtps:// 地址。", is_channel=True)
    try:
        with _server(parts.scheme, parts.hostname, parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent(f"邮件服务器不接收 {one.address}：{_refusal(error)}") from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotSent(f"邮件服务器 {parts.hostname} 没有接收：{_words(error)}", is_channel=True) from error


def _server(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    return server


def _refusal(error: smtplib.SMTPRecipientsRefused) -> str:
    return "；".join(f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values())


class _NoRedirect(HTTPRedirectHandler):
    """A robot's address carries its key: it is sent nowhere else."""

    def redirect_request(self, *args: object) -> None:
        return None


def _webhook(settings: Settings, one: Delivery, told: Letter) -> None:
    """To a group robot. 企业微信 and 钉钉 take the same JSON for a text, and both answer ``errcode`` 0 when it is good."""
    if urlsplit(settings.webhook_url).scheme not in ("http", "https"):
        raise NotSent("PARK_WEBHOOK_URL 不是 http:// 或 https:// 地址。", is_channel=True)
    content = f"{one.title}\n{told.text}" if told.text else one.title
    body = orjson.dumps(_marked(settings, one.title, told.markdown) if told.markdown else {"msgtype": "text", "text": {"content": content[:2000]}})
    request = Request(_signed(settings), body, {"Content-Type": "application/json; charset=utf-8"})
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            said = orjson.loads(answer.read(MOST_ANSWER) or b"{}")
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise NotSent(f"群机器人没有应答：{_words(error)}", is_channel=True) from error
    if isinstance(said, dict) and said.get("errcode"):
        raise NotSent(f"群机器人拒收：{said.get('errcode')} {said.get('errmsg', '')}", is_channel=True)


def _marked(settings: Settings, title: str, text: str) -> dict[str, object]:
    """Markdown as the robot takes it: 钉钉 (its own address, or one that is signed as 钉钉 asks) a title and a text, 企业微信 a content."""
    host = urlsplit(settings.webhook_url).hostname or ""
    lines, size = [], 0
    for line in text.split("\n"):  # 企业微信 takes 4,096 bytes; a line is not cut in two
        size += len(line.encode()) + 1
        if size > MOST_MARKDOWN:
            break
        lines.append(line)
    shown = "\n".join(lines)
    if host.endswith("dingtalk.com") or settings.webhook_secret:
        return {"msgtype": "markdown", "markdown": {"title": title[:100], "text": shown}}
    return {"msgtype": "markdown", "markdown": {"content": shown}}


def _signed(settings: Settings) -> str:
    """The address with time and signature, as 钉钉 asks for under 加签: HMAC-SHA256 of "<ms>\\n<secret>"."""
    if not settings.webhook_secret:
        return settings.webhook_url
    at = str(round(time.time() * 1000))
    digest = hmac.new(settings.webhook_secret.encode(), f"{at}\n{settings.webhook_secret}".encode(), hashlib.sha256).digest()
    joint = "&" if urlsplit(settings.webhook_url).query else "?"
    return f"{settings.webhook_url}{joint}timestamp={at}&sign={quote_plus(base64.b64encode(digest))}"


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


_SENDERS: Mapping[str, Callable[[Settings, Delivery, Letter], None]] = {"email": _email, "webhook": _webhook}
