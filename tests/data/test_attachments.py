"""Files of records: taken by what they are, not by what they are called; seen with their record; audited on it."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.attachments import attach, attachment_count, attachments_of, clean_name, detach, find, open_file, path_of
from data.db import engine, session
from data.errors import Forbidden, Invalid, NotFound
from data.fields import FileSlot
from data.models import Attachment, AuditEntry, Enterprise
from data.query import visible
from data.settings import current_settings
from tests.park import MAKER, Park, make_park

PDF = b"%PDF-1.7\n%stub\n"
SLOTS = (FileSlot("licence", "营业执照", most=2), FileSlot("photos", "现场照片", most=3, is_photo=True))


@pytest.fixture(scope="module")
def park(database: Any) -> Park:
    with session() as current:
        return make_park(current)


@pytest.fixture(autouse=True)
def slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Enterprise, "__files__", SLOTS)


@pytest.fixture
def current(park: Park) -> Iterator[Session]:
    """A session whose changes are undone after the test."""
    with engine().connect() as connection, connection.begin() as undone:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        undone.rollback()


@pytest.fixture
def firm(park: Park, current: Session) -> Enterprise:
    return current.get_one(Enterprise, park.first.id)


def given(current: Session, firm: Enterprise, content: bytes, name: str = "执照.pdf", slot: str = "licence") -> Attachment:
    return attach(current, MAKER, firm, slot, name, io.BytesIO(content))


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 600), **how: Any) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, kind, **how)
    return target.getvalue()


def packed(*names: str) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return target.getvalue()


def vast_png() -> bytes:
    """A few bytes that claim to be 40 000 by 40 000 pixels."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts)


def old_office(stream: str) -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + stream.encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("执照.pdf", PDF, "application/pdf"),
        ("照片.PNG", picture(), "image/png"),
        ("照片.jpeg", picture("JPEG"), "image/jpeg"),
        ("照片.webp", picture("WEBP"), "image/webp"),
        ("方案.docx", packed("[Content_Types].xml", "word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("名单.xlsx", packed("[Content_Types].xml", "xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("方案.doc", old_office("WordDocument"), "application/msword"),
        ("名单.xls", old_office("Workbook"), "application/vnd.ms-excel"),
        ("现场.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"),
    ],
)
def test_a_file_is_stored_under_its_digest_with_the_type_of_its_content(current: Session, firm: Enterprise, name: str, content: bytes, content_type: str) -> None:
    found = given(current, firm, content, name)
    digest = hashlib.sha256(content).hexdigest()
    assert (found.content_type, found.sha256, found.size, found.name) == (content_type, digest, len(content), name)
    assert path_of(found) == current_settings().data_dir.resolve() / "files" / "attachments" / digest[:2] / digest[2:4] / digest
    with open_file(found) as file:
        assert file.read() == content


