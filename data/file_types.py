"""What a file is, told by its content: the extension and the type that a browser sends are only claims."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from PIL import Image, ImageOps, UnidentifiedImageError

from data.errors import Invalid

THUMBNAIL_PX = 320
# A picture of more pixels is refused before it is unpacked: a few kilobytes can hold gigabytes of white.
MOST_PIXELS = 80_000_000


class FileType(NamedTuple):
    """A type that may be attached, with the extensions that it goes by; the first is the usual one."""

    content_type: str
    word: str
    extensions: tuple[str, ...]
    picture: str = ""  # Pillow's name of the format


PDF = FileType("application/pdf", "PDF", ("pdf",))
MP4 = FileType("video/mp4", "MP4", ("mp4",))
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word", ("docx",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel", ("xlsx",))
DOC = FileType("application/msword", "Word", ("doc",))
XLS = FileType("application/vnd.ms-excel", "Excel", ("xls",))
PNG = FileType("image/png", "PNG", ("png",), "PNG")
JPEG = FileType("image/jpeg", "JPG", ("jpg", "jpeg"), "JPEG")
WEBP = FileType("image/webp", "WebP", ("webp",), "WEBP")
TYPES = (PDF, JPEG, PNG, WEBP, DOCX, XLSX, DOC, XLS, MP4)
PICTURES = frozenset(one.content_type for one in TYPES if one.picture)
PICTURE_WORDS = "JPG、PNG、WebP"
ALLOWED_WORDS = "PDF、JPG、PNG、WebP、Word、Excel、MP4"

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # [MS-CFB] 2.2
_WORD, _BOOK, _LOCKED = ("WordDocument".encode("utf-16-le"), "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))


def file_type(path: Path, name: str) -> FileType:
    """The type of the file at ``path``; Invalid when it is none that may be attached, or ``name`` claims another."""
    found = _by_content(path)
    if found is None:
        raise Invalid(f"“{name}”不是可以上传的文件，只接受 {ALLOWED_WORDS}。")
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in found.extensions:
        raise Invalid(f"“{name}”的内容是 {found.word} 文件，与扩展名不符，请改为 .{found.extensions[0]} 后再上传。")
    if found.picture:
        _check_size(path, name, found)
    return found


def _by_content(path: Path) -> FileType | None:
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return MP4
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return _old_office(path.read_bytes()) if head.startswith(_OLE) else None


def _office(path: Path) -> FileType | None:
    """Office Open XML (ISO/IEC 29500-2) is told by its parts; macros are refused, whatever the file is called."""
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, ValueError, OSError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Invalid("文档含有宏，不能上传，请另存为不含宏的文档。")
    return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None


def _old_office(content: bytes) -> FileType | None:
    if _LOCKED in content:
        raise Invalid("文档设有打开密码，不能上传，请取消密码后再上传。")
    return DOC if _WORD in content else XLS if _BOOK in content else None


def _check_size(path: Path, name: str, kind: FileType) -> None:
    """Refuse a picture by what its head says, before anything is unpacked."""
    with _readable(name), Image.open(path, formats=[kind.picture]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError


def write_thumbnail(path: Path, target: Path, name: str) -> None:
    """A small JPEG of the picture at ``path``, upright as the camera was held; Invalid when it cannot be read to its end."""
    with _readable(name), Image.open(path, formats=[one.picture for one in TYPES if one.picture]) as picture:
        picture.draft("RGB", (THUMBNAIL_PX * 2, THUMBNAIL_PX * 2))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        ground = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        ground.paste(seen, mask=seen.getchannel("A"))
        ground.save(target, "JPEG", quality=80)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Whatever a broken picture makes of its reader becomes words."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise Invalid(f"“{name}”的像素太多，最多 {MOST_PIXELS // 1_000_000} 百万像素，请缩小后再上传。") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, EOFError, struct.error) as error:
        raise Invalid(f"“{name}”不是完整的图片，无法打开。") from error
