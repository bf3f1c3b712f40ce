"""Text fields: GBK, padded."""

from __future__ import annotations


def text_of(value: bytes) -> str:
    """The text of a GBK field without padding and NUL (no database takes one); what is no GBK becomes a replacement mark."""
    return value.replace(b"\0", b"").strip(b" \t\r\n").decode("gbk", "replace")