def test_a_place_for_photos_takes_nothing_else(current: Session, firm: Enterprise) -> None:
    with pytest.raises(Invalid, match=re.escape("“执照.pdf”是 PDF 文件，现场照片只接受图片（JPG、PNG、WebP），请拍照或另存为图片后上传。")):
        given(current, firm, PDF, slot="photos")
    assert given(current, firm, picture(), "照片.png", "photos").slot == "photos"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("照片.png", b"<html><script>alert(1)</script></html>", "“照片.png”不是可以上传的文件，只接受 PDF、JPG、PNG、WebP、Word、Excel、MP4。"),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "“图.svg”不是可以上传的文件"),
        ("执照.pdf", b"MZ\x90\0program", "“执照.pdf”不是可以上传的文件"),
        ("页面.html", PDF, "“页面.html”的内容是 PDF 文件，与扩展名不符，请改为 .pdf 后再上传。"),
        ("执照.pdf", picture(), "“执照.pdf”的内容是 PNG 文件，与扩展名不符，请改为 .png 后再上传。"),
        ("执照", PDF, "与扩展名不符"),
        ("包.docx", packed("evil.exe"), "“包.docx”不是可以上传的文件"),
        ("包.docx", b"PK\x03\x04broken", "“包.docx”不是可以上传的文件"),
        ("方案.docx", packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "文档含有宏，不能上传"),
        ("密.docx", old_office("EncryptedPackage"), "文档设有打开密码，不能上传"),
        ("半.png", picture()[:200], "“半.png”不是完整的图片，无法打开。"),
        ("大.png", vast_png(), "“大.png”的像素太多，最多 80 百万像素，请缩小后再上传。"),
        ("空.pdf", b"", "“空.pdf”是空文件。"),
    ],
)
def test_what_is_not_taken_is_told_why_and_leaves_nothing(current: Session, firm: Enterprise, name: str, content: bytes, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        given(current, firm, content, name)
    assert message in str(caught.value)
    assert attachment_count(current, firm) == 0
    assert list((current_settings().data_dir.resolve() / "files" / "attachments" / "incoming").iterdir()) == []


def test_a_file_above_the_limit_is_refused_while_it_is_read(current: Session, firm: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.attachments.most_bytes", lambda: 1024 * 1024)
    endless = io.BytesIO(PDF + b"x" * 1024 * 1024)
    with pytest.raises(Invalid, match=r"“执照\.pdf”超过 1\.0 MB，不能上传。"):
        attach(current, MAKER, firm, "licence", "执照.pdf", endless)


def test_a_slot_takes_so_many_files_and_none_twice(current: Session, firm: Enterprise) -> None:
    given(current, firm, PDF)
    with pytest.raises(Invalid, match=r"“副本\.pdf”已经上传过，内容完全相同。"):
        given(current, firm, PDF, "副本.pdf")
    given(current, firm, PDF + b"2")
    with pytest.raises(Invalid, match="营业执照最多 2 个文件，请先删除不需要的。"):
        given(current, firm, PDF + b"3")
    assert {slot: len(files) for slot, files in attachments_of(current, firm).items()} == {"licence": 2, "photos": 0}
    with pytest.raises(NotFound, match="没有这类附件"):
        given(current, firm, PDF, slot="../licence")


def test_a_picture_has_a_small_one_that_stands_upright(current: Session, firm: Enterprise) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # Orientation: the camera was held upright (Exif 2.3, 4.6.4)
    found = given(current, firm, picture("JPEG", exif=turned), "照片.jpg", "photos")
    with Image.open(path_of(found, thumbnail=True)) as small:
        assert (small.format, small.size) == ("JPEG", (213, 320))


def test_who_attached_and_who_took_off_stands_in_the_history_of_the_record(current: Session, firm: Enterprise, park: Park) -> None:
    officer = park.viewer("officer")
    found = attach(current, officer, firm, "licence", "执照.pdf", io.BytesIO(PDF))
    detach(current, officer, found, " 已过期 ")
    mine = select(AuditEntry).where(AuditEntry.table_name == "enterprise", AuditEntry.record_id == firm.id, AuditEntry.username == officer.username)
    added, removed = current.scalars(mine.order_by(AuditEntry.id)).all()
    words = f"执照.pdf（15 B，SHA-256 {hashlib.sha256(PDF).hexdigest()}）"
    assert (added.verb, added.changes) == ("attach", {"营业执照": [None, words]})
    assert (removed.verb, removed.changes, removed.reason) == ("detach", {"营业执照": [words, None]}, "已过期")
    assert attachment_count(current, firm) == 0
    assert path_of(found).is_file(), "the audit trail names it, so the file stays"
    with pytest.raises(NotFound, match="没有找到这个附件"):
        find(current, officer, found.id)


def test_an_attachment_is_seen_with_its_record_and_not_without(current: Session, firm: Enterprise, park: Park) -> None:
    other = current.get_one(Enterprise, park.second.id)
    mine, foreign = given(current, firm, PDF), given(current, other, PDF)
    own = park.viewer("enterprise")
    assert find(current, own, mine.id) == (mine, firm)
    for identity in (foreign.id, 10**15):
        with pytest.raises(NotFound, match="没有找到这个附件，它可能已删除，或不在您的数据范围内。"):
            find(current, own, identity)
    with pytest.raises(NotFound):
        detach(current, own, foreign)
    assert current.scalars(visible(Attachment, own)).all() == [], "there is no list of attachments beside their records"


def test_with_the_record_its_files_are_gone(current: Session, firm: Enterprise, park: Park) -> None:
    found = given(current, firm, PDF)
    firm.deleted_at = found.created_at
    current.flush()
    with pytest.raises(NotFound, match="没有找到这个附件"):
        find(current, MAKER, found.id)


def test_a_record_of_another_office_is_not_added_to(current: Session, firm: Enterprise, park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Enterprise, "__owned_by__", "department_id")
    stranger = park.viewer("officer", scope="departments", department_id=-1)
    with pytest.raises(Forbidden, match="这条记录属于应急管理局"):
        attach(current, stranger, firm, "licence", "执照.pdf", io.BytesIO(PDF))


def test_a_file_that_the_disk_has_lost_is_named(current: Session, firm: Enterprise) -> None:
    found = given(current, firm, PDF + b"lost")
    path_of(found).unlink()
    with pytest.raises(NotFound, match=r"“执照\.pdf”不在服务器的数据目录中"):
        path_of(found)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("C:\\Users\\王\\执照.pdf", "执照.pdf"),
        ("../../etc/passwd", "passwd"),
        ("执照\u202egpj.exe.pdf\r\n", "执照gpj.exe.pdf"),
        ("", "未命名"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_of_a_name_only_what_can_be_read_is_kept(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


def test_bytes_are_kept_once_whoever_attaches_them(current: Session, firm: Enterprise, park: Park) -> None:
    other = current.get_one(Enterprise, park.second.id)
    first, second = given(current, firm, PDF), given(current, other, PDF, "另一个.pdf")
    assert path_of(first) == path_of(second)
    detach(current, MAKER, first)
    assert path_of(second).is_file()
