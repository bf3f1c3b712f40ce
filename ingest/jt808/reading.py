"""Reading a body from front to back."""

from __future__ import annotations

from ingest.jt808.clock import iso_time
from ingest.jt808.frame import FrameError
from ingest.jt808.text import text_of


class Body:
    """A cursor over a message body. Every read raises FrameError when the body ends before it."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise FrameError(
                f"body shorter than its layout needs: {size} bytes wanted at {self.at}, {self.left} left",
                f"消息体过短：第 {self.at} 字节起应有 {size} 字节，仅余 {self.left} 字节",
            )
        self.at += size
        return self.data[self.at - size : self.at]

    def rest(self) -> bytes:
        return self.take(self.left)

    def byte(self) -> int:
        return self.take(1)[0]

    def word(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def dword(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def time(self) -> str:
        return iso_time(self.take(6))

    def digits(self, size: int) -> str:
        return self.take(size).hex()

    def text(self, size: int | None = None) -> str:
        """A GBK string of fixed width (padding of zeros and spaces off), or the rest of the body."""
        return text_of(self.rest() if size is None else self.take(size))

    def counted_text(self) -> str:
        """A GBK string behind its length in one byte."""
        return self.text(self.byte())
