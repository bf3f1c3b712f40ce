"""Filling a table with very many rows that are the same at every run, by one COPY."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

_WORD = 4_294_967_296  # 2³²
NONE = r"\N"


def mixed(number: int) -> int:
    """A number below 2³² that looks like chance but is not: Knuth's multiplicative hash."""
    return number * 2_654_435_761 % _WORD


def skewed(hashed: int, count: int) -> int:
    """A place below ``count``; the first ones come far more often, as towns with an industrial park do."""
    return int((hashed / _WORD) ** 3 * count)


def copy_in(connection: Any, table: str, columns: Iterable[str], lines: Iterator[str]) -> None:
    """Write lines of COPY text into the table; its indexes are dropped before and made again at the end."""
    cursor = connection.cursor()
    cursor.execute("SET maintenance_work_mem = '1GB'")
    cursor.execute("SET session_replication_role = replica")  # foreign keys are right by making
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE '%%UNIQUE%%' ORDER BY 1", (table,))
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Stream(lines), 1 << 20)
    for _, definition in indexes:
        cursor.execute(definition)
    cursor.execute(f"VACUUM (ANALYZE, PARALLEL 2) {table}")
    cursor.execute("RESET session_replication_role")
    cursor.close()


class _Stream(io.RawIOBase):
    """A file for COPY that is made while it is read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.rest = lines, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self.rest], len(self.rest)
        for line in self.lines:
            parts.append(line.encode())
            length += len(parts[-1])
            if length >= size > 0:
                break
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]
